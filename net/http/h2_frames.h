#pragma once
// HTTP/2 frames (RFC 9113 sections 4, 6 and 7): their heads and payloads as bytes, and what can be
// said about a frame by looking at its head alone. Pure: no session, no I/O.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net::http {

// Section 7.
enum class H2Code : std::uint32_t {
  NoError = 0x0,
  ProtocolError = 0x1,
  InternalError = 0x2,
  FlowControlError = 0x3,
  SettingsTimeout = 0x4,
  StreamClosed = 0x5,
  FrameSizeError = 0x6,
  RefusedStream = 0x7,
  Cancel = 0x8,
  CompressionError = 0x9,
  ConnectError = 0xa,
  EnhanceYourCalm = 0xb,
  InadequateSecurity = 0xc,
  Http11Required = 0xd,
};
// "PROTOCOL_ERROR"; "unknown" for codes nobody registered.
std::string_view to_string(H2Code code);

// Why a connection must end (section 5.4.1). `why` is a literal, for logs.
struct H2Error {
  H2Code code;
  std::string_view why;
};

inline constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kFrameHeadBytes = 9;
// SETTINGS_MAX_FRAME_SIZE as it is before anybody says more, and we never do.
inline constexpr std::uint32_t kFrameBytes = 16 * 1024;
inline constexpr std::uint32_t kMaxStreamId = 0x7fffffff;
inline constexpr std::uint32_t kMaxWindowBytes = 0x7fffffff;
inline constexpr std::uint32_t kFirstWindowBytes = 65'535;

enum class FrameType : std::uint8_t {
  Data = 0x0,
  Headers = 0x1,
  Priority = 0x2,
  RstStream = 0x3,
  Settings = 0x4,
  PushPromise = 0x5,
  Ping = 0x6,
  Goaway = 0x7,
  WindowUpdate = 0x8,
  Continuation = 0x9,
};

namespace frame_flag {
inline constexpr std::uint8_t kEndStream = 0x1;   // DATA, HEADERS
inline constexpr std::uint8_t kAck = 0x1;         // SETTINGS, PING
inline constexpr std::uint8_t kEndHeaders = 0x4;  // HEADERS, CONTINUATION
inline constexpr std::uint8_t kPadded = 0x8;      // DATA, HEADERS
inline constexpr std::uint8_t kPriority = 0x20;   // HEADERS
}  // namespace frame_flag

struct FrameHead {
  std::uint32_t length = 0;  // of the payload, in bytes
  FrameType type{};          // any value can come
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

// `bytes` holds at least kFrameHeadBytes.
FrameHead decode_frame_head(std::string_view bytes);
// What is wrong with a frame of this head, whatever its payload and the state of its stream: its
// size, or a stream where none may be or none where one must be. Unknown types are fine.
std::optional<H2Error> check_frame_head(const FrameHead& head);

// The number at the begin of `bytes`, which holds at least 4; its highest bit is dropped where it
// is a reserved one (stream ids, windows).
std::uint32_t decode_u32(std::string_view bytes);
std::uint32_t decode_u31(std::string_view bytes);

// What HEADERS carry of the field block: the payload without padding and priority. None when they
// take more than there is.
std::optional<std::string_view> field_block_of(const FrameHead& head, std::string_view payload);

// Section 6.5.2.
enum class SettingId : std::uint16_t {
  HeaderTableSize = 0x1,
  EnablePush = 0x2,
  MaxConcurrentStreams = 0x3,
  InitialWindowSize = 0x4,
  MaxFrameSize = 0x5,
  MaxHeaderListSize = 0x6,
  EnableConnectProtocol = 0x8,  // RFC 8441
};
struct Setting {
  SettingId id;  // any value can come
  std::uint32_t value;
};
inline constexpr std::size_t kSettingBytes = 6;
// `bytes` holds at least kSettingBytes.
Setting decode_setting(std::string_view bytes);
// What is wrong with a setting that the peer of a server (`from_client`) or of a client sent.
std::optional<H2Error> check_setting(const Setting& setting, bool from_client);

// Each appends one frame or, as for settings, the part that it says.
void encode_frame_head(std::string& out, const FrameHead& head);
void encode_setting(std::string& out, const Setting& setting);
void encode_settings_ack(std::string& out);
void encode_ping(std::string& out, bool ack, std::string_view payload);  // of 8 bytes
void encode_goaway(std::string& out, std::uint32_t last_stream, H2Code code);
void encode_rst_stream(std::string& out, std::uint32_t stream, H2Code code);
void encode_window_update(std::string& out, std::uint32_t stream, std::uint32_t bytes);

// A field block is appended between these two: the first leaves room for the head of HEADERS, the
// second fills it in, and makes CONTINUATIONs of what is beyond `max_frame_bytes`.
std::size_t begin_headers(std::string& out);  // returns what end_headers() needs as `at`
void end_headers(std::string& out, std::size_t at, std::uint32_t stream, bool end_stream,
                 std::uint32_t max_frame_bytes);

}  // namespace net::http
