#include "base/line_buffer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace base {

LineBuffer& LineBuffer::append_decimal(std::uint64_t number) {
  constexpr std::size_t kMaxDigits = 20;
  char* const begin = room(kMaxDigits);
  size_ += static_cast<std::size_t>(std::to_chars(begin, begin + kMaxDigits, number).ptr - begin);
  return *this;
}

void LineBuffer::grow(std::size_t bytes) {
  const std::size_t capacity = std::max(2 * capacity_, size_ + bytes);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(larger.get(), data_, size_);
  heap_ = std::move(larger);
  data_ = heap_.get();
  capacity_ = capacity;
}

}  // namespace base
