#pragma once
// The limits of a link's HTTP/2 connection, the same at both ends. Both ends are ours, so they are
// wide: what clients may do was limited before anything enters a link.

#include <chrono>

#include "net/http/connection.h"

namespace net::tunnel {

inline constexpr std::chrono::seconds kPingInterval{5};
inline constexpr int kPingMisses = 3;

inline http::H2Limits link_h2_limits() {
  http::H2Limits limits;
  limits.streams = 100'000;                 // one for each exchange of a busy edge worker
  limits.stream_window_bytes = 256 * 1024;  // what one slow reader can hold back
  limits.connection_window_bytes = 1024 * 1024 * 1024;  // 4,096 slow readers starve nobody else
  limits.table_bytes = 16 * 1024;  // some 200 fields: what clients send alike, and their names
  limits.ping_interval = kPingInterval;
  limits.ping_misses = kPingMisses;
  limits.extended_connect = true;  // SIP and XMPP channels
  limits.idle_frames = 0;
  limits.hop_added = true;
  return limits;
}

inline http::ServerLimits link_server_limits() {
  // The edge times its clients and the core its upstreams; a link itself only has its PINGs. But an
  // edge that takes none of what it asked for, for longer than any limit of its own, keeps nothing.
  // (The exchange of hellos has no end, but an event every kEventInterval.)
  constexpr std::chrono::hours kNever{24 * 365};
  constexpr std::chrono::minutes kBody{70};
  return {kNever, kNever, kBody, static_cast<std::size_t>(-1)};
}

}  // namespace net::tunnel
