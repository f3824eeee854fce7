#pragma once
// Splits a message into lines as they arrive. A line ends with CRLF and nothing else: the bare LF
// that RFC 9112 section 2.2 lets a recipient take is one of the ways to make two parsers disagree.

#include <cstddef>
#include <cstring>
#include <string_view>

namespace net::http {

enum class LineStatus { NeedMore, Line, BareLf };

class H1Lines final {
 public:
  // Looks for the first line of `data`, which begins where the last line ended and holds at least
  // what the last call was given. No byte is looked at twice, so a line that comes byte by byte
  // costs no more than one that comes whole. `line` is set unless more is needed: without its
  // line end. A bare CR inside of it is for the caller to find.
  LineStatus next(std::string_view data, std::string_view& line) {
    const void* found = data.size() <= scanned_
                            ? nullptr
                            : std::memchr(data.data() + scanned_, '\n', data.size() - scanned_);
    if (found == nullptr) {
      scanned_ = data.size();
      return LineStatus::NeedMore;
    }
    scanned_ = 0;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - data.data());
    const bool is_clean = end > 0 && data[end - 1] == '\r';
    line = data.substr(0, is_clean ? end - 1 : end);
    return is_clean ? LineStatus::Line : LineStatus::BareLf;
  }

 private:
  std::size_t scanned_ = 0;  // bytes of the unfinished line that hold no LF
};

}  // namespace net::http
