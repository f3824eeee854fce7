#include "base/line_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace base {
namespace {

TEST_CASE("characters, text and numbers follow each other") {
  LineBuffer line;
  CHECK(line.view().empty());
  line.append("Port=").append('"').append_decimal(8443).append('"').append(std::string_view());
  line.append_decimal(0).append(' ').append_decimal(UINT64_MAX);
  CHECK(line.view() == "Port=\"8443\"0 18446744073709551615");
}

TEST_CASE("what does not fit moves to the heap, and nothing is lost") {
  for (const std::size_t first : {std::size_t{0}, LineBuffer::kInlineBytes - 1,
                                  LineBuffer::kInlineBytes, 3 * LineBuffer::kInlineBytes}) {
    CAPTURE(first);
    const std::string begin(first, 'a');
    const std::string end(5 * LineBuffer::kInlineBytes, 'b');
    LineBuffer line;
    line.append(begin).append('-').append_decimal(12).append(end);
    CHECK(line.view() == begin + "-12" + end);
  }
}

TEST_CASE("of the room that was reserved only what is said to be text is") {
  LineBuffer line;
  std::string expected;
  for (const std::size_t size : {std::size_t{3}, LineBuffer::kInlineBytes, std::size_t{1}}) {
    char* const room = line.reserve(size + 7);
    std::fill_n(room, size + 7, 'x');
    line.add_reserved(size);
    line.append('|');
    expected.append(size, 'x').append(1, '|');
  }
  CHECK(line.view() == expected);
}

TEST_CASE("byte by byte it grows as well") {
  LineBuffer line;
  std::string expected;
  for (std::size_t i = 0; i < 4 * LineBuffer::kInlineBytes; ++i) {
    const char c = static_cast<char>('a' + i % 26);
    line.append(c);
    expected += c;
  }
  CHECK(line.view() == expected);
}

}  // namespace
}  // namespace base
