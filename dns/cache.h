#pragma once
// Answers kept for their TTL, negative ones too (RFC 2308). The time is passed in.

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "dns/answer.h"

namespace dns {

struct Question {
  std::string name;  // lower case, no final dot
  RecordType type = RecordType::A;
  auto operator<=>(const Question&) const = default;
};

class Cache final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kMinTtl{
      1};  // a TTL of 0 must not mean a storm of questions
  static constexpr std::chrono::seconds kMaxTtl{86'400};
  static constexpr std::chrono::seconds kMaxNegativeTtl{300};  // a new record is seen within this
  // Of silence where the name's other family has addresses, which it would hold up again.
  static constexpr std::chrono::seconds kSilenceTtl{30};
  static constexpr std::size_t kMaxEntries = 4096;  // then the one that expires first goes

  explicit Cache(std::size_t max_entries = kMaxEntries);

  // The answer with what is left of its TTL, or nullptr. The answer may be kept.
  std::shared_ptr<const Records> find(const Question& question, Time now) const;
  // Keeps Ok and NameError; ServerError and Timeout say nothing about the name and are not kept,
  // but for a Timeout beside the addresses of the other family: kSilenceTtl.
  void put(const Question& question, const Records& records, Time now);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Records records;
    Time expires;
  };
  bool has_other_family(const Question& question, Time now) const;
  void erase(std::map<Question, Entry>::iterator entry);

  std::size_t max_entries_;
  std::map<Question, Entry> entries_;
  std::set<std::pair<Time, Question>> by_expiry_;
};

}  // namespace dns
