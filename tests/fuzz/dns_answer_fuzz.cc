// A response from anybody: whatever it holds, what is accepted keeps the limits and the contract.
// The first byte chooses the type; the name asked is read from the message's own question, so that
// the search gets past it.

#include <cstdlib>
#include <string>

#include "base/text.h"
#include "dns/answer.h"
#include "dns/wire_reader.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr dns::RecordType kTypes[] = {dns::RecordType::A, dns::RecordType::Aaaa,
                                        dns::RecordType::Srv};
  const dns::RecordType type = kTypes[data[0] % 3];
  const std::string_view message(reinterpret_cast<const char*>(data + 1), size - 1);
  dns::WireReader reader(message);
  reader.seek(12);
  const std::string name = reader.name();
  const dns::Records records = dns::parse_answer(message, name, type);
  check(records.targets.size() <= dns::kMaxKept && records.addresses.size() <= dns::kMaxKept);
  check(records.ttl.count() >= 0);
  const bool any = !records.targets.empty() || !records.addresses.empty();
  if (records.outcome != dns::Outcome::Ok) {
    check(!records.detail.empty() && records.outcome != dns::Outcome::Timeout);
    return 0;
  }
  check(any && records.detail.empty() && records.ttl.count() <= 0x7fffffff);
  check(records.targets.empty() || type == dns::RecordType::Srv);
  for (const dns::SrvTarget& target : records.targets) {
    check(base::is_host_name(target.host) && base::to_lower(target.host) == target.host);
  }
  for (const base::IpAddress& address : records.addresses) {
    check(type == dns::RecordType::Aaaa || (type == dns::RecordType::A && address.is_v4()));
  }
  return 0;
}
