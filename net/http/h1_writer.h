#pragma once
// Writes the heads of HTTP/1.1 messages. The last line of defence against message splitting: a head
// that would not read back as what it says is refused, wherever it came from. Pure.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/message.h"

namespace net::http {

// "GET /path HTTP/1.1", Host, framing, then the fields. A body of unknown length is chunked. Fields
// that the model keeps as members, and hop-by-hop fields, are left out. Malformed: a method that is
// no token, a target that is not in origin form ("*" for OPTIONS), a bad authority, a field name
// that is no token, a field value with CR, LF, NUL or another control byte.
base::Result<std::string> write_request_head(const RequestHead& head);

// How a response is put on its connection.
enum class H1Framing {
  None,        // no body, and no word about one
  Length,      // Content-Length as the head has it
  Chunked,     // Transfer-Encoding: chunked
  UntilClose,  // to HTTP/1.0 clients, with Connection: close
};
struct H1ResponseOptions {
  H1Framing framing = H1Framing::Length;
  bool keep_alive = true;
  bool say_keep_alive = false;  // to an HTTP/1.0 client, which takes close for granted
  std::chrono::system_clock::time_point date{};  // for the Date field, when the head has none
};
// "HTTP/1.1 200 OK", Date, framing, Connection, then the fields. Malformed as above.
base::Result<std::string> write_response_head(const ResponseHead& head,
                                              const H1ResponseOptions& options);

// IMF-fixdate (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::string to_http_date(std::chrono::system_clock::time_point when);

}  // namespace net::http
