#pragma once
// What edge and core tell each other about themselves: JSON, one object a line, in the bodies of
// the first exchange of every link (POST /hello). The edge's line opens it; the core answers with
// its own and keeps the body open for events. Pure: text in, values out.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace net::tunnel {

inline constexpr std::size_t kMaxControlLine = 64 * 1024;  // bytes; a longer line is TooLarge
inline constexpr std::string_view kHelloPath = "/hello";
// The version of this protocol; ends that differ do not talk, and both say so.
inline constexpr int kProtocol = 1;

inline constexpr std::chrono::seconds kEventInterval{5};

// The fields that travel beside every exchange on the link. The edge writes them, and removes
// them from what clients send.
inline constexpr std::string_view kTxnField = "sallyport-txn";
inline constexpr std::string_view kFlowField = "sallyport-flow";

// The extended CONNECT (RFC 8441) of a client's XMPP stream (wire.md 10), and the field with the
// client's address and port.
inline constexpr std::string_view kXmppProtocol = "xmpp";
inline constexpr std::string_view kClientField = "sallyport-client";

struct EdgeHello {
  std::string name;           // "edge.lab.example"
  std::uint32_t worker = 0;   // the worker that took this link
  std::uint32_t workers = 1;  // how many there are: the core dials until each has a link
  std::chrono::system_clock::time_point time;  // the edge's clock, for the skew
  bool operator==(const EdgeHello&) const = default;
};

struct CoreHello {
  std::string name;      // "core.lab.example"
  std::string instance;  // 128 bit in hex, new at every start
  std::vector<std::string> domains;
  std::vector<std::string> keys;  // of session tokens: policy::SessionSigner::public_key()
  std::chrono::system_clock::time_point time;
  // Hosts, of this core and of others that serve the same users, that clients' Route may name.
  std::vector<std::string> sip_routes = {};
  bool operator==(const CoreHello&) const = default;
};

// What the core says later, at least every kEventInterval.
struct CoreEvent {
  std::uint32_t load = 0;                // exchanges being answered just now
  std::vector<std::string> revocations;  // in the form of policy::Revocation
  bool operator==(const CoreEvent&) const = default;
};

std::string encode_hello(const EdgeHello& hello);
std::string encode_hello(const CoreHello& hello);
std::string encode_event(const CoreEvent& event);

// Each takes one line without its end. Malformed names the member that is missing or wrong;
// Unsupported when the other end speaks another version. Members it does not know are ignored.
base::Result<EdgeHello> decode_edge_hello(std::string_view line);
base::Result<CoreHello> decode_core_hello(std::string_view line);
base::Result<CoreEvent> decode_event(std::string_view line);

// Cuts a stream of bytes into lines.
class LineReader final {
 public:
  // Appends bytes. TooLarge when a line exceeds kMaxControlLine; the reader is then of no use.
  base::Result<> feed(std::string_view data);
  // Moves the next whole line, without its end, into `line`.
  bool next(std::string& line);

 private:
  std::string buffer_;
  std::size_t open_bytes_ = 0;  // of the line that has no end yet, the last one in buffer_
};

}  // namespace net::tunnel
