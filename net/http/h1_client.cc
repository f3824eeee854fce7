// The client side of HTTP/1.1: one call at a time on one connection (RFC 9112 section 9.3, without
// pipelining).

#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "net/http/connection.h"
#include "net/http/h1_body.h"
#include "net/http/h1_head.h"
#include "net/http/h1_writer.h"
#include "net/loop.h"

namespace net::http {
namespace {

// Interim responses ahead of the final one; servers send one or two.
constexpr int kMaxInterim = 16;

// As on the server side: the stream tells only when what lies above its stride has left.
constexpr std::size_t kStrideBytes = Stream::kHighWater - Flow::kHighWater;
static_assert(Stream::kLowWater <= kStrideBytes + Flow::kLowWater);

class H1ClientConnection;

// The caller's half. It outlives the connection or the other way round; whoever goes first tells.
class H1Call final : public Flow {
 public:
  H1Call(H1ClientConnection& connection, const RequestHead& head)
      : connection_(&connection), left_(head.content_length) {}
  ~H1Call() override {
    if (connection_ != nullptr) reset({base::Errc::Closed, "the call was cancelled"});
  }

  void write(std::string_view data) override;
  void finish() override;
  void reset(const base::Error& why) override;
  std::size_t queued_bytes() const override;
  void pause() override;
  void resume() override;

  void detach() { connection_ = nullptr; }
  bool finished() const { return finished_; }

 private:
  H1ClientConnection* connection_;     // null when the call is over
  std::optional<std::uint64_t> left_;  // of a declared length; none: chunked
  bool finished_ = false;
};

class H1ClientConnection final : public ClientConnection, private StreamHandler, private Flushable {
 public:
  H1ClientConnection(Loop& loop, std::unique_ptr<Stream> stream, ClosedCallback closed)
      : loop_(loop), stream_(std::move(stream)), closed_(std::move(closed)) {
    stream_->set_handler(*this);
  }
  ~H1ClientConnection() override {
    loop_.forget(*this);
    if (call_ != nullptr) call_->detach();
  }
  H1ClientConnection(const H1ClientConnection&) = delete;
  H1ClientConnection& operator=(const H1ClientConnection&) = delete;

  std::unique_ptr<Call> start(RequestHead&& head, CallListener& listener) override {
    return send(head, listener);
  }
  std::unique_ptr<Call> send(const RequestHead& head, CallListener& listener) override;
  bool available() const override { return state_ == State::Idle && !draining_; }
  std::size_t active_calls() const override { return call_ != nullptr ? 1 : 0; }
  void drain() override;
  void abort(const base::Error& why) override { fail(why); }
  const StreamInfo& stream() const override { return stream_->info(); }

  // For the call.
  void write(std::string_view data) { stream_->write(data); }
  std::size_t queued_bytes() const {
    const std::size_t queued = stream_->queued_bytes();
    return queued > kStrideBytes ? queued - kStrideBytes : 0;
  }
  void on_request_finished();
  void cancel(const base::Error& why);
  void pause(bool paused);

 private:
  //   Idle --start()--> Head --final response--> Body --its end--> Idle
  //                       ^ |                      |
  //                       +-+ interim              +--> Sending (the request is not complete yet)
  //   (a failure, a cancelled call and the end of keep-alive lead to Closing, where only
  //    on_closed() follows; Refused: the request could not be written, which flush() reports)
  enum class State { Idle, Refused, Head, Body, Sending, Closing };

  void on_open() override {}
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_closed(const base::Error& why) override;
  void flush() override;

  std::size_t read_head(std::string_view data);
  std::size_t read_body(std::string_view data);
  void on_head();
  void end_response(bool clean);
  void release();
  void give_up_request();
  void fail(const base::Error& why);

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  ClosedCallback closed_;
  H1Call* call_ = nullptr;  // owned by the caller
  CallListener* listener_ = nullptr;
  std::string method_;
  std::optional<H1ResponseParser> parser_;  // in Head only
  H1BodyReader body_ = H1BodyReader::until_close();
  std::optional<base::Error> refusal_;
  int interim_count_ = 0;
  State state_ = State::Idle;
  bool heard_ = false;  // a byte of the response has come
  bool keep_alive_ = true;
  bool paused_ = false;
  bool draining_ = false;
};

void H1Call::write(std::string_view data) {
  if (connection_ == nullptr || data.empty()) return;
  assert(!finished_);
  if (left_) {
    assert(data.size() <= *left_);
    *left_ -= data.size();
    return connection_->write(data);
  }
  connection_->write(chunk_head(data.size()));
  connection_->write(data);
  connection_->write(kChunkEnd);
}

void H1Call::finish() {
  if (connection_ == nullptr || finished_) return;
  if (left_ && *left_ > 0) {
    return reset({base::Errc::Closed, "the request is shorter than its Content-Length"});
  }
  if (!left_) connection_->write(kLastChunk);
  finished_ = true;
  connection_->on_request_finished();
}

void H1Call::reset(const base::Error& why) {
  if (connection_ == nullptr) return;
  std::exchange(connection_, nullptr)->cancel(why);
}

std::size_t H1Call::queued_bytes() const {
  return connection_ != nullptr ? connection_->queued_bytes() : 0;
}

void H1Call::pause() {
  if (connection_ != nullptr) connection_->pause(true);
}

void H1Call::resume() {
  if (connection_ != nullptr) connection_->pause(false);
}

std::unique_ptr<Call> H1ClientConnection::send(const RequestHead& head, CallListener& listener) {
  assert(available());
  auto call = std::make_unique<H1Call>(*this, head);
  call_ = call.get();
  listener_ = &listener;
  interim_count_ = 0;
  heard_ = false;
  const base::Result<std::string> text = write_request_head(head);
  if (!text) {
    refusal_ = text.error();
    state_ = State::Refused;
    loop_.flush_later(*this);
    return call;
  }
  method_ = head.method;
  parser_.emplace();
  state_ = State::Head;
  stream_->write(*text);
  return call;
}

void H1ClientConnection::drain() {
  draining_ = true;
  if (state_ != State::Idle) return;
  state_ = State::Closing;
  stream_->close();
}

// Nothing was sent of a refused request, so the connection itself is none the worse.
void H1ClientConnection::flush() {
  if (state_ != State::Refused) return;
  const base::Error why = *std::exchange(refusal_, std::nullopt);
  CallListener* listener = listener_;
  release();
  listener->on_failed(why);
}

void H1ClientConnection::pause(bool paused) {
  if (paused_ == paused || state_ == State::Closing) return;
  paused_ = paused;
  paused ? stream_->pause_reading() : stream_->resume_reading();
}

void H1ClientConnection::on_request_finished() {
  if (state_ == State::Sending) release();
}

// The caller gave up. A request half sent or a response half read cannot be taken up again.
void H1ClientConnection::cancel(const base::Error& why) {
  call_ = nullptr;
  listener_ = nullptr;
  if (state_ == State::Refused) return release();
  if (state_ == State::Closing) return;
  state_ = State::Closing;
  stream_->abort(why);
}

// Both bodies are complete: the call is over and the connection free, if it may be kept.
void H1ClientConnection::release() {
  pause(false);
  if (call_ != nullptr) std::exchange(call_, nullptr)->detach();
  listener_ = nullptr;
  if (keep_alive_ && !draining_) {
    state_ = State::Idle;
    return;
  }
  state_ = State::Closing;
  stream_->close();
}

// The server closes and reads no more of the request, but its answer is whole: the caller has what
// it wanted and is not told, and what it still writes goes nowhere.
void H1ClientConnection::give_up_request() {
  keep_alive_ = false;
  release();
}

void H1ClientConnection::fail(const base::Error& why) {
  state_ = State::Closing;
  stream_->abort(why);
  if (call_ != nullptr) std::exchange(call_, nullptr)->detach();
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_failed(why);
}

std::size_t H1ClientConnection::on_data(std::string_view data) {
  std::size_t at = 0;
  while (at < data.size() && !paused_) {
    std::size_t taken = 0;
    switch (state_) {
      case State::Head:
        taken = read_head(data.substr(at));
        break;
      case State::Body:
        taken = read_body(data.substr(at));
        break;
      case State::Sending:
        give_up_request();
        return data.size();
      case State::Idle:
      case State::Refused:
        // Whatever this is, nobody asked for it, and the next call must not take it for its answer.
        fail({base::Errc::Malformed, "the server sent what was not asked for"});
        return data.size();
      case State::Closing:
        return data.size();
    }
    if (taken == 0) break;
    at += taken;
  }
  return state_ == State::Closing ? data.size() : at;
}

std::size_t H1ClientConnection::read_head(std::string_view data) {
  heard_ = true;
  const base::Result<std::size_t> taken = parser_->feed(data);
  if (!taken) {
    fail({base::Errc::Malformed, taken.error().detail});
    return 0;
  }
  if (!parser_->done()) return *taken;
  const bool has_more = *taken < data.size();
  on_head();
  // A response without a body ends with its head.
  if (state_ == State::Body && body_.done()) end_response(!has_more);
  return *taken;
}

void H1ClientConnection::on_head() {
  H1Response& response = parser_->response();
  const int status = response.head.status;
  if (status == 101) return fail({base::Errc::Malformed, "101 without an Upgrade"});
  if (status < 200) {
    if (++interim_count_ > kMaxInterim) {
      return fail({base::Errc::Malformed, "interim responses without end"});
    }
    parser_.emplace();
    return;
  }
  state_ = State::Body;
  keep_alive_ = response.keep_alive;
  if (!has_body(method_, status)) {
    body_ = H1BodyReader::with_length(0);
  } else if (response.chunked) {
    body_ = H1BodyReader::chunked();
  } else if (response.head.content_length) {
    body_ = H1BodyReader::with_length(*response.head.content_length);
  } else {
    body_ = H1BodyReader::until_close();
    keep_alive_ = false;
  }
  ResponseHead head = std::move(response.head);
  parser_.reset();
  listener_->on_response(std::move(head));
}

std::size_t H1ClientConnection::read_body(std::string_view data) {
  const base::Result<H1BodyReader::Piece> piece = body_.read(data);
  if (!piece) {
    fail({base::Errc::Malformed, piece.error().detail});
    return 0;
  }
  if (!piece->body.empty()) listener_->on_body(piece->body);
  if (state_ == State::Body && body_.done()) end_response(piece->taken == data.size());
  return piece->taken;
}

// `clean`: nothing came after the response. What follows one that nobody asked for is how responses
// are smuggled, so such a connection carries no further call.
void H1ClientConnection::end_response(bool clean) {
  if (!clean) keep_alive_ = false;
  CallListener* listener = listener_;
  if (call_->finished()) {
    release();  // first: the listener may start the next call at once
  } else if (keep_alive_) {
    state_ = State::Sending;
  } else {
    give_up_request();
  }
  listener->on_end();
}

void H1ClientConnection::on_end() {
  switch (state_) {
    case State::Idle:
      state_ = State::Closing;
      return stream_->close();
    case State::Body:
      if (body_.may_end()) return end_response(true);
      return fail({base::Errc::Closed, "the connection ended inside the response"});
    case State::Head:
      if (heard_) return fail({base::Errc::Malformed, "the connection ended inside a head"});
      return fail({base::Errc::Closed, "the connection ended before the response"});
    case State::Refused:
      return fail({base::Errc::Closed, "the connection ended"});
    case State::Sending:
      return give_up_request();
    case State::Closing:
      return;
  }
}

void H1ClientConnection::on_drained() {
  if (listener_ != nullptr) listener_->on_drained();
}

void H1ClientConnection::on_closed(const base::Error& why) {
  // To the call every end of the stream is Closed: whether it was FIN, RST or a timeout of the
  // kernel's, the response is not coming. Malformed when a part of its head had come.
  const bool cut = state_ == State::Head && heard_;
  if (state_ == State::Sending) listener_ = nullptr;  // as in give_up_request()
  state_ = State::Closing;
  if (call_ != nullptr) std::exchange(call_, nullptr)->detach();
  if (CallListener* listener = std::exchange(listener_, nullptr)) {
    listener->on_failed({cut ? base::Errc::Malformed : base::Errc::Closed, why.detail});
  }
  closed_(why);
}

}  // namespace

std::unique_ptr<ClientConnection> call_h1(Loop& loop, std::unique_ptr<Stream> stream,
                                          ClosedCallback closed) {
  return std::make_unique<H1ClientConnection>(loop, std::move(stream), std::move(closed));
}

}  // namespace net::http
