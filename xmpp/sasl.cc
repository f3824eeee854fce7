#include "xmpp/sasl.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/base64.h"
#include "base/text.h"
#include "base/utf8.h"
#include "xmpp/tags.h"

namespace xmpp {
namespace {

constexpr std::string_view kUserId = "userid=", kToken = "token=";

base::Error malformed(const char* detail) {
  return {base::Errc::Malformed, detail};
}

bool is_part(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSaslPartBytes && base::is_clean_utf8(text);
}

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

bool is_sasl(const Element& element) {
  return element.ns == ns::kSasl || element.ns == ns::kSasl2;
}

bool begins_sasl(const Element& element) {
  return is_sasl(element) && (element.name == "auth" || element.name == "authenticate");
}

base::Result<Auth> parse_auth(const Element& element) {
  if (!element.is("auth", ns::kSasl)) return malformed("auth: another element");
  Auth auth;
  auth.mechanism = element.attribute("mechanism");
  if (auth.mechanism.empty()) return malformed("auth: no mechanism");
  if (!element.children.empty()) return malformed("auth: elements inside");
  const std::string_view text = trim_blanks(element.text);
  if (text.empty() || text == "=") return auth;
  if (text.size() % 4 != 0 || text.find_first_of("-_") != text.npos) {
    return malformed("auth: not the padded base64 of RFC 4648 section 4");
  }
  auto message = base::decode_base64(text);
  if (!message) return malformed("auth: not base64");
  auth.message = *std::move(message);
  return auth;
}

std::string write_auth(const Auth& auth) {
  return fmt::format("<auth xmlns='{}' mechanism='{}'>{}</auth>", ns::kSasl, escape(auth.mechanism),
                     auth.message.empty() ? "=" : base::encode_base64(auth.message));
}

bool is_vtg_token(std::string_view mechanism) {
  return mechanism == kVtgToken || mechanism == "CISCO_VTG_TOKEN";
}

base::Result<PlainMessage> parse_plain(std::string_view message) {
  const std::vector<std::string_view> parts = base::split(message, '\0');
  if (parts.size() != 3) return malformed("PLAIN: not three parts");
  if (!parts[0].empty() && !is_part(parts[0]))
    return malformed("PLAIN: bad authorization identity");
  if (!is_part(parts[1])) return malformed("PLAIN: bad user");
  if (!is_part(parts[2])) return malformed("PLAIN: bad password");
  return PlainMessage{std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

std::string to_string(const PlainMessage& plain) {
  std::string message = plain.authzid;
  message.append(1, '\0').append(plain.authcid).append(1, '\0').append(plain.password);
  return message;
}

base::Result<VtgToken> parse_vtg_token(std::string_view message) {
  const std::vector<std::string_view> parts = base::split(message, '\0');
  if (parts.size() != 2) return malformed("token message: not two parts");
  if (!parts[0].starts_with(kUserId)) return malformed("token message: no userid");
  if (!parts[1].starts_with(kToken)) return malformed("token message: no token");
  const std::string_view user = parts[0].substr(kUserId.size());
  const std::string_view token = parts[1].substr(kToken.size());
  if (!is_part(user) || !is_part(token)) return malformed("token message: a bad part");
  const std::size_t at = user.find('@');
  if (at == 0 || at == user.npos || !base::is_host_name(user.substr(at + 1))) {
    return malformed("token message: the user is not name@domain");
  }
  return VtgToken{std::string(user), std::string(token)};
}

std::string to_string(const VtgToken& token) {
  std::string message(kUserId);
  message.append(token.user).append(1, '\0').append(kToken).append(token.token);
  return message;
}

std::string claimed_user(const Auth& auth) {
  if (auth.mechanism == kPlain) {
    const auto plain = parse_plain(auth.message);
    return plain ? plain->authcid : std::string();
  }
  if (is_vtg_token(auth.mechanism)) {
    const auto token = parse_vtg_token(auth.message);
    return token ? token->user : std::string();
  }
  if (!auth.mechanism.starts_with("SCRAM-")) return {};
  // gs2-cbind-flag "," [authzid] "," "n=" user "," ...
  const std::vector<std::string_view> parts = base::split(auth.message, ',');
  if (parts.size() < 3 || !parts[2].starts_with("n=")) return {};
  return is_part(parts[2].substr(2)) ? std::string(parts[2].substr(2)) : std::string();
}

std::vector<std::string> mechanisms_of(const Element& features) {
  std::vector<std::string> found;
  const Element* mechanisms = features.child("mechanisms", ns::kSasl);
  if (!mechanisms) return found;
  for (const Element& mechanism : mechanisms->children) {
    if (mechanism.is("mechanism", ns::kSasl)) {
      found.emplace_back(trim_blanks(mechanism.text));
    }
  }
  return found;
}

// Changed where they stand, so that everything else stays as the server wrote it. The element
// brings its own namespace: the server's may have a prefix.
std::string add_mechanism(std::string_view features, std::string_view mechanism) {
  int depth = 0;
  std::size_t end = 0;  // of the list
  for (Tag tag = next_tag(features, 0); tag.kind != Tag::Kind::None;
       tag = next_tag(features, tag.end)) {
    if (tag.kind == Tag::Kind::Start) {
      ++depth;
      const std::size_t text_end = features.find('<', tag.end);
      if (tag.local_name() == "mechanism" &&
          trim_blanks(features.substr(tag.end, text_end - tag.end)) == mechanism) {
        return std::string(features);
      }
    }
    if (tag.kind == Tag::Kind::End && depth-- == 2 && tag.local_name() == "mechanisms") {
      end = tag.begin;
      break;
    }
  }
  if (end == 0) return std::string(features);
  return fmt::format("{}<mechanism xmlns='{}'>{}</mechanism>{}", features.substr(0, end), ns::kSasl,
                     escape(mechanism), features.substr(end));
}

}  // namespace xmpp
