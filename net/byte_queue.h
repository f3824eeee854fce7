#pragma once
// Bytes that wait in order. Holds no memory while it is empty, so that an idle connection costs
// none; taking from the front is cheap however much stands behind.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace net {

class ByteQueue final {
 public:
  bool empty() const { return start_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - start_; }
  // Everything that waits; valid until the next call that changes the queue.
  std::string_view view() const { return std::string_view(bytes_).substr(start_); }

  void append(std::string_view data);
  // The `count` bytes appended last, to be changed in place; valid like view().
  std::span<char> last(std::size_t count);
  // Makes room for `count` more bytes in one step.
  void reserve(std::size_t count);
  // Drops the first `count` bytes; `count` is at most size().
  void consume(std::size_t count);
  void clear();

 private:
  void compact();

  std::string bytes_;
  std::size_t start_ = 0;  // what stands before it was consumed
};

}  // namespace net
