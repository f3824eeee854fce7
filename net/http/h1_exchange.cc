// The exchange of an HTTP/1.1 server connection; the connection is in h1_server.cc.

#include <cassert>
#include <utility>

#include "base/clock.h"
#include "net/http/h1_server.h"

namespace net::http {
namespace {

H1BodyReader reader_for(const RequestHead& head) {
  if (!head.content_length) return H1BodyReader::chunked();
  return H1BodyReader::with_length(*head.content_length);
}

}  // namespace

H1Exchange::H1Exchange(H1ServerConnection& connection, H1Request&& request)
    : connection_(connection),
      request_(std::move(request)),
      body_(reader_for(request_.head)),
      continue_due_(request_.head.expect_continue) {}

const Peer& H1Exchange::peer() const {
  return connection_.peer();
}

void H1Exchange::attach(std::unique_ptr<Job> job) {
  assert(!job_ && job);
  job_ = std::move(job);
}

H1Framing H1Exchange::choose_framing(const ResponseHead& head) const {
  if (head.content_length && head.status != 204) return H1Framing::Length;
  if (!has_body_) return H1Framing::None;
  return request_.http11 ? H1Framing::Chunked : H1Framing::UntilClose;
}

bool H1Exchange::may_keep_alive() const {
  if (!request_.keep_alive || !connection_.may_go_on()) return false;
  if (framing_ == H1Framing::UntilClose) return false;
  // A client that was never told to go on may send its body or not; what follows is ambiguous.
  if (continue_due_) return false;
  const std::optional<std::uint64_t> length = request_.head.content_length;
  return !length || *length - received_ <= kMaxDrainBytes;
}

void H1Exchange::respond(ResponseHead head) {
  if (state_ == State::Over) return;
  assert(state_ == State::Open);
  has_body_ = has_body(request_.head.method, head.status);
  framing_ = choose_framing(head);
  response_left_ = has_body_ ? head.content_length.value_or(0) : 0;
  keep_alive_ = may_keep_alive();
  state_ = State::Responding;

  H1ResponseOptions options;
  options.framing = framing_;
  options.keep_alive = keep_alive_;
  options.say_keep_alive = !request_.http11;
  options.date = base::kSystemClock.now();
  const base::Result<std::string> text = write_response_head(head, options);
  if (!text) return connection_.abort(text.error());
  connection_.send(*text);
}

void H1Exchange::write(std::string_view data) {
  if (state_ == State::Over || data.empty()) return;
  assert(state_ == State::Responding && has_body_);
  switch (framing_) {
    case H1Framing::None:
      break;
    case H1Framing::Length:
      assert(data.size() <= response_left_);
      response_left_ -= data.size();
      connection_.send(data);
      break;
    case H1Framing::Chunked:
      connection_.send(chunk_head(data.size()));
      connection_.send(data);
      connection_.send(kChunkEnd);
      break;
    case H1Framing::UntilClose:
      connection_.send(data);
      break;
  }
}

void H1Exchange::finish() {
  if (state_ == State::Over || state_ == State::Finished) return;
  assert(state_ == State::Responding);
  if (response_left_ > 0) {
    connection_.abort({base::Errc::Closed, "the response is shorter than its Content-Length"});
    return;
  }
  if (framing_ == H1Framing::Chunked) connection_.send(kLastChunk);
  state_ = State::Finished;
  connection_.settle_later();
}

void H1Exchange::reset(const base::Error& why) {
  if (state_ == State::Over) return;
  if (state_ == State::Finished) {
    // The answer is whole; only the rest of the request is not wanted.
    keep_alive_ = false;
    if (job_) connection_.retire(std::move(job_));
    return connection_.settle_later();
  }
  end();
  connection_.abort(why);
}

std::size_t H1Exchange::queued_bytes() const {
  return state_ == State::Over ? 0 : connection_.queued_bytes();
}

void H1Exchange::pause() {
  if (state_ == State::Over || std::exchange(paused_, true)) return;
  connection_.update_reading();
}

void H1Exchange::resume() {
  if (state_ == State::Over || !std::exchange(paused_, false)) return;
  connection_.update_reading();
}

void H1Exchange::on_handled() {
  assert(state_ == State::Over || job_ || state_ == State::Finished);
  if (state_ != State::Open || !std::exchange(continue_due_, false)) return;
  connection_.send("HTTP/1.1 100 Continue\r\n\r\n");
}

base::Result<std::size_t> H1Exchange::read_body(std::string_view data) {
  std::size_t at = 0;
  while (state_ != State::Over && wants_body()) {
    const base::Result<H1BodyReader::Piece> piece = body_.read(data.substr(at));
    if (!piece) return piece.error();
    if (piece->taken == 0) break;
    at += piece->taken;
    if (piece->body.empty()) continue;
    received_ += piece->body.size();
    if (state_ == State::Finished) {
      drained_ += piece->body.size();
      if (!may_drain()) break;
    }
    if (job_) job_->on_body(piece->body);
  }
  if (state_ != State::Over && body_.done() && !std::exchange(end_told_, true)) {
    if (job_) job_->on_end();
  }
  return at;
}

bool H1Exchange::may_drain() const {
  return keep_alive_ && !paused_ && drained_ <= kMaxDrainBytes;
}

void H1Exchange::on_drained() {
  if (state_ == State::Responding && job_) job_->on_drained();
}

void H1Exchange::fail(const base::Error& why) {
  if (state_ == State::Over) return;
  end();
  if (job_) job_->on_failed(why);
}

}  // namespace net::http
