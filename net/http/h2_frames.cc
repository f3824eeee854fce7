#include "net/http/h2_frames.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace net::http {
namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

char low_byte(std::uint32_t number) {
  return static_cast<char>(number & 0xff);
}

void encode_u32(std::string& out, std::uint32_t number) {
  const std::array<char, 4> bytes{low_byte(number >> 24), low_byte(number >> 16),
                                  low_byte(number >> 8), low_byte(number)};
  out.append(bytes.data(), bytes.size());
}

std::array<char, kFrameHeadBytes> bytes_of(const FrameHead& head) {
  return {low_byte(head.length >> 16),  low_byte(head.length >> 8),    low_byte(head.length),
          static_cast<char>(head.type), static_cast<char>(head.flags), low_byte(head.stream >> 24),
          low_byte(head.stream >> 16),  low_byte(head.stream >> 8),    low_byte(head.stream)};
}

// What section 6 says of each type.
struct Rule {
  enum class Stream : std::uint8_t { Needed, Forbidden, Either } stream;
  std::uint32_t least_bytes;
  std::uint32_t most_bytes;
};

constexpr std::array<Rule, 10> kRules{{
    {Rule::Stream::Needed, 0, kFrameBytes},     // DATA
    {Rule::Stream::Needed, 0, kFrameBytes},     // HEADERS
    {Rule::Stream::Needed, 5, 5},               // PRIORITY
    {Rule::Stream::Needed, 4, 4},               // RST_STREAM
    {Rule::Stream::Forbidden, 0, kFrameBytes},  // SETTINGS
    {Rule::Stream::Needed, 4, kFrameBytes},     // PUSH_PROMISE
    {Rule::Stream::Forbidden, 8, 8},            // PING
    {Rule::Stream::Forbidden, 8, kFrameBytes},  // GOAWAY
    {Rule::Stream::Either, 4, 4},               // WINDOW_UPDATE
    {Rule::Stream::Needed, 0, kFrameBytes},     // CONTINUATION
}};

}  // namespace

std::string_view to_string(H2Code code) {
  constexpr std::array<std::string_view, 14> kNames{"NO_ERROR",
                                                    "PROTOCOL_ERROR",
                                                    "INTERNAL_ERROR",
                                                    "FLOW_CONTROL_ERROR",
                                                    "SETTINGS_TIMEOUT",
                                                    "STREAM_CLOSED",
                                                    "FRAME_SIZE_ERROR",
                                                    "REFUSED_STREAM",
                                                    "CANCEL",
                                                    "COMPRESSION_ERROR",
                                                    "CONNECT_ERROR",
                                                    "ENHANCE_YOUR_CALM",
                                                    "INADEQUATE_SECURITY",
                                                    "HTTP_1_1_REQUIRED"};
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "unknown";
}

std::uint32_t decode_u32(std::string_view bytes) {
  assert(bytes.size() >= 4);
  return byte_at(bytes, 0) << 24 | byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 |
         byte_at(bytes, 3);
}

std::uint32_t decode_u31(std::string_view bytes) {
  return decode_u32(bytes) & 0x7fffffff;
}

FrameHead decode_frame_head(std::string_view bytes) {
  assert(bytes.size() >= kFrameHeadBytes);
  return {byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8 | byte_at(bytes, 2),
          static_cast<FrameType>(byte_at(bytes, 3)), static_cast<std::uint8_t>(byte_at(bytes, 4)),
          decode_u31(bytes.substr(5))};
}

std::optional<H2Error> check_frame_head(const FrameHead& head) {
  if (head.length > kFrameBytes) return H2Error{H2Code::FrameSizeError, "frame too large"};
  const auto type = static_cast<std::size_t>(head.type);
  if (type >= kRules.size()) return {};
  const Rule& rule = kRules[type];
  if (rule.stream == Rule::Stream::Needed && head.stream == 0)
    return H2Error{H2Code::ProtocolError, "frame without a stream"};
  if (rule.stream == Rule::Stream::Forbidden && head.stream != 0)
    return H2Error{H2Code::ProtocolError, "frame of the connection on a stream"};
  if (head.length < rule.least_bytes || head.length > rule.most_bytes)
    return H2Error{H2Code::FrameSizeError, "frame of a wrong size"};
  if (head.type == FrameType::Settings) {
    const bool ack = head.has(frame_flag::kAck);
    if (ack ? head.length != 0 : head.length % kSettingBytes != 0)
      return H2Error{H2Code::FrameSizeError, "SETTINGS of a wrong size"};
  }
  const bool pads = head.type == FrameType::Data || head.type == FrameType::Headers;
  if (pads && head.has(frame_flag::kPadded) && head.length == 0)
    return H2Error{H2Code::FrameSizeError, "padding without its length"};
  return {};
}

std::optional<std::string_view> field_block_of(const FrameHead& head, std::string_view payload) {
  constexpr std::size_t kPriorityBytes = 5;
  std::size_t padding = 0;
  if (head.has(frame_flag::kPadded)) {
    if (payload.empty()) return {};
    padding = byte_at(payload, 0);
    payload.remove_prefix(1);
  }
  const std::size_t priority = head.has(frame_flag::kPriority) ? kPriorityBytes : 0;
  if (priority + padding > payload.size()) return {};
  return payload.substr(priority, payload.size() - priority - padding);
}

Setting decode_setting(std::string_view bytes) {
  assert(bytes.size() >= kSettingBytes);
  return {static_cast<SettingId>(byte_at(bytes, 0) << 8 | byte_at(bytes, 1)),
          decode_u32(bytes.substr(2))};
}

std::optional<H2Error> check_setting(const Setting& setting, bool from_client) {
  switch (setting.id) {
    case SettingId::EnablePush:
      if (setting.value > (from_client ? 1u : 0u))
        return H2Error{H2Code::ProtocolError, "SETTINGS_ENABLE_PUSH"};
      break;
    case SettingId::InitialWindowSize:
      if (setting.value > kMaxWindowBytes)
        return H2Error{H2Code::FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE"};
      break;
    case SettingId::MaxFrameSize:
      if (setting.value < kFrameBytes || setting.value > 0xffffff)
        return H2Error{H2Code::ProtocolError, "SETTINGS_MAX_FRAME_SIZE"};
      break;
    case SettingId::EnableConnectProtocol:
      if (setting.value > 1)
        return H2Error{H2Code::ProtocolError, "SETTINGS_ENABLE_CONNECT_PROTOCOL"};
      break;
    case SettingId::HeaderTableSize:
    case SettingId::MaxConcurrentStreams:
    case SettingId::MaxHeaderListSize:
      break;
  }
  return {};
}

void encode_frame_head(std::string& out, const FrameHead& head) {
  const auto bytes = bytes_of(head);
  out.append(bytes.data(), bytes.size());
}

void encode_setting(std::string& out, const Setting& setting) {
  const auto id = static_cast<std::uint32_t>(setting.id);
  out += low_byte(id >> 8);
  out += low_byte(id);
  encode_u32(out, setting.value);
}

void encode_settings_ack(std::string& out) {
  encode_frame_head(out, {0, FrameType::Settings, frame_flag::kAck, 0});
}

void encode_ping(std::string& out, bool ack, std::string_view payload) {
  assert(payload.size() == 8);
  const std::uint8_t flags = ack ? frame_flag::kAck : std::uint8_t{0};
  encode_frame_head(out, {8, FrameType::Ping, flags, 0});
  out += payload;
}

void encode_goaway(std::string& out, std::uint32_t last_stream, H2Code code) {
  encode_frame_head(out, {8, FrameType::Goaway, 0, 0});
  encode_u32(out, last_stream);
  encode_u32(out, static_cast<std::uint32_t>(code));
}

void encode_rst_stream(std::string& out, std::uint32_t stream, H2Code code) {
  encode_frame_head(out, {4, FrameType::RstStream, 0, stream});
  encode_u32(out, static_cast<std::uint32_t>(code));
}

void encode_window_update(std::string& out, std::uint32_t stream, std::uint32_t bytes) {
  encode_frame_head(out, {4, FrameType::WindowUpdate, 0, stream});
  encode_u32(out, bytes);
}

std::size_t begin_headers(std::string& out) {
  const std::size_t at = out.size();
  out.append(kFrameHeadBytes, '\0');
  return at;
}

void end_headers(std::string& out, std::size_t at, std::uint32_t stream, bool end_stream,
                 std::uint32_t max_frame_bytes) {
  const auto put_head = [&](FrameType type, std::uint8_t flags, std::size_t length) {
    const auto bytes = bytes_of({static_cast<std::uint32_t>(length), type, flags, stream});
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  };
  const std::uint8_t end = end_stream ? frame_flag::kEndStream : std::uint8_t{0};
  std::size_t left = out.size() - at - kFrameHeadBytes;
  const bool whole = left <= max_frame_bytes;
  const auto flags = static_cast<std::uint8_t>(end | (whole ? frame_flag::kEndHeaders : 0));
  put_head(FrameType::Headers, flags, whole ? left : max_frame_bytes);
  while (left > max_frame_bytes) {
    left -= max_frame_bytes;
    at += kFrameHeadBytes + max_frame_bytes;
    out.insert(at, kFrameHeadBytes, '\0');
    const bool last = left <= max_frame_bytes;
    put_head(FrameType::Continuation, last ? frame_flag::kEndHeaders : std::uint8_t{0},
             last ? left : max_frame_bytes);
  }
}

}  // namespace net::http
