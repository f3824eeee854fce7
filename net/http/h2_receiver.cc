#include "net/http/h2_receiver.h"

#include <algorithm>
#include <utility>

#include "net/http/h2_head.h"
#include "net/http/h2_session.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

using namespace frame_flag;

H2Error broken(std::string_view why) {
  return {H2Code::ProtocolError, why};
}

constexpr H2Error kFlood{H2Code::EnhanceYourCalm, "flood"};

// Gives the fields of a block to its reader. There is none for a stream that is gone: the block is
// decoded all the same, for what it does to the table.
struct BlockSink final : FieldSink {
  explicit BlockSink(H2HeadReader* to) : reader(to) {}
  void on_field(std::string_view name, std::string_view value) override {
    if (reader && !reader->add(name, value)) ++refused_count;
  }
  H2HeadReader* reader;
  std::uint32_t refused_count = 0;
};

}  // namespace

H2Receiver::H2Receiver(H2Session& session, bool server, std::uint32_t table_bytes)
    : session_(session),
      server_(server),
      state_(server ? State::Preface : State::Head),
      decoder_(std::max(table_bytes, kHpackDefaultTableBytes)) {}

std::optional<H2Error> H2Receiver::receive(std::string_view& data) {
  Outcome outcome;
  while (step(data, outcome)) {
    if (session_.flooded_) return kFlood;
    if (outcome) return outcome;
  }
  return outcome;
}

bool H2Receiver::step(std::string_view& data, Outcome& outcome) {
  switch (state_) {
    case State::Preface:
      return read_preface(data, outcome);
    case State::Head:
      return read_head(data, outcome);
    case State::Payload:
      return read_payload(data, outcome);
    case State::PadLength:
      return read_pad_length(data, outcome);
    case State::Body:
      return read_body(data);
    case State::Pad:
      return read_pad(data);
  }
  return false;
}

bool H2Receiver::read_preface(std::string_view& data, Outcome& outcome) {
  const std::string_view start = data.substr(0, kH2Preface.size());
  if (!kH2Preface.starts_with(start)) {
    outcome = broken("no connection preface");
    return true;
  }
  if (start.size() < kH2Preface.size()) return false;
  data.remove_prefix(kH2Preface.size());
  state_ = State::Head;
  return true;
}

bool H2Receiver::read_head(std::string_view& data, Outcome& outcome) {
  if (data.size() < kFrameHeadBytes) return false;
  head_ = decode_frame_head(data);
  data.remove_prefix(kFrameHeadBytes);
  outcome = begin_frame();
  return true;
}

bool H2Receiver::read_payload(std::string_view& data, Outcome& outcome) {
  if (data.size() < head_.length) return false;
  const std::string_view payload = data.substr(0, head_.length);
  data.remove_prefix(head_.length);
  state_ = State::Head;
  outcome = on_payload(payload);
  return true;
}

H2Receiver::Outcome H2Receiver::begin_frame() {
  if (const Outcome error = check_frame_head(head_)) return error;
  if (const Outcome error = judge_order()) return error;
  charge();
  state_ = State::Payload;
  if (head_.type == FrameType::Data) return begin_data();
  if (head_.type == FrameType::Headers) return begin_headers();
  return {};
}

// What a frame of this type has no business for now, whatever is in it (RFC 9113 sections 3.4, 5.1,
// 6.2 and 8.4).
H2Receiver::Outcome H2Receiver::judge_order() {
  const FrameType type = head_.type;
  if (std::exchange(first_, false) && (type != FrameType::Settings || head_.has(kAck)))
    return broken("no SETTINGS at the begin");
  const bool continues = type == FrameType::Continuation && head_.stream == block_stream_;
  if (block_open_ && !continues) return broken("a frame inside a field block");
  switch (type) {
    case FrameType::Continuation:
      if (!block_open_) return broken("CONTINUATION of nothing");
      break;
    case FrameType::PushPromise:
      return broken("PUSH_PROMISE");  // clients never may, and to servers we forbade it
    case FrameType::Headers:
      if (server_ ? head_.stream % 2 == 0 : is_idle(head_.stream))
        return broken("HEADERS on a stream that its sender cannot open");
      break;
    case FrameType::Data:
    case FrameType::RstStream:
    case FrameType::WindowUpdate:
      if (head_.stream != 0 && is_idle(head_.stream)) return broken("frame on an idle stream");
      break;
    case FrameType::Priority:
    case FrameType::Settings:
    case FrameType::Ping:
    case FrameType::Goaway:
      break;
  }
  return {};
}

// Streams of even numbers would be those of a server, and there are none without push.
bool H2Receiver::is_idle(std::uint32_t stream) const {
  if (stream % 2 == 0) return true;
  return server_ ? stream > last_seen_ : stream >= session_.next_id_;
}

// Frames that are no use, or too little to be free. RST_STREAM is judged by its code.
void H2Receiver::charge() {
  switch (head_.type) {
    case FrameType::Data:
      if (head_.length == 0 && !head_.has(kEndStream)) session_.spend(1);
      break;
    case FrameType::Headers:
    case FrameType::Continuation:
    case FrameType::RstStream:
      break;
    default:  // types that nobody knows are ignored (RFC 9113 section 5.5), but not free
      session_.spend(1);
      break;
  }
}

// The whole frame counts against the windows, whoever may want what is in it (section 6.9.1).
H2Receiver::Outcome H2Receiver::begin_data() {
  left_ = head_.length;
  padding_ = 0;
  state_ = head_.has(kPadded) ? State::PadLength : State::Body;
  if (!session_.window_.take(head_.length, session_.connection_window_bytes()))
    return H2Error{H2Code::FlowControlError, "more DATA than the connection's window"};
  H2Stream* stream = session_.find_open(head_.stream);
  if (!stream) {
    // Under way when the stream ended here: dropped without an answer.
    if (head_.length == 0) session_.spend(1);
  } else if (stream->peer_ended_) {
    stream->fail(H2Code::StreamClosed, {base::Errc::Malformed, "body after its end"});
  } else if (!stream->receive_window_.take(head_.length, session_.stream_window_bytes())) {
    stream->fail(H2Code::FlowControlError, {base::Errc::Malformed, "body beyond its window"});
  } else if (stream->receiving_ == H2Stream::Receiving::Head) {
    stream->fail(H2Code::ProtocolError, {base::Errc::Malformed, "body before the response"});
  }
  return {};
}

bool H2Receiver::read_pad_length(std::string_view& data, Outcome& outcome) {
  if (data.empty()) return false;
  padding_ = static_cast<unsigned char>(data.front());
  data.remove_prefix(1);
  if (1 + padding_ > left_) {
    outcome = broken("padding larger than its frame");
    return true;
  }
  left_ -= 1 + padding_;
  give_back(1 + padding_);
  if (left_ == 0 && !head_.has(kEndStream)) session_.spend(1);  // nothing but padding
  state_ = State::Body;
  return true;
}

bool H2Receiver::read_body(std::string_view& data) {
  const std::string_view piece = data.substr(0, left_);
  data.remove_prefix(piece.size());
  left_ -= static_cast<std::uint32_t>(piece.size());
  if (left_ == 0) state_ = State::Pad;
  if (!piece.empty()) pass_on(piece);
  return left_ == 0;
}

bool H2Receiver::read_pad(std::string_view& data) {
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(padding_, data.size()));
  data.remove_prefix(count);
  padding_ -= count;
  if (padding_ > 0) return false;
  state_ = State::Head;
  end_data();
  return true;
}

void H2Receiver::pass_on(std::string_view piece) {
  H2Stream* stream = session_.find_open(head_.stream);
  if (stream) {
    stream->receive(piece);
  } else {
    session_.give_back(piece.size());
  }
}

void H2Receiver::give_back(std::uint32_t bytes) {
  H2Stream* stream = session_.find_open(head_.stream);
  if (stream) {
    session_.give_back(*stream, bytes);
  } else {
    session_.give_back(bytes);
  }
}

void H2Receiver::end_data() {
  if (!head_.has(kEndStream)) return;
  H2Stream* stream = session_.find_open(head_.stream);
  if (!stream) return;
  stream->peer_ended_ = true;
  stream->receive_end();  // may destroy it
  session_.close_if_ended(head_.stream);
}

H2Receiver::Outcome H2Receiver::begin_headers() {
  block_stream_ = head_.stream;
  block_ends_ = head_.has(kEndStream);
  continuations_ = 0;
  if (server_ && head_.stream > last_seen_) return begin_request();
  H2Stream* stream = session_.find_open(head_.stream);
  if (!stream) {
    session_.spend(1);
  } else if (stream->peer_ended_) {
    stream->fail(H2Code::StreamClosed, {base::Errc::Malformed, "head after the end"});
  }
  return {};
}

// A request is known from its first bytes on, so that the wait for the rest of it has an end.
H2Receiver::Outcome H2Receiver::begin_request() {
  last_seen_ = head_.stream;
  if (head_.stream > last_wanted_) {  // the client knows, or will, that it was not processed
    session_.spend(1);
    return {};
  }
  if (session_.open_count_ >= session_.limits_.streams) {
    if (session_.settings_acked_) return broken("more streams than allowed");
    session_.refuse(head_.stream);
    return {};
  }
  session_.attach(session_.role_.on_request_begins(), head_.stream);
  return {};
}

H2Receiver::Outcome H2Receiver::on_payload(std::string_view payload) {
  switch (head_.type) {
    case FrameType::Headers: {
      const auto part = field_block_of(head_, payload);
      return part ? on_block_part(*part) : broken("padding larger than its frame");
    }
    case FrameType::Continuation:
      return ++continuations_ > kMaxContinuations ? kFlood : on_block_part(payload);
    case FrameType::RstStream:
      on_rst_stream(static_cast<H2Code>(decode_u32(payload)));
      return {};
    case FrameType::Settings:
      return on_settings(payload);
    case FrameType::Ping:
      return on_ping(payload);
    case FrameType::Goaway:
      session_.on_goaway(decode_u31(payload), static_cast<H2Code>(decode_u32(payload.substr(4))));
      return {};
    case FrameType::WindowUpdate:
      return on_window_update(decode_u31(payload));
    case FrameType::Data:         // never comes here
    case FrameType::PushPromise:  // likewise
    case FrameType::Priority:     // RFC 9113 section 5.3.2: without meaning
      return {};
  }
  return {};
}

H2Receiver::Outcome H2Receiver::on_block_part(std::string_view part) {
  const bool whole = head_.has(kEndHeaders) && !block_open_;
  if (whole) return on_block(part);
  block_ += part;
  block_open_ = !head_.has(kEndHeaders);
  if (block_open_) return {};
  const std::string block = std::exchange(block_, {});
  return on_block(block);
}

H2Receiver::Outcome H2Receiver::on_block(std::string_view block) {
  using Kind = H2HeadReader::Kind;
  H2Stream* stream = session_.find_open(block_stream_);
  Kind kind = Kind::Trailers;
  if (stream && stream->receiving_ == H2Stream::Receiving::Head)
    kind = server_ ? Kind::Request : Kind::Response;
  H2HeadReader reader(kind, session_.limits().hop_added);
  BlockSink sink(stream ? &reader : nullptr);
  const bool decoded = decoder_.decode(block, sink);
  // A byte of HPACK can stand for kilobytes: reading on must not be what the peer wants of us.
  session_.spend(sink.refused_count);
  if (sink.refused_count > 0 && reader.is_bomb()) return kFlood;
  if (!decoded) return H2Error{H2Code::CompressionError, decoder_.why()};
  if (stream) on_head(*stream, reader);
  return {};
}

void H2Receiver::on_head(H2Stream& stream, H2HeadReader& reader) {
  const bool end = block_ends_;
  const std::uint32_t id = stream.id_;
  if (end) stream.peer_ended_ = true;
  if (reader.kind() != H2HeadReader::Kind::Trailers) {
    session_.running_ = &stream;
    stream.owner_.on_head(reader, end);  // may destroy the stream
    const bool alive = stream.alive(session_);
    session_.running_ = nullptr;
    if (alive && end) stream.receive_end();
  } else if (reader.finish_trailers(end) == H2HeadReader::Verdict::Fine) {
    stream.receive_end();
  } else {
    stream.fail(H2Code::ProtocolError,
                {base::Errc::Malformed, "trailers: " + std::string(reader.why())});
  }
  session_.close_if_ended(id);
}

H2Receiver::Outcome H2Receiver::on_settings(std::string_view payload) {
  if (head_.has(kAck)) {
    if (std::exchange(session_.settings_acked_, true)) return broken("SETTINGS answered twice");
    decoder_.settings_acknowledged();
    return {};
  }
  if (payload.size() > kMaxSettings * kSettingBytes) return kFlood;
  H2Sender& sender = session_.sender_;
  sender.begin_settings(!session_.settings_seen_);
  for (; !payload.empty(); payload.remove_prefix(kSettingBytes)) {
    const Setting setting = decode_setting(payload);
    if (const Outcome error = check_setting(setting, server_)) return error;
    if (const Outcome error = sender.apply(setting)) return error;
  }
  sender.ack_settings();
  if (sender.owes_too_many_acks()) return kFlood;
  session_.settings_seen_ = true;
  session_.role_.on_settings();
  return {};
}

H2Receiver::Outcome H2Receiver::on_ping(std::string_view payload) {
  if (head_.has(kAck)) {
    session_.on_ping_answered();
    return {};
  }
  session_.sender_.ack_ping(payload);
  return session_.sender_.owes_too_many_acks() ? Outcome(kFlood) : Outcome();
}

H2Receiver::Outcome H2Receiver::on_window_update(std::uint32_t bytes) {
  if (head_.stream == 0) {
    if (bytes == 0) return broken("WINDOW_UPDATE of 0");
    return session_.sender_.widen(bytes);
  }
  H2Stream* stream = session_.find_open(head_.stream);
  if (!stream) return {};
  if (bytes == 0) {
    stream->fail(H2Code::ProtocolError, {base::Errc::Malformed, "WINDOW_UPDATE of 0"});
  } else if (!stream->send_window_.move(bytes)) {
    stream->fail(H2Code::FlowControlError, {base::Errc::Malformed, "window too large"});
  } else {
    session_.sender_.offer(*stream);
  }
  return {};
}

// A client has no good reason to take a request back without a code; a server has, once its answer
// is complete.
void H2Receiver::on_rst_stream(H2Code code) {
  if (server_ || code != H2Code::NoError) session_.spend(H2Guard::kResetCost);
  if (H2Stream* stream = session_.find_open(head_.stream)) session_.close(*stream, code);
}

}  // namespace net::http
