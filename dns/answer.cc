#include "dns/answer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"
#include "dns/wire_reader.h"

namespace dns {
namespace {

constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeSoa = 6;

Records failure(std::string detail) {
  Records records;
  records.outcome = Outcome::ServerError;
  records.detail = std::move(detail);
  return records;
}

struct Header {
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
};

Header read_header(WireReader& reader) {
  Header header;
  reader.u16();  // the id: c-ares has matched it
  header.flags = reader.u16();
  header.questions = reader.u16();
  header.answers = reader.u16();
  header.authorities = reader.u16();
  reader.u16();  // additional records are not read: nobody asked for them
  return header;
}

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::chrono::seconds ttl{0};
  std::size_t data = 0;  // where its data lies in the message
  std::size_t data_bytes = 0;
};

Record read_record(WireReader& reader) {
  Record record;
  record.owner = reader.name();
  record.type = reader.u16();
  record.record_class = reader.u16();
  const std::uint32_t ttl = reader.u32();
  record.ttl = std::chrono::seconds((ttl & 0x80000000u) != 0 ? 0 : ttl);  // RFC 2181 section 8
  record.data_bytes = reader.u16();
  record.data = reader.position();
  reader.bytes(record.data_bytes);
  return record;
}

// A reader over the data of `record`, which sees the message before it (names may point there) and
// nothing behind it.
WireReader data_of(std::string_view message, const Record& record) {
  WireReader reader(message.substr(0, record.data + record.data_bytes));
  reader.seek(record.data);
  return reader;
}

bool is_spent(const WireReader& reader, const Record& record) {
  return reader.ok() && reader.position() == record.data + record.data_bytes;
}

std::optional<SrvTarget> read_srv(std::string_view message, const Record& record) {
  WireReader reader = data_of(message, record);
  SrvTarget target;
  target.priority = reader.u16();
  target.weight = reader.u16();
  target.port = reader.u16();
  target.host = reader.name();
  if (!is_spent(reader, record)) return std::nullopt;
  return target;
}

std::optional<base::IpAddress> read_address(std::string_view message, const Record& record) {
  const std::string_view data = message.substr(record.data, record.data_bytes);
  if (record.type == static_cast<std::uint16_t>(RecordType::A)) {
    std::array<std::uint8_t, 4> bytes{};
    if (data.size() != bytes.size()) return std::nullopt;
    std::memcpy(bytes.data(), data.data(), bytes.size());
    return base::IpAddress::v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  if (data.size() != bytes.size()) return std::nullopt;
  std::memcpy(bytes.data(), data.data(), bytes.size());
  return base::IpAddress::v6(bytes);
}

// Follows the aliases from `name`; the final name, or nothing when they go on too long or in a
// ring.
std::optional<std::string> follow_aliases(std::string_view message, std::string name,
                                          const std::vector<Record>& answers,
                                          std::chrono::seconds& ttl) {
  for (std::size_t steps = 0; steps <= kMaxAliases; ++steps) {
    const auto alias = std::find_if(answers.begin(), answers.end(), [&](const Record& record) {
      return record.type == kTypeCname && record.owner == name;
    });
    if (alias == answers.end()) return name;
    WireReader reader = data_of(message, *alias);
    name = reader.name();
    if (!is_spent(reader, *alias) || name.empty()) return std::nullopt;
    ttl = std::min(ttl, alias->ttl);
  }
  return std::nullopt;
}

// RFC 2308 section 5: the smaller of the SOA's own TTL and its minimum field.
std::chrono::seconds negative_ttl(std::string_view message, const std::vector<Record>& authority) {
  for (const Record& record : authority) {
    if (record.type != kTypeSoa) continue;
    WireReader reader = data_of(message, record);
    reader.name();
    reader.name();
    for (int skipped = 0; skipped < 4; ++skipped)
      reader.u32();
    const std::chrono::seconds minimum{reader.u32()};
    if (is_spent(reader, record)) return std::min(record.ttl, minimum);
  }
  return std::chrono::seconds{0};
}

// Takes the data of one matching record into `found`; false when it does not parse.
bool take(std::string_view message, const Record& record, Records& found, bool& not_here) {
  if (record.type != static_cast<std::uint16_t>(RecordType::Srv)) {
    const auto address = read_address(message, record);
    if (address && found.addresses.size() < kMaxKept) found.addresses.push_back(*address);
    return address.has_value();
  }
  auto target = read_srv(message, record);
  if (!target) return false;
  if (target->host == ".") {
    not_here = true;
  } else if (base::is_host_name(target->host) && found.targets.size() < kMaxKept) {
    found.targets.push_back(std::move(*target));
  }
  return true;
}

Records name_error(std::string detail, std::chrono::seconds ttl) {
  Records records = failure(std::move(detail));
  records.outcome = Outcome::NameError;
  records.ttl = ttl;
  return records;
}

Records gather(std::string_view message, std::string_view name, RecordType type,
               const std::vector<Record>& answers, const std::vector<Record>& authority) {
  Records found;
  found.ttl = std::chrono::seconds::max();
  const auto owner = follow_aliases(message, std::string(name), answers, found.ttl);
  if (!owner) return failure("bad chain of aliases");
  bool any = false;
  bool not_here = false;
  for (const Record& record : answers) {
    if (record.type != static_cast<std::uint16_t>(type) || record.owner != *owner) continue;
    if (!take(message, record, found, not_here)) return failure("malformed record");
    any = true;
    found.ttl = std::min(found.ttl, record.ttl);
  }
  if (!any) return name_error("no such record", negative_ttl(message, authority));
  if (found.targets.empty() && found.addresses.empty()) {
    if (not_here) return name_error("service not available at this domain", found.ttl);
    return failure("no target is a host name");
  }
  found.outcome = Outcome::Ok;
  return found;
}

const char* rcode_name(unsigned rcode) {
  constexpr const char* kNames[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                    "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return rcode < std::size(kNames) ? kNames[rcode] : "unknown response code";
}

}  // namespace

Records parse_answer(std::string_view message, std::string_view name, RecordType type) {
  WireReader reader(message);
  const Header header = read_header(reader);
  const unsigned rcode = header.flags & 0x000fu;
  if (!reader.ok() || (header.flags & 0xf800u) != 0x8000u) return failure("not a response");
  if (header.questions != 1) return failure("not one question");
  const std::string asked = reader.name();
  const std::uint16_t asked_type = reader.u16();
  const std::uint16_t asked_class = reader.u16();
  if (!reader.ok() || asked != name || asked_type != static_cast<std::uint16_t>(type) ||
      asked_class != kClassIn) {
    return failure("answers another question");
  }
  if ((header.flags & 0x0200u) != 0) return failure("truncated");
  if (rcode != 0 && rcode != 3) return failure(rcode_name(rcode));
  if (std::size_t{header.answers} + header.authorities > kMaxRecords) {
    return failure("too many records");
  }
  std::vector<Record> answers;
  std::vector<Record> authority;
  for (std::size_t i = 0; reader.ok() && i < header.answers; ++i) {
    Record record = read_record(reader);
    if (record.record_class == kClassIn) answers.push_back(std::move(record));
  }
  for (std::size_t i = 0; reader.ok() && i < header.authorities; ++i) {
    Record record = read_record(reader);
    if (record.record_class == kClassIn) authority.push_back(std::move(record));
  }
  if (!reader.ok()) return failure("malformed message");
  if (rcode == 3) return name_error("NXDOMAIN", negative_ttl(message, authority));
  return gather(message, name, type, answers, authority);
}

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
      return "Ok";
    case Outcome::NameError:
      return "NameError";
    case Outcome::ServerError:
      return "ServerError";
    case Outcome::Timeout:
      return "Timeout";
  }
  return "?";
}

}  // namespace dns
