#include "net/http/h2_stream.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace net::http {
namespace {

// A queue that was larger than this gives its memory back when it runs empty.
constexpr std::size_t kKeptBytes = 4 * 1024;

base::Error closed_by(H2Code code) {
  const std::string name(to_string(code));
  switch (code) {
    case H2Code::RefusedStream:
      return {base::Errc::Closed, "stream refused, request not processed"};
    case H2Code::ProtocolError:
      return {base::Errc::Malformed, "stream reset: " + name};
    case H2Code::NoError:
      return {base::Errc::Closed, "stream ended before its bodies were complete"};
    default:
      return {base::Errc::Closed, "stream reset: " + name};
  }
}

}  // namespace

H2Stream::~H2Stream() {
  leave(H2Code::Cancel);
}

void H2Stream::write(std::string_view data) {
  if (!in_nghttp2_ || sending_ == Sending::Done || data.empty())
    return;  // nobody reads it any more
  assert(sending_ == Sending::Body);
  if (left_to_send_) {
    assert(data.size() <= *left_to_send_);
    *left_to_send_ -= data.size();
  }
  if (queued_bytes() == 0) progress_ = session_->loop().now();
  if (queue_at_ > 0 && queue_at_ >= queued_bytes()) {
    queue_.erase(0, queue_at_);
    queue_at_ = 0;
  }
  queue_.append(data);
  if (queued_bytes() > Flow::kHighWater) above_high_ = true;
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(session_->session_.get(), id_);
  session_->wake();
}

void H2Stream::finish() {
  if (!in_nghttp2_ || sending_ != Sending::Body) return;
  if (left_to_send_.value_or(0) != 0) {
    // A short body must not pass for a whole one.
    return fail(H2Code::InternalError,
                {base::Errc::Malformed, "body shorter than its declared length"});
  }
  sending_ = Sending::Ending;
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(session_->session_.get(), id_);
  session_->wake();
}

void H2Stream::resume() {
  if (!std::exchange(paused_, false) || !session_) return;
  progress_ = session_->loop().now();
  if (!held_.empty()) session_->mark_ready(*this);
}

void H2Stream::expect_body(std::optional<std::uint64_t> length) {
  receiving_ = Receiving::Body;
  left_to_come_ = length;
  if (session_) progress_ = session_->loop().now();
}

void H2Stream::begin_sending(bool body, std::optional<std::uint64_t> length) {
  sending_ = body ? Sending::Body : Sending::Ending;
  left_to_send_ = length;
}

std::size_t H2Stream::read(char* into, std::size_t room, bool& last) {
  const std::size_t count = std::min(room, queued_bytes());
  std::memcpy(into, queue_.data() + queue_at_, count);
  queue_at_ += count;
  if (count > 0) progress_ = session_->loop().now();
  if (queue_at_ == queue_.size()) {
    queue_at_ = 0;
    queue_.clear();
    if (queue_.capacity() > kKeptBytes) queue_ = {};
    last = sending_ == Sending::Ending;
    deferred_ = count == 0 && !last;
  }
  if (above_high_ && queued_bytes() < Flow::kLowWater) session_->mark_ready(*this);
  return count;
}

void H2Stream::receive(std::string_view data) {
  if (left_to_come_) {
    if (data.size() > *left_to_come_) {
      nghttp2_session_consume_connection(session_->session_.get(), data.size());
      return fail(H2Code::ProtocolError,
                  {base::Errc::Malformed, "body longer than Content-Length"});
    }
    *left_to_come_ -= data.size();
  }
  progress_ = session_->loop().now();
  FlowListener* listener = owner_.listener();
  if (listener && (paused_ || !held_.empty())) {
    held_.append(data);
    return;
  }
  nghttp2_session_consume(session_->session_.get(), id_, data.size());
  if (!listener) return;
  H2Session& session = *session_;
  session.running_ = this;
  listener->on_body(data);  // may destroy this
  session.running_ = nullptr;
}

void H2Stream::receive_end() {
  if (receiving_ != Receiving::Body) return;
  if (left_to_come_.value_or(0) != 0) {
    return fail(H2Code::ProtocolError, {base::Errc::Malformed, "body shorter than Content-Length"});
  }
  receiving_ = Receiving::Ended;
  run();
}

void H2Stream::on_sent_end() {
  sending_ = Sending::Done;
  progress_ = session_->loop().now();
}

void H2Stream::on_nghttp2_closed(std::uint32_t code) {
  in_nghttp2_ = false;
  if (over_) return;
  const bool answered = sending_ == Sending::Done;
  const bool taken = receiving_ == Receiving::Done ||
                     (receiving_ == Receiving::Ended && (!paused_ || held_.empty()));
  // A call has what it wanted once its response is there. An exchange whose answer is out waits
  // for nobody who paused the request's body.
  const bool whole = session_->side() == H2Session::Side::Client ? receiving_ >= Receiving::Ended
                                                                 : answered && taken;
  if (whole) return complete();
  over(closed_by(static_cast<H2Code>(code)));
}

void H2Stream::complete() {
  if (over_) return;
  over_ = true;
  in_nghttp2_ = false;
  sending_ = Sending::Done;
  queue_ = {};
  queue_at_ = 0;
  session_->mark_ready(*this);
}

void H2Stream::over(base::Error why) {
  if (error_) return;
  over_ = true;
  error_ = std::move(why);
  session_->mark_ready(*this);
}

void H2Stream::run() {
  H2Session& session = *session_;
  session.running_ = this;
  if (!error_ && !paused_ && !held_.empty()) {
    const std::string body = std::exchange(held_, {});
    nghttp2_session_consume(session.session_.get(), id_, body.size());
    if (FlowListener* listener = owner_.listener()) listener->on_body(body);
    if (!alive(session)) return;
  }
  if (!error_ && receiving_ == Receiving::Ended && held_.empty()) {
    receiving_ = Receiving::Done;
    if (FlowListener* listener = owner_.listener()) listener->on_end();
    if (!alive(session)) return;
  }
  if (!over_ && above_high_ && queued_bytes() < Flow::kLowWater) {
    above_high_ = false;
    if (FlowListener* listener = owner_.listener()) listener->on_drained();
    if (!alive(session)) return;
  }
  session.running_ = nullptr;
  if (!over_ || (!error_ && receiving_ != Receiving::Done)) return;
  const std::optional<base::Error> why = std::move(error_);
  detach();
  owner_.on_over(why ? &*why : nullptr);  // may destroy this
}

void H2Stream::leave(H2Code code) {
  if (!session_) return;
  if (std::exchange(in_nghttp2_, false)) {
    nghttp2_session* session = session_->session_.get();
    nghttp2_session_set_stream_user_data(session, id_, nullptr);
    if (sending_ != Sending::Done || receiving_ < Receiving::Ended) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id_, static_cast<std::uint32_t>(code));
      session_->wake();
    }
  }
  detach();
}

void H2Stream::fail(H2Code code, base::Error why) {
  if (!session_ || over_) return;
  if (std::exchange(in_nghttp2_, false)) {
    nghttp2_session* session = session_->session_.get();
    nghttp2_session_set_stream_user_data(session, id_, nullptr);
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id_, static_cast<std::uint32_t>(code));
  }
  over(std::move(why));
}

// The windows get back what was withheld; the stream's own is of no use any more.
void H2Stream::release_held() {
  if (!held_.empty()) nghttp2_session_consume_connection(session_->session_.get(), held_.size());
  held_ = {};
}

void H2Stream::detach() {
  release_held();
  queue_ = {};
  queue_at_ = 0;
  over_ = true;
  session_->forget_stream(*this);
  session_ = nullptr;
}

std::optional<H2Stream::Time> H2Stream::waiting_since() const {
  if (over_ || !session_) return {};
  const bool owes_body = receiving_ <= Receiving::Body && !paused_ && !tunnel_;
  const bool owes_room = queued_bytes() > 0;
  if (!owes_body && !owes_room) return {};
  return progress_;
}

}  // namespace net::http
