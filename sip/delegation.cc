#include "sip/delegation.h"

#include <array>
#include <optional>

#include "base/random.h"
#include "base/text.h"
#include "certs/pem.h"
#include "sip/headers.h"
#include "sip/identity.h"
#include "sip/limits.h"
#include "sip/multipart.h"
#include "sip/response.h"

namespace sip {
namespace {

constexpr std::string_view kDocumentType = "application/text";
constexpr std::string_view kCertificateType = "application/x-x509-ca-cert";
constexpr std::string_view kProduct = "Sallyport";
constexpr std::string_view kServiceRoute = "<sip:127.0.0.1:22210;transport=tcp;vcs-cate;lr>";
constexpr std::string_view kMaxForwardsText = "15";
constexpr std::uint64_t kMaxCSeq = 0x7fffffff;  // RFC 3261 section 8.1.1.5

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, "delegation: " + std::string(what)};
}

base::Result<> check_text(std::string_view text, std::string_view name) {
  if (text.empty() || text.find('\0') != text.npos) return malformed(name);
  if (text.size() > kMaxDelegatedBytes) {
    return base::Error{base::Errc::TooLarge, "delegation: " + std::string(name)};
  }
  return {};
}

// What the other end would not read is not sent.
base::Result<> check_request_texts(const CredentialRequest& request) {
  if (const auto done = check_text(request.username, "username"); !done) return done;
  if (const auto done = check_text(request.realm, "realm"); !done) return done;
  // It becomes part of URIs.
  if (!base::is_host_name(request.sip_domain)) return malformed("sipdomain is no name");
  return {};
}

std::string chain_pem(const certs::Credentials& credentials) {
  std::string pem;
  for (const certs::Certificate& certificate : credentials.chain()) {
    pem += certs::to_pem(certificate.get());
  }
  return pem;
}

// Date, Identity and body, in the order in which they are seen elsewhere.
base::Result<> finish(Message& message, std::string_view document, const Signer& signer) {
  const std::string pem = chain_pem(signer.credentials);
  const Multipart multipart = make_multipart({{kDocumentType, document}, {kCertificateType, pem}});
  if (multipart.body.size() > kMaxMessageBytes - kMaxHeadBytes) {
    return base::Error{base::Errc::TooLarge, "delegation: the body"};
  }
  message.add(FieldId::Identity, "\"\"");  // keeps its place ahead of the body's fields
  message.set_body(multipart.type, multipart.body);
  return sign_identity(message, signer.credentials);
}

}  // namespace

base::Result<Message> make_service(const CredentialRequest& request, const Signer& signer) {
  if (const auto checked = check_request_texts(request); !checked) return checked.error();
  const std::string server = "sip:serviceserver@" + request.sip_domain;
  const std::string proxy = "<sip:serviceproxy@" + request.sip_domain + '>';
  Message message = Message::request("SERVICE", server);
  message.add(FieldId::CallId, base::random_hex(8) + "@127.0.0.1");
  message.add(FieldId::CSeq, std::to_string(1 + base::random_below(kMaxCSeq)) + " SERVICE");
  message.add(FieldId::Contact, proxy);
  message.add(FieldId::From, proxy + ";tag=" + base::random_hex(8));
  message.add(FieldId::To, '<' + server + '>');
  message.add(FieldId::MaxForwards, kMaxForwardsText);
  message.add(FieldId::Route, kServiceRoute);
  message.add(FieldId::UserAgent, kProduct);
  message.add(FieldId::Date, format_date(signer.now));
  message.add(FieldId::Event, "service");
  message.add(FieldId::PAssertedIdentity, proxy);
  if (const auto done = finish(message, to_xml(request), signer); !done) return done.error();
  return message;
}

base::Result<Message> make_service_answer(const Message& service, const CredentialRequest& request,
                                          const Association& association, const Signer& signer) {
  if (association.lines.size() > kMaxDelegatedNames ||
      association.devices.size() > kMaxDelegatedNames) {
    return base::Error{base::Errc::TooLarge, "delegation: lines or devices"};
  }
  if (const auto checked = check_request_texts(request); !checked) return checked.error();
  Message message = make_response(service, 200, {}, base::random_hex(8));
  message.add(FieldId::Server, kProduct);
  message.add(FieldId::Date, format_date(signer.now));
  const std::string document = to_xml(request, association);
  // The edge reads with the same function; what it would refuse is better found here.
  if (const auto read = parse_method_response(document); !read) return read.error();
  if (const auto done = finish(message, document, signer); !done) return done.error();
  return message;
}

base::Result<Delegation> DelegationReader::open(const Message& message) {
  if (message.count(FieldId::ContentType) != 1) return malformed("no single Content-Type");
  const auto parts = parse_multipart(message.value(FieldId::ContentType), message.body());
  if (!parts) return parts.error();
  std::optional<std::string_view> document;
  std::optional<std::string_view> pem;
  for (const Part& part : *parts) {
    const bool is_document = is_media_type(part.type, kDocumentType);
    if (!is_document && !is_media_type(part.type, kCertificateType)) continue;
    auto& place = is_document ? document : pem;
    if (place) return malformed("two parts of one type");
    place = part.body;
  }
  if (!document) return malformed("no application/text part");
  if (!pem) return malformed("no certificate part");
  auto chain = chain_of(*pem);
  if (!chain) return malformed("certificate part: " + chain.error().detail);
  return Delegation{std::string(*document), *std::move(chain)};
}

base::Result<std::shared_ptr<const certs::CertificateChain>> DelegationReader::chain_of(
    std::string_view pem) {
  if (const auto found = chains_.find(pem); found != chains_.end()) return found->second;
  auto chain = certs::parse_chain(pem);
  if (!chain) return chain.error();
  auto read = std::make_shared<const certs::CertificateChain>(*std::move(chain));
  if (chains_.size() >= kMaxChains) chains_.clear();  // peers have new ones: the old are done with
  chains_.emplace(pem, read);
  return read;
}

}  // namespace sip
