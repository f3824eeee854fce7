#include "net/byte_queue.h"

#include <cassert>

namespace net {

void ByteQueue::append(std::string_view data) {
  bytes_.append(data);
}

std::span<char> ByteQueue::last(std::size_t count) {
  assert(count <= size());
  return {bytes_.data() + bytes_.size() - count, count};
}

void ByteQueue::reserve(std::size_t count) {
  bytes_.reserve(bytes_.size() + count);
}

void ByteQueue::consume(std::size_t count) {
  assert(count <= size());
  start_ += count;
  if (empty()) {
    clear();
  } else if (start_ >= bytes_.size() - start_) {
    compact();
  }
}

void ByteQueue::clear() {
  std::string().swap(bytes_);
  start_ = 0;
}

// Moves at most as many bytes as were consumed since the last time, so each byte moves once on
// average.
void ByteQueue::compact() {
  bytes_.erase(0, start_);
  start_ = 0;
}

}  // namespace net
