#pragma once
// The text of a log line while it is put together. What is usual fits into the buffer itself, on
// the caller's stack; only what is longer takes memory from the heap.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace base {

class LineBuffer final {
 public:
  static constexpr std::size_t kInlineBytes = 1024;

  LineBuffer() = default;
  LineBuffer(const LineBuffer&) = delete;
  LineBuffer& operator=(const LineBuffer&) = delete;

  // Valid until the next append.
  std::string_view view() const { return {data_, size_}; }

  // What is appended must not lie in this buffer.
  LineBuffer& append(char c) {
    *room(1) = c;
    ++size_;
    return *this;
  }
  LineBuffer& append(std::string_view text) {
    size_ += text.copy(room(text.size()), text.size());
    return *this;
  }
  LineBuffer& append_decimal(std::uint64_t number);
  // Room for so many bytes more, to write to; then how many of them are text.
  char* reserve(std::size_t bytes) { return room(bytes); }
  void add_reserved(std::size_t bytes) { size_ += bytes; }

 private:
  // The end of the text, with so many bytes to write to.
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_ + size_;
  }
  void grow(std::size_t bytes);

  char* data_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = kInlineBytes;
  std::unique_ptr<char[]> heap_;
  char inline_[kInlineBytes];  // as it comes: only what was appended is read
};

}  // namespace base
