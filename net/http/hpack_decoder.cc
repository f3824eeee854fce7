#include <algorithm>
#include <array>
#include <cassert>

#include "net/http/hpack.h"
#include "net/http/hpack_huffman.h"
#include "net/http/hpack_static.h"

namespace net::http {
namespace {

// RFC 7541 section 6: the first byte tells what follows, and the rest of it begins a number.
constexpr unsigned kIndexed = 0x80;
constexpr unsigned kAdded = 0x40;
constexpr unsigned kSizeUpdate = 0x20;

// Of a block up to 5/8 of it the text needs nothing from the heap.
constexpr std::size_t kSmallTextBytes = 2048;

bool is_size_update(unsigned char first) {
  return (first & (kIndexed | kAdded | kSizeUpdate)) == kSizeUpdate;
}

}  // namespace

// What is left of a block.
class HpackDecoder::Block final {
 public:
  explicit Block(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool empty() const { return at_ == end_; }
  unsigned char front() const { return static_cast<unsigned char>(*at_); }

  // Section 5.1. False for one that breaks off, has more than 32 bits, or is padded beyond what
  // 32 bits can need.
  bool read_integer(unsigned prefix_bits, std::uint32_t& value) {
    if (empty()) return false;
    const unsigned most = (1u << prefix_bits) - 1;
    value = front() & most;
    ++at_;
    if (value < most) return true;
    std::uint64_t sum = value;
    for (unsigned shift = 0; shift <= 28 && !empty(); shift += 7) {
      const unsigned char next = front();
      ++at_;
      sum += std::uint64_t{next & 0x7fu} << shift;
      if (next & 0x80) continue;
      value = static_cast<std::uint32_t>(sum);
      return sum <= UINT32_MAX;
    }
    return false;
  }

  // Section 5.2. `text` is a view of the block or, of Huffman code, of `room`, which then moves on
  // behind it.
  bool read_string(char*& room, std::string_view& text) {
    if (empty()) return false;
    const bool huffman = (front() & 0x80) != 0;
    std::uint32_t size = 0;
    if (!read_integer(7, size) || size > static_cast<std::size_t>(end_ - at_)) return false;
    text = {at_, size};
    at_ += size;
    if (!huffman) return true;
    char* end = decode_huffman(text, room);
    if (!end) return false;
    text = {room, static_cast<std::size_t>(end - room)};
    room = end;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

HpackDecoder::HpackDecoder(std::uint32_t table_bytes)
    : table_(kHpackDefaultTableBytes),
      settings_bytes_(table_bytes),
      limit_bytes_(std::max(table_bytes, kHpackDefaultTableBytes)) {
  assert(table_bytes <= kMaxHpackTableBytes);
}

void HpackDecoder::settings_acknowledged() {
  limit_bytes_ = settings_bytes_;
  if (table_.limit_bytes() <= limit_bytes_) return;
  table_.set_limit(limit_bytes_);
  update_due_ = true;
}

bool HpackDecoder::decode(std::string_view bytes, FieldSink& sink) {
  // The strings of a field are parts of the block, so it is the measure for their text.
  std::array<char, kSmallTextBytes> small;
  std::unique_ptr<char[]> large;
  char* room = small.data();
  if (const std::size_t most = most_huffman_text(bytes.size()); most > small.size()) {
    large = std::make_unique_for_overwrite<char[]>(most);
    room = large.get();
  }
  bytes_left_ = kMaxDecodedBytes;
  Block block(bytes);
  if (!resize(block)) return false;
  while (!block.empty()) {
    if (!decode_field(block, room, sink)) return false;
  }
  return true;
}

// Sections 4.2 and 6.3: size updates come first.
bool HpackDecoder::resize(Block& block) {
  while (!block.empty() && is_size_update(block.front())) {
    std::uint32_t bytes = 0;
    if (!block.read_integer(5, bytes) || bytes > limit_bytes_) return refuse("table size");
    table_.set_limit(bytes);
    update_due_ = false;
  }
  return !update_due_ || block.empty() || refuse("no update to the smaller table size");
}

// Section 2.3.3: the static table's entries, then the dynamic one's.
bool HpackDecoder::find(std::uint32_t index, HpackTable::Entry& entry) {
  if (index == 0) return refuse("index 0");
  if (index <= kStaticEntries) {
    entry = {kStaticTable[index].name, kStaticTable[index].value};
    return true;
  }
  const std::uint32_t age = index - kStaticEntries - 1;
  if (age >= table_.count()) return refuse("index beyond the tables");
  entry = table_.at(age);
  return true;
}

bool HpackDecoder::decode_field(Block& block, char* room, FieldSink& sink) {
  const unsigned char first = block.front();
  if (is_size_update(first)) return refuse("table size update behind a field");
  const bool indexed = (first & kIndexed) != 0;
  const bool added = !indexed && (first & kAdded) != 0;
  std::uint32_t index = 0;
  if (!block.read_integer(indexed ? 7 : added ? 6 : 4, index)) return refuse("integer");

  HpackTable::Entry field;
  if (index == 0 && !indexed) {
    if (!block.read_string(room, field.name)) return refuse("name");
  } else if (!find(index, field)) {
    return false;
  }
  if (!indexed && !block.read_string(room, field.value)) return refuse("value");

  const std::size_t bytes = field.name.size() + field.value.size() + kHpackEntryBytes;
  if (bytes > bytes_left_) return refuse("block stands for too much");
  bytes_left_ -= bytes;
  sink.on_field(field.name, field.value);
  if (added) table_.add(field.name, field.value);
  return true;
}

bool HpackDecoder::refuse(std::string_view why) {
  why_ = why;
  return false;
}

}  // namespace net::http
