#pragma once
// What a failure means to a person: the cause in plain words, and where to look next. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/message.h"

namespace support {

// What was asked for when it failed; the same status means different things.
enum class Asked {
  EdgeConfig,  // get_edge_config: the sign-in itself
  Uds,         // a UDS document of the call manager
  DeviceFile,  // <Device>.cnf.xml
  SharedFile,  // a file that is the same for everybody
};

struct Explanation {
  std::string problem;
  std::string advice;
};

// An answer other than 200 (wire.md section 4). `place` is the server inside it was asked of:
// "ucm-pub.lab.example:8443"; empty for EdgeConfig.
Explanation explain_status(Asked asked, const net::http::ResponseHead& head,
                           std::string_view place);
// No answer came over an open connection.
Explanation explain_no_answer(const base::Error& why);
// The connection to the edge did not come about.
struct Dialled {
  std::string place;     // "edge.lab.example (10.1.2.3:8443)"
  std::string domain;    // of the user
  bool reached = false;  // TCP was open, so it is the TLS handshake that failed
  bool http2 = false;    // nothing but HTTP/2 was offered
};
Explanation explain_no_connection(const base::Error& why, const Dialled& dialled);
// The answer was 200, but its body is not what a client can use.
Explanation explain_body(Asked asked, const base::Error& why, std::string_view place);

// Whether another server, edge or address may do better: 502, 503 and 504.
bool is_server_trouble(int status);

// The first line of a text/plain answer, escaped and cut; empty for other kinds of body.
inline constexpr std::size_t kMaxSaidBytes = 200;
std::string server_said(const net::http::ResponseHead& head, std::string_view body);

// `text` from outside, made fit for a terminal: escaped, and cut to `max` bytes with "..." behind.
std::string printable(std::string_view text, std::size_t max = kMaxSaidBytes);

}  // namespace support
