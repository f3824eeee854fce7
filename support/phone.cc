#include "support/phone.h"

#include <fmt/core.h>

#include "base/text.h"
#include "sip/check.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "sip/sealed.h"
#include "sip/uri.h"

namespace support {
namespace {

using base::Errc;
using base::Error;
using sip::FieldId;

constexpr std::string_view kUserAgent = "sallyport-login";
constexpr std::string_view kAllow = "OPTIONS, NOTIFY, INVITE, ACK";
constexpr std::string_view kModel = "503";  // Client Services Framework
constexpr std::string_view kSupported =
    "replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,"
    "X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,"
    "X-cisco-monrec,X-cisco-config,X-cisco-sis-7.0.0,X-cisco-xsi-8.5.1,X-cisco-graceful-reg,"
    "X-cisco-duplicate-reg,path,outbound";

// user-unreserved and mark of RFC 3261 section 25.1, as far as they mean nothing else anywhere.
std::string escape_user(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || std::string_view("-_.!~*'()&=+$").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos || host.starts_with('[') ? host : "[" + host + "]";
}

// A UUID of the name's hash (RFC 9562 section 5.8), so that nothing need be kept.
std::string uuid_of(std::string_view name) {
  const std::uint64_t high = sip::name_hash(fmt::format("sallyport 1 {}", name));
  const std::uint64_t low = sip::name_hash(fmt::format("sallyport 2 {}", name));
  return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, 0x8000 | ((low >> 48) & 0x3fff), low & 0xffff'ffff'ffff);
}

std::string contact_value(const Phone& phone, const RegisterTurn& turn) {
  std::string value = fmt::format(
      "<sip:{}@{};transport=tls>;+sip.instance=\"<urn:uuid:{}>\";"
      "+u.sip!devicename.ccm.cisco.com={};+u.sip!model.ccm.cisco.com=\"{}\";video",
      escape_user(phone.contact), base::to_string(turn.local), phone.instance,
      sip::quote(phone.device), kModel);
  if (turn.expires == 0) value += ";expires=0";
  return value;
}

std::string route_value(const RegisterPath& path) {
  const std::string port =
      path.registrar.port == kSipPort ? "" : fmt::format(":{}", path.registrar.port);
  return fmt::format("<sip:{};transport=tls;lr>,{},<sip:{}{};transport=tcp;lr>",
                     bracketed(path.edge), path.route, bracketed(path.registrar.host), port);
}

// Higher is better.
int rank(sip::DigestAlgorithm algorithm) {
  switch (algorithm) {
    case sip::DigestAlgorithm::Sha256:
      return 4;
    case sip::DigestAlgorithm::Sha256Sess:
      return 3;
    case sip::DigestAlgorithm::Md5:
      return 2;
    case sip::DigestAlgorithm::Md5Sess:
      return 1;
  }
  return 0;
}

bool is_ours(std::string_view contact, const Phone& phone) {
  const auto address = sip::parse_name_addr(contact);
  if (!address || address->is_star) return false;
  const auto uri = sip::parse_uri(address->uri);
  return uri && uri->user == escape_user(phone.contact);
}

std::optional<std::uint32_t> seconds_of(std::optional<std::string_view> text) {
  if (!text) return {};
  const auto seconds = sip::parse_delta_seconds(*text);
  return seconds ? std::optional(*seconds) : std::nullopt;
}

// NUL and controls cannot pass, and line ends of a body stay line ends.
void append_lines(std::string& out, std::string_view text) {
  for (const std::string_view line : base::split(text, '\n')) {
    const bool ends_in_cr = line.ends_with('\r');
    base::append_escaped(out, line.substr(0, line.size() - (ends_in_cr ? 1 : 0)));
    out += '\n';
  }
}

}  // namespace

Phone make_phone(std::string user, std::string password, std::string device,
                 const PhoneSettings& settings) {
  Phone phone;
  phone.user = std::move(user);
  phone.password = std::move(password);
  phone.line = settings.line;
  phone.instance = uuid_of(device);
  phone.contact = settings.contact.empty() ? phone.instance : settings.contact;
  phone.device = std::move(device);
  return phone;
}

std::string registrar_uri(const RegisterPath& path) {
  return "sip:" + bracketed(path.registrar.host);
}

sip::Message make_register(const Phone& phone, const RegisterPath& path, const RegisterTurn& turn) {
  const std::string host = bracketed(path.registrar.host);
  const std::string address = fmt::format("<sip:{}@{}>", escape_user(phone.line), host);
  sip::Message message = sip::Message::request("REGISTER", registrar_uri(path));
  message.add(FieldId::From, fmt::format("{};tag={}", address, turn.from_tag));
  message.add(FieldId::To, address);
  message.add(FieldId::CallId, turn.call_id);
  message.add(FieldId::MaxForwards, "70");
  message.add(FieldId::Date, sip::format_date(turn.now));
  message.add(FieldId::CSeq, fmt::format("{} REGISTER", turn.sequence));
  message.add(FieldId::UserAgent, kUserAgent);
  message.add(FieldId::Contact, contact_value(phone, turn));
  message.add(FieldId::Supported, kSupported);
  message.add(FieldId::Route, route_value(path));
  message.add(FieldId::Expires, std::to_string(turn.expires));
  if (!turn.credentials.empty()) message.add(FieldId::ProxyAuthorization, turn.credentials);
  return message;
}

base::Result<sip::DigestChallenge> choose_challenge(const sip::Message& answer) {
  base::Result<sip::DigestChallenge> best =
      Error{Errc::NotFound, "the 407 has no Proxy-Authenticate"};
  for (const sip::Field& field : answer.fields()) {
    if (field.id != FieldId::ProxyAuthenticate) continue;
    auto challenge = sip::parse_challenge(field.value);
    if (challenge ? !best || rank(challenge->algorithm) > rank(best->algorithm) : !best) {
      best = std::move(challenge);
    }
  }
  return best;
}

std::optional<std::uint32_t> granted_seconds(const sip::Message& answer, const Phone& phone) {
  const auto of_all = seconds_of(answer.find(FieldId::Expires) == nullptr
                                     ? std::nullopt
                                     : std::optional(answer.value(FieldId::Expires)));
  bool is_listed = answer.count(FieldId::Contact) == 0;
  std::optional<std::uint32_t> own;
  for (const std::string_view value : answer.values(FieldId::Contact)) {
    if (!is_ours(value, phone)) continue;
    is_listed = true;
    own = seconds_of(sip::parse_name_addr(value)->param("expires"));
  }
  if (!is_listed) return {};
  return own.value_or(of_all.value_or(kRegisterSeconds));
}

std::optional<sip::Message> answer_inside(const sip::Message& request) {
  const std::string_view method = request.method();
  if (method == "ACK") return {};
  if (const auto fault = sip::check_request(request)) {
    return sip::make_response(request, fault->status, fault->phrase);
  }
  const bool fine = method == "OPTIONS" || method == "NOTIFY";
  sip::Message answer = sip::make_response(request, fine ? 200 : method == "INVITE" ? 486 : 405);
  if (method == "OPTIONS" || answer.status() == 405) answer.add(FieldId::Allow, kAllow);
  if (method == "OPTIONS") answer.add(FieldId::Accept, "application/sdp");
  answer.add(FieldId::Server, kUserAgent);
  return answer;
}

std::string masked_text(const sip::Message& message) {
  std::string text = message.is_request()
                         ? fmt::format("{} {} {}\n", base::escape_for_log(message.method()),
                                       base::escape_for_log(message.uri()),
                                       base::escape_for_log(message.version()))
                         : fmt::format("SIP/2.0 {} {}\n", message.status(),
                                       base::escape_for_log(message.reason()));
  for (const sip::Field& field : message.fields()) {
    const bool secret =
        field.id == FieldId::ProxyAuthorization || field.id == FieldId::Authorization;
    text += base::escape_for_log(field.name) + ": ";
    text += secret ? "xxxxx" : base::escape_for_log(field.value);
    text += '\n';
  }
  text += '\n';
  if (!message.body().empty()) append_lines(text, message.body());
  return text;
}

}  // namespace support
