#include "net/socket_stream.h"

#include <event2/event.h>
#include <sys/socket.h>

#include <cassert>
#include <utility>

#include "net/socket_stream_impl.h"
#include "net/tcp.h"
#include "net/tls_context.h"

namespace net {
namespace {

// What goes out as SNI: host names only, never an address (RFC 6066 section 3).
std::string sni_of(const DialOptions& options) {
  if (!options.server_name.empty()) return options.server_name;
  for (const certs::Name& name : options.expected) {
    if (name.kind == certs::Name::Kind::Dns) return name.text;
  }
  return {};
}

std::string in_ms(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

}  // namespace

std::unique_ptr<Stream> accept_stream(Loop& loop, Socket socket,
                                      std::shared_ptr<const TlsContext> tls, StreamHandler& handler,
                                      const StreamLimits& limits) {
  auto stream = std::make_unique<SocketStream>(loop, handler, limits);
  stream->start_accepted(std::move(socket), std::move(tls));
  return stream;
}

std::unique_ptr<Stream> dial_stream(Loop& loop, const DialOptions& options,
                                    StreamHandler& handler) {
  auto stream = std::make_unique<SocketStream>(loop, handler, options.limits);
  stream->start_dial(options);
  return stream;
}

std::unique_ptr<PlainStream> accept_plain(Loop& loop, Socket socket, StreamHandler& handler,
                                          const StreamLimits& limits) {
  auto stream = std::make_unique<SocketStream>(loop, handler, limits);
  stream->start_accepted(std::move(socket), nullptr);
  return stream;
}

std::unique_ptr<PlainStream> dial_plain(Loop& loop, const DialOptions& options,
                                        StreamHandler& handler) {
  assert(options.tls == nullptr);
  auto stream = std::make_unique<SocketStream>(loop, handler, options.limits);
  stream->start_dial(options);
  return stream;
}

void SocketStream::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

SocketStream::SocketStream(Loop& loop, StreamHandler& handler, const StreamLimits& limits)
    : loop_(loop), handler_(&handler), limits_(limits) {}

SocketStream::~SocketStream() {
  loop_.forget(*this);
}

void SocketStream::start_accepted(Socket socket, std::shared_ptr<const TlsContext> tls) {
  socket_ = std::move(socket);
  info_.local = local_endpoint(socket_);
  info_.remote = remote_endpoint(socket_);
  if (tls != nullptr) {
    auto layer = TlsLayer::server(std::move(tls), socket_.fd());
    if (!layer) return fail(layer.error());
    tls_ = std::move(*layer);
  }
  watch();
  enter(State::Handshaking);
  if (tls_ == nullptr) loop_.flush_later(*this);
}

void SocketStream::start_dial(const DialOptions& options) {
  info_.remote = options.remote;
  auto socket = start_connect(options.remote, options.source, options.window);
  if (!socket) return fail(socket.error());
  socket_ = std::move(*socket);
  dial_ = std::make_unique<DialOptions>(options);
  watch();
  enter(State::Connecting);
}

void SocketStream::watch() {
  const auto ready = [](evutil_socket_t, short, void* self) noexcept {
    static_cast<SocketStream*>(self)->on_readable();
  };
  readable_.reset(event_new(loop_.base(), socket_.fd(), EV_READ | EV_PERSIST, ready, this));
  assert(readable_ != nullptr);
}

void SocketStream::enter(State next) {
  state_ = next;
  switch (next) {
    case State::Connecting:
      start_limit(limits_.connect);
      break;
    case State::Handshaking:
      if (tls_ != nullptr) start_limit(limits_.handshake);
      break;
    case State::Open:
      limit_.reset();
      break;
    case State::Upgrading:
      start_limit(limits_.handshake);
      loop_.flush_later(*this);
      break;
    case State::Draining:
      start_limit(limits_.drain);
      loop_.flush_later(*this);
      break;
    case State::Lingering:
      break;  // within the limit of Draining
    case State::Closed:
      limit_.reset();
      readable_.reset();
      writable_.reset();
      tls_.reset();
      tls_start_.reset();
      dial_.reset();
      queue_.clear();
      socket_.close();
      loop_.flush_later(*this);  // where on_closed() is called
      return;
  }
  update_events();
}

void SocketStream::start_limit(std::chrono::milliseconds limit) {
  if (limit_ == nullptr) limit_ = std::make_unique<Timer>(loop_, [this] { on_limit(); });
  limit_->start(limit);
}

void SocketStream::on_limit() {
  const std::string remote = to_string(info_.remote);
  switch (state_) {
    case State::Connecting:
      return fail({base::Errc::Timeout,
                   "connect to " + remote + ": no answer within " + in_ms(limits_.connect)});
    case State::Handshaking:
    case State::Upgrading:
      return fail({base::Errc::Timeout, "TLS handshake with " + remote + ": not done within " +
                                            in_ms(limits_.handshake)});
    case State::Draining:
      if (drain_waits_ < kMaxDrainWaits && queued_bytes() < undrained_) {
        ++drain_waits_;
        undrained_ = queued_bytes();
        return start_limit(limits_.drain);
      }
      return fail({base::Errc::Timeout, "close: " + std::to_string(queued_bytes()) +
                                            " bytes could not be sent within " +
                                            in_ms(limits_.drain)});
    case State::Lingering:
      return fail({base::Errc::Closed, "closed here"});
    case State::Open:
    case State::Closed:
      assert(false && "a state without a limit");
  }
}

void SocketStream::on_readable() {
  if (tls_ != nullptr) tls_->socket_readable();
  switch (state_) {
    case State::Handshaking:
      return shake_hands();
    case State::Open:
      return read_input();
    case State::Lingering:
      return discard_input();
    case State::Connecting:
    case State::Upgrading:
    case State::Draining:
    case State::Closed:
      return;
  }
}

void SocketStream::on_writable() {
  switch (state_) {
    case State::Connecting:
      return on_connected();
    case State::Handshaking:
      return shake_hands();
    case State::Upgrading:
      return upgrade();
    case State::Open:
    case State::Draining:
      return settle_output();
    case State::Lingering:
    case State::Closed:
      return;
  }
}

void SocketStream::on_connected() {
  if (auto error = connect_outcome(socket_, info_.remote)) return fail(std::move(*error));
  info_.local = local_endpoint(socket_);
  if (dial_->tls != nullptr) {
    auto layer = TlsLayer::client(dial_->tls, socket_.fd(), dial_->expected, sni_of(*dial_));
    if (!layer) return fail(layer.error());
    tls_ = std::move(*layer);
  }
  dial_.reset();
  enter(State::Handshaking);
  if (tls_ != nullptr) {
    shake_hands();
  } else {
    on_established();
  }
}

void SocketStream::start_tls(TlsStart start) {
  assert(state_ == State::Open && tls_ == nullptr);
  tls_start_ = std::make_unique<TlsStart>(std::move(start));
  enter(State::Upgrading);
}

void SocketStream::upgrade() {
  switch (send_from(queue_)) {
    case Sent::All:
      break;
    case Sent::SocketFull:
      return update_events();
    case Sent::Failed:
      return fail(failure_);
  }
  const std::unique_ptr<TlsStart> start = std::move(tls_start_);
  auto layer = start->tls->is_server()
                   ? TlsLayer::server(std::move(start->tls), socket_.fd())
                   : TlsLayer::client(std::move(start->tls), socket_.fd(),
                                      std::move(start->expected), start->server_name);
  if (!layer) return fail(layer.error());
  tls_ = std::move(*layer);
  tls_->take_received(held_.view());
  held_.clear();
  enter(State::Handshaking);
  // Who dialled speaks first; and what was received already makes no socket readable.
  shake_hands();
}

void SocketStream::shake_hands() {
  const TlsLayer::Status status = tls_->handshake();
  const Sent sent = send_from(tls_->output());  // our flight, or the alert that says what is wrong
  switch (status) {
    case TlsLayer::Status::Done:
      return on_established();
    case TlsLayer::Status::WantRead:
      if (sent != Sent::Failed) return update_events();
      [[fallthrough]];  // what was received is read by now: the failure is the last word
    case TlsLayer::Status::Ended:
      return fail({base::Errc::Closed, "TLS handshake: the peer closed the connection"});
    case TlsLayer::Status::Failed:
      return fail(tls_->error());
  }
}

void SocketStream::on_established() {
  if (tls_ != nullptr) {
    if (auto done = tls_->conclude(info_); !done) return fail(done.error());
  }
  enter(State::Open);
  handler_->on_open();
  if (state_ != State::Open) return;
  if (queued_bytes() > 0) loop_.flush_later(*this);
  // The peer's first bytes may have come with its last ones of the handshake.
  if (tls_ != nullptr && tls_->has_pending()) read_input();
}

void SocketStream::fail(base::Error why) {
  if (state_ == State::Closed) return;
  failure_ = std::move(why);
  enter(State::Closed);
}

void SocketStream::close() {
  switch (state_) {
    case State::Connecting:
    case State::Handshaking:
      return fail({base::Errc::Closed, "closed here before it was open"});
    case State::Open:
    case State::Upgrading:
      return enter(State::Draining);
    case State::Draining:
    case State::Lingering:
    case State::Closed:
      return;
  }
}

void SocketStream::abort(base::Error why) {
  if (state_ == State::Closed) return;
  // A reset tells the peer that this was no orderly end, and frees what the kernel still queues.
  if (socket_ && state_ != State::Lingering) {
    const linger none{1, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
  fail(std::move(why));
}

// The queue is empty: says goodbye and waits for the peer to do the same.
void SocketStream::finish_output() {
  if (tls_ != nullptr) {
    tls_->shut_down();
    switch (send_from(tls_->output())) {
      case Sent::All:
        break;
      case Sent::SocketFull:
        return update_events();  // comes back here when it has left
      case Sent::Failed:
        return fail({base::Errc::Closed, "closed here; the peer was gone already"});
    }
  }
  if (input_ != Input::Flowing || ::shutdown(socket_.fd(), SHUT_WR) != 0) {
    return fail({base::Errc::Closed, "closed here"});
  }
  enter(State::Lingering);
}

void SocketStream::flush() {
  switch (state_) {
    case State::Connecting:
      return;
    case State::Handshaking:
      if (tls_ == nullptr) on_established();
      return;
    case State::Upgrading:
      return upgrade();
    case State::Open:
      if (std::exchange(read_on_due_, false)) read_on();
      if (state_ == State::Open) settle_output();
      return;
    case State::Draining:
      settle_output();
      undrained_ = queued_bytes();  // what the kernel takes at once, nobody has read
      return;
    case State::Lingering:
      return;
    case State::Closed:
      held_.clear();
      return handler_->on_closed(failure_);
  }
}

}  // namespace net
