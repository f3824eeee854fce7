#pragma once
// Heads of HTTP/1.1 messages (RFC 9112 sections 2 to 6), read strictly: what two parsers could read
// in two ways is refused. Pure: bytes in, values out.
//
// A parser takes whole lines from the front of what has arrived, in any split. It looks at each
// byte once while it waits for the end of a line, so a head sent byte by byte costs no more than
// one sent whole, and keeps no bytes itself.

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "net/http/h1_fields.h"
#include "net/http/h1_lines.h"
#include "net/http/message.h"

namespace net::http {

struct H1Request {
  // `scheme` is set for an absolute-form target only; for the others the connection knows it.
  // For CONNECT the authority is the target's, and `target` is empty.
  RequestHead head;
  bool http11 = true;                // false: HTTP/1.0
  bool keep_alive = true;            // what version and Connection say (RFC 9112 section 9.3)
  bool unknown_expectation = false;  // Expect holds something other than 100-continue
};

class H1RequestParser final {
 public:
  // Takes lines from the front of `data` and returns how many bytes that were; offer the rest again
  // with what follows it. Bytes after the head are left alone. Malformed for anything RFC 9112
  // does not allow and for what it lets a server refuse: bare LF or CR, a missing Host (in HTTP/1.0
  // too, unless the target is absolute), an absolute target whose authority is not spelled as Host
  // is, other versions than 1.0 and 1.1, schemes other than http and https, more than one empty
  // line ahead of the request. TooLarge beyond the limits of message.h.
  base::Result<std::size_t> feed(std::string_view data);
  bool done() const { return state_ == State::Done; }
  bool started() const { return taken_ > 0; }
  // When done(): the request, which may be taken.
  H1Request& request();
  // The status that answers a failure of feed(): 400, 414 (request line) or 431.
  int status_for(const base::Error& error) const;

 private:
  enum class State { Start, RequestLine, FieldLines, Done };
  base::Result<> take_line(std::string_view line);
  base::Result<> parse_request_line(std::string_view line);
  base::Result<> parse_target(std::string_view target);
  base::Result<> parse_absolute(std::string_view target);
  base::Result<> finish();

  H1Request request_;
  H1FieldSection section_{H1FieldSection::Side::Request};
  H1Lines lines_;
  std::size_t taken_ = 0;
  State state_ = State::Start;
};

struct H1Response {
  // Status 100 to 599 here: interim responses are the client's to skip. `content_length` is none
  // for a body that is chunked or runs until the connection closes.
  ResponseHead head;
  bool keep_alive = true;
  bool chunked = false;
};

class H1ResponseParser final {
 public:
  // As above, with Malformed for a status line that is not HTTP/1.0 or 1.1 and a status of 100 to
  // 599. A missing reason phrase may lack the space before it too.
  base::Result<std::size_t> feed(std::string_view data);
  bool done() const { return state_ == State::Done; }
  H1Response& response();

 private:
  enum class State { StatusLine, FieldLines, Done };
  base::Result<> take_line(std::string_view line);
  base::Result<> parse_status_line(std::string_view line);
  base::Result<> finish();

  H1Response response_;
  bool http11_ = true;
  H1FieldSection section_{H1FieldSection::Side::Response};
  H1Lines lines_;
  std::size_t taken_ = 0;
  State state_ = State::StatusLine;
};

}  // namespace net::http
