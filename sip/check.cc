#include "sip/check.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "sip/grammar.h"
#include "sip/headers.h"
#include "sip/limits.h"

namespace sip {
namespace {

using Verdict = std::optional<Fault>;
constexpr std::size_t kKinds = static_cast<std::size_t>(FieldId::SallyportFlow) + 1;
constexpr std::string_view kCookie = "z9hG4bK";

Fault fault(std::string_view what, std::string_view why, int status = 400) {
  Fault result;
  result.status = status;
  result.phrase = status == 416   ? "Unsupported URI Scheme"
                  : status == 505 ? "Version Not Supported"
                                  : "Bad Request";
  result.detail.append(what).append(": ").append(why);
  if (status == 400) result.phrase.append(": ").append(result.detail);
  return result;
}

Fault fault(FieldId id, std::string_view why) {
  return fault(name_of(id), why);
}

// "SIP/7.0" is of another version; anything else is no version.
Verdict check_version(std::string_view version) {
  if (version == "SIP/2.0") return std::nullopt;
  if (version.size() > 4 && base::iequals(version.substr(0, 4), "SIP/")) {
    const std::string_view number = version.substr(4);
    const std::size_t dot = number.find('.');
    const bool is_number = dot != std::string_view::npos &&
                           base::parse_decimal(number.substr(0, dot)) &&
                           base::parse_decimal(number.substr(dot + 1));
    if (is_number) return fault("Start line", "unknown version", 505);
  }
  return fault("Start line", "bad version");
}

Verdict check_request_uri(std::string_view text) {
  const base::Result<Uri> uri = parse_uri(text);
  if (!uri) {
    const bool is_foreign = uri.error().code == base::Errc::Unsupported;
    return fault("Request URI", uri.error().detail, is_foreign ? 416 : 400);
  }
  // RFC 3261 section 19.1.1: headers are for a request that is yet to be made.
  if (!uri->headers.empty()) return fault("Request URI", "headers in it");
  return std::nullopt;
}

// How many fields there are of what must be there, or must not be there twice.
Verdict check_counts(const Message& message, bool is_request) {
  std::array<std::size_t, kKinds> counts{};
  for (const Field& field : message.fields())
    ++counts[static_cast<std::size_t>(field.id)];
  const auto count = [&counts](FieldId id) { return counts[static_cast<std::size_t>(id)]; };
  for (const FieldId id :
       {FieldId::Via, FieldId::From, FieldId::To, FieldId::CallId, FieldId::CSeq}) {
    const bool is_needed = is_request || (id != FieldId::From && id != FieldId::To);
    if (is_needed && count(id) == 0) return fault(id, "missing");
  }
  for (const FieldId id :
       {FieldId::From, FieldId::To, FieldId::CallId, FieldId::CSeq, FieldId::MaxForwards,
        FieldId::ContentLength, FieldId::ContentType, FieldId::Expires, FieldId::MinExpires,
        FieldId::Date, FieldId::Event, FieldId::Identity, FieldId::RetryAfter}) {
    if (count(id) > 1) return fault(id, "more than one");
  }
  for (std::size_t kind = 1; kind < kKinds; ++kind) {
    if (counts[kind] > kMaxFieldsOfAKind) return fault(static_cast<FieldId>(kind), "too many");
  }
  return std::nullopt;
}

Verdict check_vias(const Message& message) {
  const std::vector<std::string_view> values = message.values(FieldId::Via);
  if (values.size() > kMaxVia) return fault(FieldId::Via, "too many");
  bool is_top = true;
  for (const std::string_view value : values) {
    const base::Result<Via> via = parse_via(value);
    if (!via) return fault(FieldId::Via, via.error().detail);
    // The cookie promises a unique branch, and nothing is none (RFC 4475 section 3.2.1).
    if (std::exchange(is_top, false) && base::iequals(via->branch(), kCookie)) {
      return fault(FieldId::Via, "empty branch");
    }
  }
  return std::nullopt;
}

// A URI of any scheme.
Verdict check_uri(FieldId id, std::string_view text) {
  const base::Result<Uri> uri = parse_uri(text);
  if (uri || uri.error().code == base::Errc::Unsupported) return std::nullopt;
  return fault(id, uri.error().detail);
}

Verdict check_party(const Message& message, FieldId id) {
  const base::Result<NameAddr> address = parse_name_addr(message.value(id));
  if (!address) return fault(id, address.error().detail);
  if (address->is_star) return fault(id, "no address");
  const std::optional<std::string_view> tag = address->param("tag");
  if (tag && !is_sip_token(*tag)) return fault(id, "bad tag");
  return check_uri(id, address->uri);
}

Verdict check_call_id(const Message& message) {
  const std::string_view value = message.value(FieldId::CallId);
  for (const char c : value) {
    if (!base::is_visible(c)) return fault(FieldId::CallId, "bad byte");
  }
  if (value.empty()) return fault(FieldId::CallId, "empty");
  return std::nullopt;
}

Verdict check_cseq(const Message& message) {
  const base::Result<CSeq> cseq = parse_cseq(message.value(FieldId::CSeq));
  if (!cseq) return fault(FieldId::CSeq, cseq.error().detail);
  if (message.is_request() && cseq->method != message.method()) {
    return fault(FieldId::CSeq, "method differs");
  }
  return std::nullopt;
}

// Seconds that are no number are no fault of form: RFC 2543 had dates there, and the receiver has a
// value of its own (RFC 3261 section 20.19). What does not fit is one.
bool is_beyond(std::string_view seconds) {
  std::size_t digits = 0;
  while (digits < seconds.size() && base::is_digit(seconds[digits]))
    ++digits;
  const base::Result<std::uint32_t> number = parse_delta_seconds(seconds.substr(0, digits));
  return !number && number.error().code == base::Errc::TooLarge;
}

Verdict check_numbers(const Message& message) {
  if (const Field* const field = message.find(FieldId::MaxForwards)) {
    if (!base::parse_decimal(field->value, kMaxForwards)) {
      return fault(FieldId::MaxForwards, "not 0 to 255");
    }
  }
  if (const Field* const field = message.find(FieldId::ContentLength)) {
    const base::Result<std::uint64_t> length = base::parse_decimal(field->value);
    if (!length || *length != message.body().size()) {
      return fault(FieldId::ContentLength, "not that of the body");
    }
  }
  for (const FieldId id : {FieldId::Expires, FieldId::MinExpires, FieldId::RetryAfter}) {
    if (is_beyond(message.value(id))) return fault(id, "too large");
  }
  return std::nullopt;
}

Verdict check_contacts(const Message& message) {
  const std::vector<std::string_view> values = message.values(FieldId::Contact);
  if (values.size() > kMaxFieldsOfAKind) return fault(FieldId::Contact, "too many");
  for (const std::string_view value : values) {
    const base::Result<NameAddr> address = parse_name_addr(value);
    if (!address) return fault(FieldId::Contact, address.error().detail);
    if (address->is_star) {
      const bool is_right = values.size() == 1 && message.method() == "REGISTER";
      if (!is_right) return fault(FieldId::Contact, "'*' among others");
      continue;
    }
    if (is_beyond(address->param("expires").value_or(""))) {
      return fault(FieldId::Contact, "expires too large");
    }
    if (Verdict verdict = check_uri(FieldId::Contact, address->uri)) return verdict;
  }
  return std::nullopt;
}

// Route, Record-Route, Path, Service-Route: addresses in brackets.
Verdict check_routes(const Message& message, FieldId id) {
  const std::vector<std::string_view> values = message.values(id);
  if (values.size() > kMaxFieldsOfAKind) return fault(id, "too many");
  for (const std::string_view value : values) {
    const base::Result<NameAddr> address = parse_name_addr(value);
    if (!address) return fault(id, address.error().detail);
    if (!address->has_brackets) return fault(id, "no brackets");
    if (Verdict verdict = check_uri(id, address->uri)) return verdict;
  }
  return std::nullopt;
}

Verdict check_lists(const Message& message) {
  for (const FieldId id : {FieldId::Require, FieldId::ProxyRequire, FieldId::Supported}) {
    const std::vector<std::string_view> values = message.values(id);
    if (values.size() > kMaxFieldsOfAKind) return fault(id, "too many");
    for (const std::string_view value : values) {
      if (!value.empty() && !is_sip_token(value)) return fault(id, "bad option tag");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fault> check_request(const Message& request) {
  if (Verdict verdict = check_version(request.version())) return verdict;
  if (Verdict verdict = check_request_uri(request.uri())) return verdict;
  if (Verdict verdict = check_counts(request, true)) return verdict;
  if (Verdict verdict = check_vias(request)) return verdict;
  if (Verdict verdict = check_party(request, FieldId::From)) return verdict;
  if (Verdict verdict = check_party(request, FieldId::To)) return verdict;
  if (Verdict verdict = check_call_id(request)) return verdict;
  if (Verdict verdict = check_cseq(request)) return verdict;
  if (Verdict verdict = check_numbers(request)) return verdict;
  if (Verdict verdict = check_contacts(request)) return verdict;
  for (const FieldId id : {FieldId::Route, FieldId::RecordRoute, FieldId::Path}) {
    if (Verdict verdict = check_routes(request, id)) return verdict;
  }
  if (const Field* const date = request.find(FieldId::Date)) {
    const base::Result<std::int64_t> time = parse_date(date->value);
    if (!time) return fault(FieldId::Date, time.error().detail);
  }
  return check_lists(request);
}

std::optional<Fault> check_response(const Message& response) {
  if (Verdict verdict = check_version(response.version())) return verdict;
  if (response.status() < 100 || response.status() > 699) {
    return fault("Start line", "status not 100 to 699");
  }
  if (Verdict verdict = check_counts(response, false)) return verdict;
  if (Verdict verdict = check_vias(response)) return verdict;
  if (Verdict verdict = check_call_id(response)) return verdict;
  if (Verdict verdict = check_cseq(response)) return verdict;
  return check_numbers(response);
}

std::optional<Fault> check_room(const Message& message, std::string_view text) {
  const auto too_large = [](std::string what) {
    return Fault{513, {}, std::move(what) + ": no room for what is added on the way"};
  };
  if (message.fields().size() + kRoomFields > kMaxFields) return too_large("fields");
  const std::size_t contacts = message.values(FieldId::Contact).size();
  const std::size_t room = kRoomBytes + contacts * kRoomBytesOfContact;
  if (text.size() + room > kMaxMessageBytes) return too_large("message");
  if (text.size() - message.body().size() + room > kMaxHeadBytes) return too_large("head");
  return std::nullopt;
}

std::string unknown_options(const Message& request, FieldId id,
                            std::initializer_list<std::string_view> known) {
  std::string unknown;
  for (const std::string_view tag : request.values(id)) {
    bool is_known = tag.empty();
    for (const std::string_view other : known)
      is_known = is_known || base::iequals(tag, other);
    if (is_known) continue;
    if (!unknown.empty()) unknown += ", ";
    unknown += tag;
  }
  return unknown;
}

}  // namespace sip
