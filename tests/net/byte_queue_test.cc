#include "net/byte_queue.h"

#include <doctest/doctest.h>

namespace net {
namespace {

TEST_CASE("bytes leave in the order they came, however they are cut") {
  for (std::size_t in = 1; in <= 7; ++in) {
    for (std::size_t out = 1; out <= 7; ++out) {
      CAPTURE(in);
      CAPTURE(out);
      ByteQueue queue;
      std::string put;
      std::string got;
      for (char c = 'a'; c <= 'z'; ++c) {
        const std::string piece(in, c);
        put += piece;
        queue.append(piece);
        if (queue.size() < out) continue;
        got += queue.view().substr(0, out);
        queue.consume(out);
      }
      got += queue.view();
      CHECK(got == put);
    }
  }
}

TEST_CASE("an empty queue stays usable after clear() and consume() of all") {
  ByteQueue queue;
  CHECK(queue.empty());
  queue.append("abc");
  queue.consume(3);
  CHECK(queue.empty());
  CHECK(queue.view().empty());
  queue.reserve(100);
  queue.append("de");
  queue.clear();
  CHECK(queue.size() == 0);
  queue.append("f");
  CHECK(queue.view() == "f");
}

}  // namespace
}  // namespace net
