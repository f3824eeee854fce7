#include "policy/basic_auth.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "base/utf8.h"

namespace policy {
namespace {

constexpr std::size_t kMaxDecoded = kMaxBasicUserBytes + 1 + kMaxPasswordBytes;
constexpr std::size_t kMaxEncoded = (kMaxDecoded + 2) / 3 * 4;

base::Error malformed(const char* why) {
  return {base::Errc::Malformed, why};
}

}  // namespace

base::Result<BasicCredentials> parse_basic(std::string_view field) {
  constexpr std::string_view kScheme = "Basic";
  if (!base::iequals(field.substr(0, field.find(' ')), kScheme)) {
    return base::Error{base::Errc::Unsupported, "not the Basic scheme"};
  }
  field.remove_prefix(kScheme.size());
  const std::size_t start = field.find_first_not_of(' ');
  if (start == std::string_view::npos) return malformed("no credentials");
  field.remove_prefix(start);
  if (field.size() > kMaxEncoded) return base::Error{base::Errc::TooLarge, "credentials too long"};
  const auto text = base::decode_base64(field);
  if (!text || base::encode_base64(*text) != field) return malformed("not canonical base64");
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos || colon == 0) return malformed("no user or no colon");
  if (!base::is_clean_utf8(*text)) return malformed("not UTF-8, or with control characters");
  BasicCredentials credentials{text->substr(0, colon), text->substr(colon + 1)};
  if (credentials.user.size() > kMaxBasicUserBytes ||
      credentials.password.size() > kMaxPasswordBytes) {
    return base::Error{base::Errc::TooLarge, "user or password too long"};
  }
  return credentials;
}

std::string to_string(const BasicCredentials& credentials) {
  return "Basic " + base::encode_base64(credentials.user + ':' + credentials.password);
}

}  // namespace policy
