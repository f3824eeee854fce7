#pragma once
// HPACK's dynamic table (RFC 7541 sections 2.3.2 and 4): what was sent lately, the newest first,
// and the oldest gives way. One heap block holds it all, none an empty table: the texts follow each
// other from its front, their places from its back. The 32 bytes that each entry is counted for
// beyond its text pay for the place, so the block never outgrows the table's limit.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace net::http {

// Offsets in the block are 16 bits wide; 64 KiB is also more than any peer of ours has use for.
inline constexpr std::uint32_t kMaxHpackTableBytes = 0xffff;
inline constexpr std::uint32_t kHpackEntryBytes = 32;  // section 4.1: counted beyond the text

class HpackTable final {
 public:
  struct Entry {
    std::string_view name;
    std::string_view value;
  };

  // `limit_bytes` is at most kMaxHpackTableBytes.
  explicit HpackTable(std::uint32_t limit_bytes);

  std::uint32_t limit_bytes() const { return limit_bytes_; }
  // By the way of counting of section 4.1.
  std::uint32_t size_bytes() const { return size_bytes_; }
  std::uint32_t count() const { return end_ - first_; }
  // 0 is the newest; `age` is below count(). Valid until the table changes.
  Entry at(std::uint32_t age) const;

  // Makes room and appends. An entry that the whole table has no room for leaves it empty and is
  // not kept (section 4.4). `name` may be a view of an entry.
  void add(std::string_view name, std::string_view value);
  // Drops what has no room any more. `limit_bytes` is at most kMaxHpackTableBytes.
  void set_limit(std::uint32_t limit_bytes);

 private:
  struct Place {
    std::uint16_t start, name_bytes, value_bytes;
  };

  Place& place(std::uint32_t number) const { return block_[places_ - 1 - number]; }
  char* text() const { return reinterpret_cast<char*>(block_.get()); }
  void evict_to(std::uint32_t bytes);
  std::unique_ptr<Place[]> move_to_new_block(std::size_t text_bytes);

  std::unique_ptr<Place[]> block_;
  std::uint32_t places_ = 0;      // the size of the block in places
  std::uint32_t text_bytes_ = 0;  // what the texts take of it, those of evicted entries too
  std::uint32_t first_ = 0;       // the places before it belong to evicted entries
  std::uint32_t end_ = 0;         // the place of the next entry
  std::uint32_t limit_bytes_;
  std::uint32_t size_bytes_ = 0;
};

}  // namespace net::http
