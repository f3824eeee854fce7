#include "net/http/h2_sender.h"

#include <algorithm>
#include <cassert>

#include "net/http/h2_head.h"
#include "net/http/h2_head_writer.h"
#include "net/http/h2_session.h"
#include "net/http/h2_stream.h"

namespace net::http {

void H2Sender::greet(bool client, const H2Limits& limits) {
  if (client) out_ += kH2Preface;
  const std::size_t at = out_.size();
  encode_frame_head(out_, {0, FrameType::Settings, 0, 0});
  const auto put = [&](SettingId id, std::uint32_t value) { encode_setting(out_, {id, value}); };
  if (limits.table_bytes > kHpackDefaultTableBytes)
    put(SettingId::HeaderTableSize, limits.table_bytes);
  put(SettingId::InitialWindowSize, limits.stream_window_bytes);
  put(SettingId::MaxHeaderListSize, kH2HeaderListBytes);
  if (client) {
    put(SettingId::EnablePush, 0);
  } else {
    put(SettingId::MaxConcurrentStreams, limits.streams);
    if (limits.extended_connect) put(SettingId::EnableConnectProtocol, 1);
  }
  out_[at + 2] = static_cast<char>(out_.size() - at - kFrameHeadBytes);
  if (limits.connection_window_bytes > kFirstWindowBytes)
    window_update(0, limits.connection_window_bytes - kFirstWindowBytes);
}

void H2Sender::ack_settings() {
  encode_settings_ack(out_);
  ++pending_frames_;
  ++pending_acks_;
}

void H2Sender::ping() {
  encode_ping(out_, false, std::string_view("\0\0\0\0\0\0\0\0", 8));
  ++pending_frames_;
}

void H2Sender::ack_ping(std::string_view payload) {
  encode_ping(out_, true, payload);
  ++pending_frames_;
  ++pending_acks_;
}

void H2Sender::goaway(std::uint32_t last_stream, H2Code code) {
  encode_goaway(out_, last_stream, code);
  ++pending_frames_;
}

void H2Sender::rst_stream(std::uint32_t stream, H2Code code) {
  encode_rst_stream(out_, stream, code);
  ++pending_frames_;
}

void H2Sender::window_update(std::uint32_t stream, std::uint32_t bytes) {
  encode_window_update(out_, stream, bytes);
  ++pending_frames_;
}

template <typename Write>
void H2Sender::headers(std::uint32_t stream, bool end_stream, Write write) {
  const std::size_t at = begin_headers(out_);
  encoder_.begin(out_);
  H2HeadWriter writer(encoder_, out_);
  write(writer);
  end_headers(out_, at, stream, end_stream, kFrameBytes);
  ++pending_frames_;
}

void H2Sender::request(std::uint32_t stream, const RequestHead& head, bool end_stream) {
  headers(stream, end_stream, [&](H2HeadWriter& writer) { writer.request(head, !end_stream); });
}

void H2Sender::response(std::uint32_t stream, const ResponseHead& head, bool end_stream) {
  headers(stream, end_stream, [&](H2HeadWriter& writer) { writer.response(head); });
}

void H2Sender::continue_100(std::uint32_t stream) {
  headers(stream, false, [](H2HeadWriter& writer) { writer.status(100); });
}

void H2Sender::begin_settings(bool first) {
  if (first) max_streams_ = UINT32_MAX;  // unless they say otherwise
}

std::optional<H2Error> H2Sender::apply(const Setting& setting) {
  switch (setting.id) {
    case SettingId::HeaderTableSize:
      encoder_.set_peer_limit(setting.value);
      break;
    case SettingId::MaxConcurrentStreams:
      max_streams_ = setting.value;
      break;
    case SettingId::InitialWindowSize:
      return resize_stream_windows(setting.value);
    case SettingId::MaxFrameSize:  // larger frames would only make other streams wait
      break;
    case SettingId::EnableConnectProtocol:
      if (extended_connect_ && setting.value == 0)
        return H2Error{H2Code::ProtocolError, "SETTINGS_ENABLE_CONNECT_PROTOCOL taken back"};
      extended_connect_ = setting.value == 1;
      break;
    case SettingId::EnablePush:         // we never do
    case SettingId::MaxHeaderListSize:  // advice; heads were limited before they came to us
      break;
  }
  return {};
}

// RFC 9113 section 6.9.2: what streams were given before is taken into account.
std::optional<H2Error> H2Sender::resize_stream_windows(std::uint32_t bytes) {
  const std::int64_t by = std::int64_t{bytes} - stream_window_bytes_;
  stream_window_bytes_ = bytes;
  for (const auto& [id, stream] : session_.streams().entries()) {
    if (!stream || !stream->open_) continue;
    if (!stream->send_window_.move(by))
      return H2Error{H2Code::FlowControlError, "window of a stream too large"};
    if (by > 0) offer(*stream);
  }
  return {};
}

std::optional<H2Error> H2Sender::widen(std::uint32_t bytes) {
  if (!window_.move(bytes))
    return H2Error{H2Code::FlowControlError, "window of the connection too large"};
  return {};
}

void H2Sender::offer(H2Stream& stream) {
  if (stream.ring_slot_ != H2Stream::kNowhere) return;
  stream.ring_slot_ = static_cast<std::uint32_t>(ring_.size());
  ring_.push_back(&stream);
}

void H2Sender::forget(H2Stream& stream) {
  if (stream.ring_slot_ == H2Stream::kNowhere) return;
  ring_.back()->ring_slot_ = stream.ring_slot_;
  ring_[stream.ring_slot_] = ring_.back();
  ring_.pop_back();
  stream.ring_slot_ = H2Stream::kNowhere;
}

bool H2Sender::pump(Stream& transport) {
  if (transport.queued_bytes() > Stream::kHighWater) return false;
  const std::uint64_t before = bytes_written_;
  std::size_t stuck = 0;  // streams in a row that wait for the window of the connection
  while (stuck < ring_.size() && transport.queued_bytes() + out_.size() <= Stream::kHighWater) {
    if (turn_ >= ring_.size()) turn_ = 0;
    H2Stream& stream = *ring_[turn_];
    const Step step = send_data(stream, transport);
    stuck = step == Step::Stuck ? stuck + 1 : 0;
    if (step == Step::Over) {
      forget(stream);  // the one that takes its place is next
    } else {
      ++turn_;
    }
  }
  write_out(transport);
  return bytes_written_ != before;
}

// One frame of DATA at most. Over: nothing to send, or nothing that its own window allows.
H2Sender::Step H2Sender::send_data(H2Stream& stream, Stream& transport) {
  if (stream.sending_ == H2Stream::Sending::Done) {  // the head was the end
    session_.on_end_sent(stream);
    return Step::Over;
  }
  const std::string_view queued = stream.queue_.view();
  const bool ending = stream.sending_ == H2Stream::Sending::Ending;
  std::size_t size = std::min<std::size_t>(queued.size(), kFrameBytes);
  if (size > 0) {
    if (stream.send_window_.left() == 0) return Step::Over;
    if (window_.left() == 0) return Step::Stuck;
    size = std::min<std::size_t>(size, std::min(stream.send_window_.left(), window_.left()));
  } else if (!ending) {
    return Step::Over;
  }
  const bool last = ending && size == queued.size();
  const auto length = static_cast<std::uint32_t>(size);
  encode_frame_head(
      out_, {length, FrameType::Data, last ? frame_flag::kEndStream : std::uint8_t{0}, stream.id_});
  if (size > kGatheredBytes) {
    write_out(transport);
    transport.write(queued.substr(0, size));
    bytes_written_ += size;
  } else {
    out_ += queued.substr(0, size);
  }
  window_.spend(length);
  stream.send_window_.spend(length);
  stream.on_sent(size, last);
  session_.on_data_sent(size);
  if (last) session_.on_end_sent(stream);
  return stream.queue_.empty() ? Step::Over : Step::Sent;
}

void H2Sender::write_out(Stream& transport) {
  if (out_.empty()) return;
  transport.write(out_);
  bytes_written_ += out_.size();
  out_.clear();
  pending_frames_ = 0;
  pending_acks_ = 0;
}

}  // namespace net::http
