#include "home/register_request.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace home {
namespace {

using sip::FieldId;

bool supports(const sip::Message& request, std::string_view option) {
  const auto tags = request.values(FieldId::Supported);
  return std::any_of(tags.begin(), tags.end(),
                     [&](std::string_view tag) { return base::iequals(tag, option); });
}

std::optional<Refusal> read_line(const sip::Message& request, RegisterRequest& asked) {
  const auto to = sip::parse_name_addr(request.value(FieldId::To));
  if (!to) return Refusal{400, "To is malformed", to.error().detail};
  const auto uri = sip::parse_uri(to->uri);
  if (!uri) return Refusal{404, "To is no SIP address", uri.error().detail};
  const auto user = sip::unescape(uri->user.substr(0, uri->user.find(';')));
  if (!user) return Refusal{400, "To is malformed", user.error().detail};
  asked.host = base::to_lower(uri->host);
  asked.line = *user;
  return std::nullopt;
}

std::optional<Refusal> read_contacts(const sip::Message& request, RegisterRequest& asked) {
  const auto values = request.values(FieldId::Contact);
  if (values.size() > kMaxContacts) return Refusal{400, "more than 32 Contacts"};
  for (const std::string_view value : values) {
    if (value == "*") {
      asked.star = true;
      continue;
    }
    auto contact = parse_contact(value);
    if (!contact) return Refusal{400, "Contact cannot be registered", contact.error().detail};
    asked.contacts.push_back(*std::move(contact));
  }
  if (!asked.star) return std::nullopt;
  if (values.size() > 1) return Refusal{400, "Contact * stands alone"};
  if (asked.expires != 0U) return Refusal{400, "Contact * needs Expires: 0"};
  return std::nullopt;
}

std::optional<Refusal> read_path(const sip::Message& request, RegisterRequest& asked) {
  for (const std::string_view value : request.values(FieldId::Path)) {
    const auto address = sip::parse_name_addr(value);
    if (!address) return Refusal{400, "Path is malformed", address.error().detail};
    if (const auto uri = sip::parse_uri(address->uri); !uri) {
      return Refusal{400, "Path is malformed", uri.error().detail};
    }
    if (!asked.path.empty()) asked.path += ',';
    asked.path += value;
    if (asked.path.size() > kMaxPathBytes) return Refusal{400, "Path is longer than 4096 bytes"};
  }
  return std::nullopt;
}

std::optional<Refusal> judge_contacts(const RegisterRequest& asked) {
  const auto is_kept = [&](const Contact& contact) {
    return contact.expires.value_or(asked.expires.value_or(1)) != 0;
  };
  const auto kept = std::count_if(asked.contacts.begin(), asked.contacts.end(), is_kept);
  for (const Contact& contact : asked.contacts) {
    if (kept > 1 && contact.reg_id != 0) return Refusal{400, "several Contacts with reg-id"};
    if (contact.is_sips && asked.path.empty() && is_kept(contact)) {
      return Refusal{400, "Contact of sips without a Path"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::variant<RegisterRequest, Refusal> read_register(const sip::Message& request) {
  RegisterRequest asked;
  if (auto refusal = read_line(request, asked)) return *std::move(refusal);
  asked.call_id = request.value(FieldId::CallId);
  if (asked.call_id.size() > kMaxCallIdBytes) return Refusal{400, "Call-ID is too long"};
  const auto cseq = sip::parse_cseq(request.value(FieldId::CSeq));
  if (!cseq) return Refusal{400, "CSeq is malformed", cseq.error().detail};
  asked.cseq = cseq->number;
  if (request.find(FieldId::Expires) != nullptr) {
    const auto seconds = sip::parse_delta_seconds(request.value(FieldId::Expires));
    asked.expires = seconds ? *seconds : kMalformedExpires;
  }
  if (auto refusal = read_contacts(request, asked)) return *std::move(refusal);
  if (auto refusal = read_path(request, asked)) return *std::move(refusal);
  if (auto refusal = judge_contacts(asked)) return *std::move(refusal);
  asked.supports_path = supports(request, "path");
  asked.supports_outbound = supports(request, "outbound");
  asked.proxied = !asked.path.empty() || request.values(FieldId::Via).size() > 1;
  return asked;
}

}  // namespace home
