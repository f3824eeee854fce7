#pragma once
// The streams of a connection by their ids, which only ever rise (RFC 9113 section 5.1.1). So they
// are one sorted list, in which those that went leave holes until there are more holes than
// streams. Does not own them.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace net::http {

class H2Stream;

class H2StreamTable final {
 public:
  struct Entry {
    std::uint32_t id;
    H2Stream* stream;  // null: a hole
  };

  std::size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // In the order of ids, holes included. Valid until add() or remove().
  const std::vector<Entry>& entries() const { return entries_; }
  // The one with the highest id; there must be one.
  H2Stream& last() const { return *entries_.back().stream; }

  void add(std::uint32_t id, H2Stream& stream) {
    assert(entries_.empty() || entries_.back().id < id);
    entries_.push_back({id, &stream});
    ++count_;
  }
  H2Stream* find(std::uint32_t id) const {
    const auto entry = std::lower_bound(entries_.begin(), entries_.end(), id, is_before);
    return entry != entries_.end() && entry->id == id ? entry->stream : nullptr;
  }
  void remove(std::uint32_t id) {
    const auto entry = std::lower_bound(entries_.begin(), entries_.end(), id, is_before);
    assert(entry != entries_.end() && entry->id == id && entry->stream);
    entry->stream = nullptr;
    --count_;
    while (!entries_.empty() && !entries_.back().stream)
      entries_.pop_back();
    if (entries_.size() > 2 * count_ + kKeptHoles)
      std::erase_if(entries_, [](const Entry& e) { return !e.stream; });
  }
  // Gives the memory back; there must be no stream.
  void release() {
    assert(entries_.empty());
    std::vector<Entry>().swap(entries_);
  }

 private:
  static constexpr std::size_t kKeptHoles = 16;  // few enough to be skipped

  static bool is_before(const Entry& entry, std::uint32_t id) { return entry.id < id; }

  std::vector<Entry> entries_;
  std::size_t count_ = 0;
};

}  // namespace net::http
