#include "dns/wire_reader.h"

#include <algorithm>

#include "base/text.h"

namespace dns {
namespace {

constexpr std::size_t kMaxWireName = 255;  // RFC 1035 section 2.3.4: length bytes and root included

bool is_plain(std::string_view label) {
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return base::is_alnum(c) || c == '-' || c == '_'; });
}

}  // namespace

void WireReader::seek(std::size_t position) {
  if (position > message_.size()) return fail();
  position_ = position;
}

std::string_view WireReader::bytes(std::size_t count) {
  if (!ok_ || count > message_.size() - position_) {
    fail();
    return {};
  }
  const std::string_view found = message_.substr(position_, count);
  position_ += count;
  return found;
}

std::uint8_t WireReader::u8() {
  const std::string_view found = bytes(1);
  return found.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(found[0]);
}

std::uint16_t WireReader::u16() {
  const unsigned high = u8();
  return static_cast<std::uint16_t>(high << 8 | u8());
}

std::uint32_t WireReader::u32() {
  const std::uint32_t high = u16();
  return high << 16 | u16();
}

std::string WireReader::name() {
  std::string text;
  bool plain = true;
  std::size_t wire_bytes = 1;              // the root
  std::size_t barrier = position_;         // a pointer must lead before this: so the walk ends
  std::size_t resume = std::string::npos;  // where reading goes on after the first pointer
  while (ok_) {
    const std::size_t here = position_;
    const unsigned length = u8();
    if (!ok_ || length == 0) break;
    if ((length & 0xc0u) == 0xc0u) {
      const std::size_t target = (length & 0x3fu) << 8 | u8();
      if (!ok_ || target >= barrier) {
        fail();
        break;
      }
      if (resume == std::string::npos) resume = here + 2;
      barrier = target;
      position_ = target;
      continue;
    }
    const std::string_view label = bytes(length);
    wire_bytes += length + 1;
    if (length > base::kMaxLabelBytes || wire_bytes > kMaxWireName) fail();
    plain = plain && is_plain(label);
    if (!text.empty()) text += '.';
    text += base::to_lower(label);
  }
  if (!ok_) return {};
  if (resume != std::string::npos) position_ = resume;
  if (!plain) return {};
  return text.empty() ? "." : text;
}

}  // namespace dns
