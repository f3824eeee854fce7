#include "net/http/hpack_table.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace net::http {
namespace {

constexpr std::size_t kFirstBlockBytes = 512;  // a first request of a browser leaves about this

}  // namespace

HpackTable::HpackTable(std::uint32_t limit_bytes) : limit_bytes_(limit_bytes) {
  assert(limit_bytes <= kMaxHpackTableBytes);
}

HpackTable::Entry HpackTable::at(std::uint32_t age) const {
  assert(age < count());
  const Place& p = place(end_ - 1 - age);
  const char* name = text() + p.start;
  return {{name, p.name_bytes}, {name + p.name_bytes, p.value_bytes}};
}

void HpackTable::evict_to(std::uint32_t bytes) {
  while (size_bytes_ > bytes) {
    const Place& oldest = place(first_++);
    size_bytes_ -= oldest.name_bytes + oldest.value_bytes + kHpackEntryBytes;
  }
}

void HpackTable::set_limit(std::uint32_t limit_bytes) {
  assert(limit_bytes <= kMaxHpackTableBytes);
  limit_bytes_ = limit_bytes;
  evict_to(limit_bytes);
  if (count() > 0) return;
  block_.reset();
  places_ = text_bytes_ = first_ = end_ = 0;
}

// Leaves the evicted behind, in the old block, which is returned. Makes twice the room that is
// needed, so that the next move is far.
std::unique_ptr<HpackTable::Place[]> HpackTable::move_to_new_block(std::size_t text_bytes) {
  const std::uint32_t gone_bytes = count() > 0 ? place(first_).start : text_bytes_;
  const std::uint32_t kept_bytes = text_bytes_ - gone_bytes;
  const std::size_t needed_bytes = kept_bytes + text_bytes + (count() + 1) * sizeof(Place);
  const std::size_t block_bytes =
      std::min<std::size_t>(std::max(2 * needed_bytes, kFirstBlockBytes), limit_bytes_);
  const auto places = static_cast<std::uint32_t>(block_bytes / sizeof(Place));

  auto block = std::make_unique_for_overwrite<Place[]>(places);
  if (count() > 0) std::memcpy(block.get(), text() + gone_bytes, kept_bytes);
  for (std::uint32_t i = first_; i < end_; ++i) {
    Place& moved = block[places - 1 - (i - first_)] = place(i);
    moved.start = static_cast<std::uint16_t>(moved.start - gone_bytes);
  }
  places_ = places;
  text_bytes_ = kept_bytes;
  end_ -= first_;
  first_ = 0;
  return std::exchange(block_, std::move(block));
}

void HpackTable::add(std::string_view name, std::string_view value) {
  const std::size_t text_bytes = name.size() + value.size();
  const std::size_t bytes = text_bytes + kHpackEntryBytes;
  if (bytes > limit_bytes_) return evict_to(0);
  evict_to(limit_bytes_ - static_cast<std::uint32_t>(bytes));

  // An evicted entry's text stays where it is until its block goes, and `name` may be in it.
  std::unique_ptr<Place[]> old;
  if (text_bytes_ + text_bytes + (end_ + 1) * sizeof(Place) > places_ * sizeof(Place))
    old = move_to_new_block(text_bytes);
  place(end_++) = {static_cast<std::uint16_t>(text_bytes_), static_cast<std::uint16_t>(name.size()),
                   static_cast<std::uint16_t>(value.size())};
  name.copy(text() + text_bytes_, name.size());
  value.copy(text() + text_bytes_ + name.size(), value.size());
  text_bytes_ += static_cast<std::uint32_t>(text_bytes);
  size_bytes_ += static_cast<std::uint32_t>(bytes);
}

}  // namespace net::http
