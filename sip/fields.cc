// Names of header fields, and lists in their values; declared in message.h.

#include <array>
#include <cstddef>

#include "base/text.h"
#include "sip/grammar.h"
#include "sip/message.h"

namespace sip {
namespace {

struct Name {
  FieldId id;
  std::string_view text;
};

constexpr Name kNames[] = {
    {FieldId::Other, ""},
    {FieldId::Accept, "Accept"},
    {FieldId::Allow, "Allow"},
    {FieldId::Authorization, "Authorization"},
    {FieldId::CallId, "Call-ID"},
    {FieldId::Contact, "Contact"},
    {FieldId::ContentLength, "Content-Length"},
    {FieldId::ContentType, "Content-Type"},
    {FieldId::CSeq, "CSeq"},
    {FieldId::Date, "Date"},
    {FieldId::Event, "Event"},
    {FieldId::Expires, "Expires"},
    {FieldId::From, "From"},
    {FieldId::Identity, "Identity"},
    {FieldId::MaxForwards, "Max-Forwards"},
    {FieldId::MinExpires, "Min-Expires"},
    {FieldId::PAssertedIdentity, "P-Asserted-Identity"},
    {FieldId::Path, "Path"},
    {FieldId::ProxyAuthenticate, "Proxy-Authenticate"},
    {FieldId::ProxyAuthorization, "Proxy-Authorization"},
    {FieldId::ProxyRequire, "Proxy-Require"},
    {FieldId::Reason, "Reason"},
    {FieldId::RecordRoute, "Record-Route"},
    {FieldId::Require, "Require"},
    {FieldId::RetryAfter, "Retry-After"},
    {FieldId::Route, "Route"},
    {FieldId::Server, "Server"},
    {FieldId::ServiceRoute, "Service-Route"},
    {FieldId::SubscriptionState, "Subscription-State"},
    {FieldId::Supported, "Supported"},
    {FieldId::To, "To"},
    {FieldId::Unsupported, "Unsupported"},
    {FieldId::UserAgent, "User-Agent"},
    {FieldId::Via, "Via"},
    {FieldId::Warning, "Warning"},
    {FieldId::WwwAuthenticate, "WWW-Authenticate"},
    {FieldId::XTaaTag, "X-TAATag"},
    {FieldId::SallyportFlow, "Sallyport-Flow"},
};
static_assert(std::size(kNames) == static_cast<std::size_t>(FieldId::SallyportFlow) + 1);

constexpr std::size_t kSlots = 256;

// Length, first and last letter tell the names apart, given the right multipliers.
constexpr std::size_t slot_of(std::string_view name, std::size_t first_by, std::size_t last_by) {
  const auto letter = [](char c) {
    return static_cast<std::size_t>(static_cast<unsigned char>(base::to_lower(c)));
  };
  return (name.size() * 19 + letter(name.front()) * first_by + letter(name.back()) * last_by) %
         kSlots;
}

struct Table {
  std::array<FieldId, kSlots> slots{};
  std::size_t first_by = 0;
  std::size_t last_by = 0;
};

constexpr bool fill(Table& table) {
  table.slots.fill(FieldId::Other);
  for (const Name& name : kNames) {
    if (name.text.empty()) continue;
    FieldId& slot = table.slots[slot_of(name.text, table.first_by, table.last_by)];
    if (slot != FieldId::Other) return false;
    slot = name.id;
  }
  return true;
}

// A table in which each name has a slot of its own, found when this file is compiled.
constexpr Table kTable = [] {
  Table table;
  for (table.first_by = 1; table.first_by < 64; ++table.first_by) {
    for (table.last_by = 1; table.last_by < 64; ++table.last_by) {
      if (fill(table)) return table;
    }
  }
  table.first_by = 0;
  return table;
}();
static_assert(kTable.first_by != 0);

FieldId compact_id(char letter) {
  switch (base::to_lower(letter)) {
    case 'c':
      return FieldId::ContentType;
    case 'f':
      return FieldId::From;
    case 'i':
      return FieldId::CallId;
    case 'k':
      return FieldId::Supported;
    case 'l':
      return FieldId::ContentLength;
    case 'm':
      return FieldId::Contact;
    case 'o':
      return FieldId::Event;
    case 't':
      return FieldId::To;
    case 'v':
      return FieldId::Via;
    case 'y':
      return FieldId::Identity;
    default:
      return FieldId::Other;
  }
}

}  // namespace

std::string_view name_of(FieldId id) {
  return kNames[static_cast<std::size_t>(id)].text;
}

FieldId field_id(std::string_view name) {
  if (name.size() <= 1) return name.empty() ? FieldId::Other : compact_id(name.front());
  const FieldId id = kTable.slots[slot_of(name, kTable.first_by, kTable.last_by)];
  return id != FieldId::Other && base::iequals(name, name_of(id)) ? id : FieldId::Other;
}

bool is_list(FieldId id) {
  switch (id) {
    case FieldId::Accept:
    case FieldId::Allow:
    case FieldId::Contact:
    case FieldId::PAssertedIdentity:
    case FieldId::Path:
    case FieldId::ProxyRequire:
    case FieldId::Reason:
    case FieldId::RecordRoute:
    case FieldId::Require:
    case FieldId::Route:
    case FieldId::ServiceRoute:
    case FieldId::Supported:
    case FieldId::Unsupported:
    case FieldId::Via:
    case FieldId::Warning:
      return true;
    default:
      return false;
  }
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> values;
  for (std::size_t at = 0;;) {
    const std::size_t end = find_outside(value, ',', at);
    values.push_back(base::trim(value.substr(at, end - at)));
    if (end == value.size()) return values;
    at = end + 1;
  }
}

}  // namespace sip
