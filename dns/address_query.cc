#include "dns/address_query.h"

#include <algorithm>
#include <utility>

namespace dns {

std::shared_ptr<Records> impossible_name() {
  auto records = std::make_shared<Records>();
  records->outcome = Outcome::NameError;
  records->detail = "not a name";
  return records;
}

AddressAnswer combine(const Records& first, const Records& second) {
  AddressAnswer answer;
  const bool first_ok = first.outcome == Outcome::Ok;
  const bool second_ok = second.outcome == Outcome::Ok;
  if (first_ok || second_ok) {
    answer.outcome = Outcome::Ok;
    answer.addresses = first.addresses;
    answer.addresses.insert(answer.addresses.end(), second.addresses.begin(),
                            second.addresses.end());
    answer.ttl = !second_ok ? first.ttl : !first_ok ? second.ttl : std::min(first.ttl, second.ttl);
    return answer;
  }
  // What could not be found out weighs more than what is known not to be.
  const bool take_second =
      first.outcome == Outcome::NameError || (second.outcome == Outcome::Timeout);
  const Records& worse = take_second ? second : first;
  answer.outcome = worse.outcome;
  answer.detail = worse.detail;
  answer.ttl = std::min(first.ttl, second.ttl);
  return answer;
}

AddressQuery::AddressQuery(net::Loop& loop, Families families, Resolver::AddressCallback done)
    : families_(families), done_(std::move(done)), patience_(loop, [this] { finish(); }) {}

void AddressQuery::start(Asker& asker, const std::string& name) {
  const bool v6_first = families_ == Families::V6First || families_ == Families::V6Only;
  const bool both = families_ == Families::V4First || families_ == Families::V6First;
  for (std::size_t index = 0; index < (both ? 2 : 1); ++index) {
    waiters_[index] = std::make_shared<Waiter>();
    waiters_[index]->done = [this, index](const Records& records) { on_part(index, records); };
  }
  if (!both) {  // the other family counts as one that has nothing
    parts_[1].emplace();
    parts_[1]->outcome = Outcome::NameError;
    parts_[1]->ttl = Cache::kMaxTtl;
  }
  asker.ask({name, v6_first ? RecordType::Aaaa : RecordType::A}, waiters_[0]);
  if (both) asker.ask({name, v6_first ? RecordType::A : RecordType::Aaaa}, waiters_[1]);
}

void AddressQuery::on_part(std::size_t index, const Records& records) {
  parts_[index] = records;
  if (parts_[0] && parts_[1]) return finish();
  if (records.outcome == Outcome::Ok) patience_.start(CaresResolver::kOtherFamilyWait);
}

void AddressQuery::finish() {
  patience_.stop();
  waiters_ = {};  // whatever comes later is too late
  Records missing;
  missing.outcome = Outcome::Timeout;
  missing.detail = "no answer yet";
  const AddressAnswer answer = combine(parts_[0].value_or(missing), parts_[1].value_or(missing));
  // The callback may destroy this object.
  const auto done = std::move(done_);
  done(answer);
}

}  // namespace dns
