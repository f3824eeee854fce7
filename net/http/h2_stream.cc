#include "net/http/h2_stream.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace net::http {
namespace {

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
  if (!open_ || sending_ == Sending::Done || data.empty()) return;  // nobody reads it any more
  assert(sending_ == Sending::Body);
  if (left_to_send_) {
    assert(data.size() <= *left_to_send_);
    *left_to_send_ -= data.size();
  }
  if (queue_.empty()) progress_ = session_->loop().now();
  queue_.append(data);
  if (queued_bytes() > Flow::kHighWater) above_high_ = true;
  session_->offer(*this);
}

void H2Stream::finish() {
  if (!open_ || sending_ != Sending::Body) return;
  if (left_to_send_.value_or(0) != 0) {
    // A short body must not pass for a whole one.
    return fail(H2Code::InternalError,
                {base::Errc::Malformed, "body shorter than its declared length"});
  }
  sending_ = Sending::Ending;
  session_->offer(*this);
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
  sending_ = body ? Sending::Body : Sending::Done;
  left_to_send_ = length;
}

void H2Stream::on_sent(std::size_t count, bool last) {
  queue_.consume(count);
  progress_ = session_->loop().now();
  if (last) sending_ = Sending::Done;
  if (above_high_ && queued_bytes() < Flow::kLowWater) session_->mark_ready(*this);
}

void H2Stream::receive(std::string_view data) {
  if (left_to_come_) {
    if (data.size() > *left_to_come_) {
      session_->give_back(data.size());
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
  session_->give_back(*this, data.size());
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

void H2Stream::on_closed(H2Code code) {
  if (over_) return;
  const bool answered = sending_ == Sending::Done;
  const bool taken = receiving_ == Receiving::Done ||
                     (receiving_ == Receiving::Ended && (!paused_ || held_.empty()));
  // An exchange whose answer is out waits for nobody who paused the request's body.
  if (has_response() || (answered && taken && session_->side() == H2Session::Side::Server))
    return complete();
  over(closed_by(code));
}

bool H2Stream::has_response() const {
  return session_->side() == H2Session::Side::Client && receiving_ >= Receiving::Ended;
}

void H2Stream::complete() {
  if (over_) return;
  over_ = true;
  session_->shut(*this);
  sending_ = Sending::Done;
  queue_.clear();
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
    session.give_back(*this, body.size());
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
  if (open_ && (sending_ != Sending::Done || !peer_ended_)) session_->reset(*this, code);
  detach();
}

void H2Stream::fail(H2Code code, base::Error why) {
  if (!session_ || over_) return;
  if (open_) session_->reset(*this, code);
  if (has_response()) return complete();
  over(std::move(why));
}

// The windows get back what was withheld; the stream's own is of no use any more.
void H2Stream::release_held() {
  if (!held_.empty()) session_->give_back(held_.size());
  held_ = {};
}

void H2Stream::detach() {
  release_held();
  queue_.clear();
  over_ = true;
  session_->forget_stream(*this);
  session_ = nullptr;
}

std::optional<H2Stream::Time> H2Stream::waiting_since() const {
  if (over_ || !session_) return {};
  const bool owes_body = receiving_ <= Receiving::Body && !paused_ && !tunnel_;
  const bool owes_room = queued_bytes() > 0;
  if (!owes_body && !owes_room) return {};
  if (owes_body || send_window_.left() == 0) return progress_;
  // What its own window allows waits for its turn on the connection.
  if (session_->bytes_waiting() > 0) return {};
  return std::max(progress_, session_->moved_);
}

}  // namespace net::http
