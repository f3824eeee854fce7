#pragma once
// HPACK's Huffman code (RFC 7541 section 5.2 and appendix B).

#include <cstddef>
#include <string_view>

namespace net::http {

// The most that `bytes` of code can stand for: no symbol has less than 5 bits.
constexpr std::size_t most_huffman_text(std::size_t bytes) {
  return bytes * 8 / 5;
}

// Decodes into `to`, which has room for most_huffman_text(code.size()), and returns the end of the
// text; nullptr when the code holds EOS, breaks off within a symbol, or is padded with anything
// but the first up to 7 bits of EOS.
char* decode_huffman(std::string_view code, char* to);

}  // namespace net::http
