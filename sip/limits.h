#pragma once
// How much of anything a SIP message may hold, and why. A message beyond a limit is refused with
// the limit's name, never cut.

#include <chrono>
#include <cstddef>

namespace sip {

// Start line, header and body together. Clients' REGISTERs have some 3 KiB, an INVITE with several
// bodies some 10; a stream's buffer holds no more (net::Stream::on_data).
inline constexpr std::size_t kMaxMessageBytes = 64 * 1024;
inline constexpr std::size_t kMaxStartLineBytes = 8 * 1024;
inline constexpr std::size_t kMaxHeadBytes = 32 * 1024;
inline constexpr std::size_t kMaxFields = 200;        // header fields of a message
inline constexpr std::size_t kMaxFieldsOfAKind = 64;  // values of one list field count each
// Hops of a path. More than the 20 a request of ours could ever pass; RFC 4475's long request has
// 34 and must be taken.
inline constexpr std::size_t kMaxVia = 64;
inline constexpr std::size_t kMaxParams = 64;  // of one URI or header field value
inline constexpr std::size_t kMaxParts = 16;   // of a multipart body, all levels together
inline constexpr std::size_t kMaxNesting = 4;  // of multipart bodies and comments
inline constexpr std::size_t kMaxFieldNameBytes = 128;
// What edge and core together add to a message: Vias, Path or Record-Route, identities. It is kept
// free in what is taken from outside, because a message beyond a limit would end the stream that
// carries those of all clients.
inline constexpr std::size_t kRoomFields = 16;
inline constexpr std::size_t kRoomBytes = 2 * 1024;
inline constexpr std::size_t kRoomBytesOfContact = 384;  // each, for where it really points
inline constexpr int kMaxForwards = 255;                 // RFC 3261 section 20.22
// A stream that began a message must end it within this time; whoever is slower holds a
// connection for nothing.
inline constexpr std::chrono::seconds kMessageLimit{30};

}  // namespace sip
