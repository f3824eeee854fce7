#include "dns/cache.h"

#include <algorithm>

namespace dns {

Cache::Cache(std::size_t max_entries) : max_entries_(max_entries) {}

std::shared_ptr<const Records> Cache::find(const Question& question, Time now) const {
  const auto entry = entries_.find(question);
  if (entry == entries_.end() || entry->second.expires <= now) return nullptr;
  auto records = std::make_shared<Records>(entry->second.records);
  records->ttl = std::chrono::ceil<std::chrono::seconds>(entry->second.expires - now);
  return records;
}

void Cache::put(const Question& question, const Records& records, Time now) {
  if (records.outcome == Outcome::ServerError) return;
  const bool silent = records.outcome == Outcome::Timeout;
  if (silent && !has_other_family(question, now)) return;
  if (const auto old = entries_.find(question); old != entries_.end()) erase(old);
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    erase(entries_.find(by_expiry_.begin()->second));
  }
  if (max_entries_ == 0) return;
  if (entries_.size() >= max_entries_) erase(entries_.find(by_expiry_.begin()->second));
  const auto longest = records.outcome == Outcome::Ok ? kMaxTtl : kMaxNegativeTtl;
  const Time expires = now + (silent ? kSilenceTtl : std::clamp(records.ttl, kMinTtl, longest));
  entries_.emplace(question, Entry{records, expires});
  by_expiry_.emplace(expires, question);
}

bool Cache::has_other_family(const Question& question, Time now) const {
  if (question.type == RecordType::Srv) return false;
  const RecordType other = question.type == RecordType::A ? RecordType::Aaaa : RecordType::A;
  const auto entry = entries_.find({question.name, other});
  return entry != entries_.end() && entry->second.expires > now &&
         entry->second.records.outcome == Outcome::Ok;
}

void Cache::erase(std::map<Question, Entry>::iterator entry) {
  by_expiry_.erase({entry->second.expires, entry->first});
  entries_.erase(entry);
}

}  // namespace dns
