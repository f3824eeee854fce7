// What a decoder of the link's control lines accepts can be encoded and is then decoded to the
// same; and lines are found alike however the bytes are split.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/tunnel/control.h"

namespace {

using namespace net::tunnel;

std::string without_end(std::string line) {
  assert(!line.empty() && line.find('\n') == line.size() - 1);
  line.pop_back();
  return line;
}

void check_line(std::string_view line) {
  if (const auto hello = decode_edge_hello(line)) {
    assert(hello->worker < hello->workers && !hello->name.empty());
    assert(*decode_edge_hello(without_end(encode_hello(*hello))) == *hello);
  }
  if (const auto hello = decode_core_hello(line)) {
    assert(*decode_core_hello(without_end(encode_hello(*hello))) == *hello);
  }
  if (const auto event = decode_event(line)) {
    assert(*decode_event(without_end(encode_event(*event))) == *event);
  }
}

// Lines read from `text` in pieces; false: one was too long.
bool read_lines(std::string_view text, std::size_t piece, std::vector<std::string>& lines) {
  LineReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!reader.feed(text.substr(at, piece))) return false;
    for (std::string line; reader.next(line);)
      lines.push_back(line);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_line(text);
  std::vector<std::string> whole;
  const bool fits = read_lines(text, text.size() + 1, whole);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    std::vector<std::string> split;
    assert(read_lines(text, piece, split) == fits);
    if (fits) assert(split == whole);
  }
  for (const std::string& line : whole)
    check_line(line);
  return 0;
}
