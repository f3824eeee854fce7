// How bytes pass through a SocketStream; its life is in socket_stream.cc.

#include <event2/event.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "net/socket_stream_impl.h"
#include "net/tcp.h"

namespace net {

void SocketStream::set_handler(StreamHandler& handler) {
  handler_ = &handler;
  if (state_ != State::Open) return;
  read_on_due_ = true;  // called from on_data(), what the old handler left is not even held yet
  loop_.flush_later(*this);
}

void SocketStream::write(std::string_view data) {
  switch (state_) {
    case State::Connecting:
    case State::Handshaking:
      queue_.append(data);
      break;
    case State::Open:
      queue_.append(data);
      loop_.flush_later(*this);
      break;
    case State::Upgrading:
      assert(false && "it would be in plain or in TLS by chance");
      return;
    case State::Draining:
    case State::Lingering:
    case State::Closed:
      return;
  }
  if (queued_bytes() > kHighWater) above_high_water_ = true;
}

std::size_t SocketStream::queued_bytes() const {
  return queue_.size() + (tls_ != nullptr ? tls_->output().size() : 0);
}

void SocketStream::pause_reading() {
  paused_ = true;
  update_events();
}

void SocketStream::resume_reading() {
  if (!std::exchange(paused_, false) || state_ != State::Open) return;
  // What is held back here or inside TLS makes no socket readable.
  read_on_due_ = true;
  loop_.flush_later(*this);
  update_events();
}

bool SocketStream::wants_input() const {
  return state_ == State::Open && !paused_ && input_ == Input::Flowing && held_.size() < kMaxHeld &&
         // A peer that makes TLS answer without reading the answers gets no further.
         (tls_ == nullptr || tls_->output().size() < kHighWater);
}

void SocketStream::read_input(int reads) {
  TlsLayer::Status status = TlsLayer::Status::Done;
  for (int i = 0; i < reads && status == TlsLayer::Status::Done && wants_input(); ++i) {
    std::size_t count = 0;
    status = read_some(count);
    if (count > 0) deliver({loop_.read_buffer().data(), count});
  }
  if (state_ != State::Open) return;
  switch (status) {
    case TlsLayer::Status::Failed: {
      base::Error why = std::move(failure_);           // set by the read that failed
      if (tls_ != nullptr) send_from(tls_->output());  // the alert that says what was wrong
      return fail(std::move(why));
    }
    case TlsLayer::Status::Ended:
      input_ = Input::Ended;
      break;
    case TlsLayer::Status::Done:
      // Its turn is over, but TLS may have bytes that no event will announce.
      if (tls_ != nullptr && tls_->may_hold_more() && wants_input()) {
        read_on_due_ = true;
        loop_.flush_later(*this);
      }
      break;
    case TlsLayer::Status::WantRead:
      break;
  }
  end_input();
  if (state_ == State::Open && tls_ != nullptr && !tls_->output().empty()) {
    loop_.flush_later(*this);  // TLS had something to say of its own
  }
  update_events();
}

// One read into the loop's buffer.
TlsLayer::Status SocketStream::read_some(std::size_t& count) {
  const std::span<char> room = loop_.read_buffer();
  if (tls_ != nullptr) {
    const TlsLayer::Status status = tls_->read(room, count);
    if (status == TlsLayer::Status::Failed) failure_ = tls_->error();
    return status;
  }
  count = 0;
  const ssize_t got = ::recv(socket_.fd(), room.data(), room.size(), 0);
  if (got == 0) return TlsLayer::Status::Ended;
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return TlsLayer::Status::WantRead;
    failure_ = system_error("read", errno);
    return TlsLayer::Status::Failed;
  }
  count = static_cast<std::size_t>(got);
  // A short read emptied the socket; asking again would only cost a call.
  return count < room.size() ? TlsLayer::Status::WantRead : TlsLayer::Status::Done;
}

void SocketStream::deliver(std::string_view data) {
  if (held_.empty()) {
    const std::size_t taken = handler_->on_data(data);
    assert(taken <= data.size());
    if (keeps_input()) held_.append(data.substr(taken));
  } else {
    held_.append(data);
    offer_held();
  }
}

void SocketStream::offer_held() {
  const std::size_t taken = handler_->on_data(held_.view());
  if (keeps_input()) held_.consume(taken);
}

// After a pause, a change of handler, or a turn that left bytes inside TLS: takes up again what no
// event announces.
void SocketStream::read_on() {
  if (!held_.empty() && !paused_) offer_held();
  if (state_ != State::Open) return;
  if (tls_ != nullptr && tls_->has_pending()) return read_input(1);
  end_input();
  update_events();
}

// What the handler still refuses when the last byte has come is a message cut off, so it is told
// of the end; only a paused one hears of it later.
void SocketStream::end_input() {
  if (state_ != State::Open || input_ != Input::Ended || paused_) return;
  input_ = Input::Reported;
  handler_->on_end();
}

void SocketStream::discard_input() {
  const std::span<char> room = loop_.read_buffer();
  for (int i = 0; i < kReadsPerTurn; ++i) {
    const ssize_t got = ::recv(socket_.fd(), room.data(), room.size(), 0);
    if (got > 0) continue;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    return fail({base::Errc::Closed, "closed here"});
  }
}

SocketStream::Sent SocketStream::send_from(ByteQueue& bytes) {
  while (!bytes.empty()) {
    const std::string_view data = bytes.view();
    const ssize_t sent = ::send(socket_.fd(), data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return Sent::SocketFull;
      failure_ = system_error("write", errno);
      return Sent::Failed;
    }
    bytes.consume(static_cast<std::size_t>(sent));
  }
  return Sent::All;
}

SocketStream::Sent SocketStream::send_output() {
  if (tls_ == nullptr) return send_from(queue_);
  for (;;) {
    ByteQueue& sealed = tls_->output();
    if (sealed.empty() && !queue_.empty()) {
      const std::string_view next = queue_.view().substr(0, kSealBytes);
      sealed.reserve(next.size() + next.size() / 64 + 256);  // with the records' heads and tags
      if (!tls_->write(next)) {
        failure_ = tls_->error();
        return Sent::Failed;
      }
      queue_.consume(next.size());
      // Our goodbye leaves with the last bytes.
      if (queue_.empty() && state_ == State::Draining) tls_->shut_down();
    }
    const Sent sent = send_from(sealed);
    if (sent != Sent::All || queue_.empty()) return sent;
  }
}

// Sends what it can and draws the consequences.
void SocketStream::settle_output() {
  const Sent sent = send_output();
  if (sent == Sent::Failed) {
    const base::Error why = failure_;
    // The peer may have said why before it hung up: an answer that came first is still heard.
    if (state_ == State::Open) {
      if (tls_ != nullptr) tls_->socket_readable();
      read_input();
    }
    return fail(why);
  }
  if (state_ == State::Draining) {
    if (sent == Sent::All) return finish_output();
    return update_events();
  }
  // What sealing adds may lift it above.
  above_high_water_ = above_high_water_ || queued_bytes() > kHighWater;
  if (above_high_water_ && queued_bytes() < kLowWater) {
    above_high_water_ = false;
    handler_->on_drained();
    if (state_ != State::Open) return;
  }
  update_events();
}

void SocketStream::update_events() {
  if (state_ == State::Closed || readable_ == nullptr) return;
  const bool reads =
      state_ == State::Handshaking ? tls_ != nullptr : state_ == State::Lingering || wants_input();
  const bool unsent = tls_ != nullptr ? !tls_->output().empty() : !queue_.empty();
  const bool writes = state_ == State::Connecting ||
                      (unsent && (state_ == State::Handshaking || state_ == State::Open ||
                                  state_ == State::Upgrading || state_ == State::Draining));
  if (reads != (event_pending(readable_.get(), EV_READ, nullptr) != 0)) {
    if (reads) {
      event_add(readable_.get(), nullptr);
    } else {
      event_del(readable_.get());
    }
  }
  if (!writes) {
    writable_.reset();
  } else if (writable_ == nullptr) {
    wait_until_writable();
  }
}

void SocketStream::wait_until_writable() {
  const auto ready = [](evutil_socket_t, short, void* self) noexcept {
    static_cast<SocketStream*>(self)->on_writable();
  };
  writable_.reset(event_new(loop_.base(), socket_.fd(), EV_WRITE | EV_PERSIST, ready, this));
  assert(writable_ != nullptr);
  event_add(writable_.get(), nullptr);
}

}  // namespace net
