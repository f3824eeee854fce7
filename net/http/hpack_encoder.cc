#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <functional>
#include <vector>

#include "base/text.h"
#include "net/http/hpack.h"
#include "net/http/hpack_static.h"
#include "net/http/message.h"

namespace net::http {
namespace {

// RFC 7541 section 6: what the first byte says, and the bits that it leaves to the number.
struct Form {
  std::uint8_t mark;
  unsigned prefix_bits;
};
constexpr Form kIndexed{0x80, 7};
constexpr Form kAdded{0x40, 6};
constexpr Form kSizeUpdate{0x20, 5};
constexpr Form kNever{0x10, 4};
constexpr Form kWithout{0x00, 4};
constexpr Form kRawString{0x00, 7};  // section 5.2

// Section 5.1.
void put_long_integer(std::string& out, std::uint8_t mark, std::size_t most, std::size_t value) {
  out.push_back(static_cast<char>(mark | most));
  for (value -= most; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}
inline void put_integer(std::string& out, Form form, std::size_t value) {
  const std::size_t most = (std::size_t{1} << form.prefix_bits) - 1;
  if (value >= most) return put_long_integer(out, form.mark, most, value);
  out.push_back(static_cast<char>(form.mark | value));
}

void put_string(std::string& out, std::string_view text) {
  put_integer(out, kRawString, text.size());
  out.append(text);
}

// The name by its index, or as it is where that is 0.
void put_literal(std::string& out, Form form, std::uint32_t name_index, std::string_view name,
                 std::string_view value) {
  put_integer(out, form, name_index);
  if (name_index == 0) put_string(out, name);
  put_string(out, value);
}

// Names are lowered in steps of so many bytes, which is a few instructions of a vector unit each.
constexpr std::size_t kStep = 16;

// To `to`, which has kStep bytes more than the name.
std::string_view put_lower(std::string_view name, char* to) {
  std::memcpy(to, name.data(), name.size());
  std::memset(to + name.size(), 0, kStep);
  for (std::size_t at = 0; at < name.size(); at += kStep) {
    for (std::size_t i = 0; i < kStep; ++i)
      to[at + i] = base::to_lower(to[at + i]);
  }
  return {to, name.size()};
}

}  // namespace

// Finds entries by their text. An entry is known by how many were added before it. Those of one
// hash are a chain, the newest first; what was evicted meanwhile just ends it. The text is the
// clients', who might make chains long: only the first few links are looked at.
class HpackEncoder::Index final {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Key {
    // The static table's index of a name stands for it, where it has one.
    Key(std::uint32_t name_index, std::string_view of_name, std::string_view of_value)
        : name(name_index > 0 ? name_index : hash(of_name)), both(name * 31 + hash(of_value)) {}
    static std::uint32_t hash(std::string_view text) {
      return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
    }
    std::uint32_t name;
    std::uint32_t both;
  };

  // `most_bytes` is the largest that `table` will be.
  Index(const HpackTable& table, std::uint32_t most_bytes)
      : table_(table),
        mask_(std::bit_ceil(most_bytes / kHpackEntryBytes) - 1),
        links_(mask_ + 1),
        newest_(mask_ + 1),
        newest_of_name_(mask_ + 1) {}

  // The age of an entry of this text, or kNone.
  std::uint32_t find(Key key, std::string_view name, std::string_view value) const {
    std::uint32_t number = newest_[key.both & mask_];
    for (int i = 0; i < kMaxSteps && age_of(number) < table_.count(); ++i) {
      const Link& link = links_[number & mask_];
      if (link.hash == key.both) {
        const HpackTable::Entry entry = table_.at(age_of(number));
        if (entry.name == name && entry.value == value) return age_of(number);
      }
      number = link.older;
    }
    return kNone;
  }

  // The age of an entry of this name, or kNone.
  std::uint32_t find_name(Key key, std::string_view name) const {
    const std::uint32_t age = age_of(newest_of_name_[key.name & mask_]);
    return age < table_.count() && table_.at(age).name == name ? age : kNone;
  }

  // The table's newest entry was just added.
  void add(Key key) {
    links_[added_ & mask_] = {key.both, newest_[key.both & mask_]};
    newest_[key.both & mask_] = newest_of_name_[key.name & mask_] = added_;
    ++added_;
  }

 private:
  static constexpr int kMaxSteps = 8;
  struct Link {
    std::uint32_t hash;
    std::uint32_t older;  // the number of the next entry of the chain
  };

  std::uint32_t age_of(std::uint32_t number) const { return added_ - 1 - number; }

  const HpackTable& table_;
  const std::uint32_t mask_;
  std::uint32_t added_ = 0;
  std::vector<Link> links_;                    // by the number of the entry
  std::vector<std::uint32_t> newest_;          // by Key::both
  std::vector<std::uint32_t> newest_of_name_;  // by Key::name
};

HpackEncoder::HpackEncoder(std::uint32_t table_bytes)
    : table_(table_bytes > 0 ? kHpackDefaultTableBytes : 0), wanted_bytes_(table_bytes) {
  assert(table_bytes <= kMaxHpackTableBytes);
}

HpackEncoder::~HpackEncoder() = default;

void HpackEncoder::set_peer_limit(std::uint32_t bytes) {
  peer_bytes_ = bytes;
  lowest_peer_bytes_ = std::min(lowest_peer_bytes_, bytes);
}

// Section 4.2: the lowest size of a time of change is told too, since it evicts. Without a table
// of our own only the peer's wish for less is answered.
void HpackEncoder::begin(std::string& out) {
  const auto usable = [this](std::uint32_t peer_bytes) {
    return std::min(peer_bytes, wanted_bytes_ > 0 ? wanted_bytes_ : told_bytes_);
  };
  if (usable(lowest_peer_bytes_) < told_bytes_) announce(out, usable(lowest_peer_bytes_));
  if (usable(peer_bytes_) != told_bytes_) announce(out, usable(peer_bytes_));
  lowest_peer_bytes_ = peer_bytes_;
}

void HpackEncoder::announce(std::string& out, std::uint32_t bytes) {
  put_integer(out, kSizeUpdate, bytes);
  told_bytes_ = bytes;
  if (wanted_bytes_ > 0) table_.set_limit(bytes);
}

void HpackEncoder::field(std::string& out, std::string_view any_case, std::string_view value,
                         HpackIndexing indexing) {
  const bool never = indexing == HpackIndexing::Never;
  if (any_case.size() > kMaxFieldNameBytes)  // no parser of ours lets one in
    return put_literal(out, never ? kNever : kWithout, 0, base::to_lower(any_case), value);
  std::array<char, kMaxFieldNameBytes + kStep> lower;
  const std::string_view name = put_lower(any_case, lower.data());

  const StaticMatch match = find_static(name, value);
  if (never) return put_literal(out, kNever, match.index, name, value);
  if (match.value) return put_integer(out, kIndexed, match.index);
  // What takes more than half of the table is not worth what it would drive out.
  const std::size_t bytes = name.size() + value.size() + kHpackEntryBytes;
  if (indexing == HpackIndexing::Without || bytes > table_.limit_bytes() / 2)
    return put_literal(out, kWithout, match.index, name, value);
  add(out, match.index, name, value);
}

// A field with a place in the dynamic table.
void HpackEncoder::add(std::string& out, std::uint32_t name_index, std::string_view name,
                       std::string_view value) {
  constexpr std::uint32_t kNewest = kStaticEntries + 1;
  if (!index_) index_ = std::make_unique<Index>(table_, wanted_bytes_);
  const Index::Key key(name_index, name, value);
  if (const std::uint32_t age = index_->find(key, name, value); age != Index::kNone)
    return put_integer(out, kIndexed, kNewest + age);
  if (name_index == 0) {
    const std::uint32_t age = index_->find_name(key, name);
    if (age != Index::kNone) name_index = kNewest + age;
  }
  put_literal(out, kAdded, name_index, name, value);
  table_.add(name, value);
  index_->add(key);
}

}  // namespace net::http
