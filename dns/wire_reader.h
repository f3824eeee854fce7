#pragma once
// A bounded walk over a DNS message: numbers, names (with compression, RFC 1035 section 4.1.4).
// Once something does not fit, ok() is false for good and every read gives 0 or nothing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dns {

class WireReader final {
 public:
  explicit WireReader(std::string_view message) : message_(message) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  void seek(std::size_t position);

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::string_view bytes(std::size_t count);

  // A domain name in lower case, joined by dots; "." for the root. A name whose labels hold
  // anything but letters, digits, '-' and '_' is read over and comes back empty: it is nothing we
  // asked for.
  std::string name();

 private:
  void fail() { ok_ = false; }

  std::string_view message_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace dns
