#include "net/http/client_call.h"

#include <utility>

namespace net::http {

ClientCall::ClientCall(ClientPool& pool, RequestHead&& head, CallListener& listener)
    : pool_(pool),
      listener_(listener),
      head_(std::move(head)),
      repeatable_(is_idempotent(head_.method) && head_.content_length == 0u),
      timer_(pool.loop(), [this] { on_timer(); }) {
  if (pool_.waiting_count() >= pool_.options().waiting) {
    refusal_.detail = "too many requests wait for a connection";
    timer_.start(std::chrono::milliseconds{0});  // not from inside start()
    return;
  }
  enter(State::Waiting);
  pool_.enqueue(*this);
}

ClientCall::~ClientCall() {
  release();
}

void ClientCall::release() {
  if (state_ == State::Waiting) pool_.forget_waiting(*this);
  state_ = State::Over;
  timer_.stop();
  call_.reset();
  if (connection_) pool_.on_call_over(std::exchange(connection_, 0));
}

// The only writer of state_ besides release(). Each state has its own longest wait.
void ClientCall::enter(State next) {
  state_ = next;
  progress_ = pool_.loop().now();
  switch (next) {
    case State::Waiting:
      timer_.start(pool_.options().dial.limits.connect + pool_.options().first_byte);
      break;
    case State::Sent:
      timer_.start(finished_ ? pool_.options().first_byte : pool_.options().idle);
      break;
    case State::Answering:
      timer_.start(pool_.options().idle);
      break;
    case State::Over:
      timer_.stop();
      break;
  }
}

void ClientCall::assign(ClientPool::ConnectionId connection, bool used) {
  connection_ = connection;
  on_used_connection_ = used;
  call_ = pool_.start_on(connection, head_, *this);
  if (!repeatable_) head_ = {};
  enter(State::Sent);
  if (paused_) call_->pause();
  const bool was_full = early_body_.size() > kHighWater;
  if (!early_body_.empty()) call_->write(early_body_);
  early_body_ = {};
  if (finished_) call_->finish();
  // Whoever wrote saw our queue full; the call will speak of its own only if that is full too.
  if (was_full && call_->queued_bytes() <= kHighWater) listener_.on_drained();
}

void ClientCall::on_timer() {
  if (!refusal_.detail.empty()) return fail(refusal_);
  using std::chrono::milliseconds;
  const milliseconds idle = pool_.options().idle;
  const bool by_progress = state_ == State::Answering || (state_ == State::Sent && !finished_);
  if (by_progress) {
    const auto quiet = std::chrono::duration_cast<milliseconds>(pool_.loop().now() - progress_);
    // A body that waits for our own reader is not the server's fault.
    if (quiet < idle) return timer_.start(idle - quiet);
    if (paused_) return timer_.start(idle);
    return fail({base::Errc::Timeout,
                 "no progress in the body for " + std::to_string(idle.count()) + " ms"});
  }
  if (state_ == State::Waiting)
    return fail({base::Errc::Timeout, "no connection became free in time"});
  fail({base::Errc::Timeout,
        "no answer within " + std::to_string(pool_.options().first_byte.count()) + " ms"});
}

void ClientCall::write(std::string_view data) {
  progress_ = pool_.loop().now();
  if (call_) {
    call_->write(data);
  } else if (state_ == State::Waiting) {
    early_body_.append(data);
  }
}

void ClientCall::finish() {
  if (finished_) return;
  finished_ = true;
  if (call_) call_->finish();
  if (state_ == State::Sent) enter(State::Sent);  // from here on the server's answer is waited for
  // The answer came before the request was complete: only now is the connection free.
  if (state_ == State::Over && connection_) pool_.on_call_over(std::exchange(connection_, 0));
}

void ClientCall::reset(const base::Error&) {
  release();
}

std::size_t ClientCall::queued_bytes() const {
  return call_ ? call_->queued_bytes() : early_body_.size();
}

void ClientCall::pause() {
  paused_ = true;
  if (call_) call_->pause();
}

void ClientCall::resume() {
  paused_ = false;
  progress_ = pool_.loop().now();
  if (call_) call_->resume();
}

void ClientCall::on_response(ResponseHead head) {
  enter(State::Answering);
  head_ = {};
  listener_.on_response(std::move(head));
}

void ClientCall::on_body(std::string_view data) {
  progress_ = pool_.loop().now();
  listener_.on_body(data);
}

void ClientCall::on_end() {
  enter(State::Over);
  if (finished_ && connection_) pool_.on_call_over(std::exchange(connection_, 0));
  listener_.on_end();  // last: the owner may destroy this in it
}

void ClientCall::on_drained() {
  progress_ = pool_.loop().now();
  listener_.on_drained();
}

bool ClientCall::may_retry() const {
  return state_ == State::Sent && repeatable_ && !retried_ && on_used_connection_;
}

void ClientCall::on_failed(const base::Error& why) {
  if (why.code != base::Errc::Closed || !may_retry()) return fail(why);
  retried_ = true;
  pool_.loop().retire(std::move(call_));  // its connection is calling us
  if (connection_) pool_.on_call_over(std::exchange(connection_, 0));
  enter(State::Waiting);
  pool_.enqueue(*this);
}

void ClientCall::fail(const base::Error& why) {
  const base::Error kept = why;  // release() may drop what it refers to
  if (call_) {
    call_->reset(kept);
    pool_.loop().retire(std::move(call_));  // its connection may be calling us
  }
  release();
  listener_.on_failed(kept);  // last: the owner may destroy this in it
}

}  // namespace net::http
