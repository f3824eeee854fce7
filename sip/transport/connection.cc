#include "sip/transport/connection.h"

#include <utility>

#include "net/loop.h"
#include "sip/limits.h"
#include "sip/stun.h"

namespace sip::transport {
namespace {

constexpr std::string_view kPing = "\r\n\r\n";
constexpr std::string_view kPong = "\r\n";

}  // namespace

Connection::Connection(net::Loop& loop, net::Socket socket,
                       std::shared_ptr<const net::TlsContext> tls, ConnectionHandler& handler,
                       const net::StreamLimits& limits)
    : loop_(loop),
      handler_(handler),
      stream_(net::accept_stream(loop, std::move(socket), std::move(tls), *this, limits)) {}

Connection::Connection(net::Loop& loop, const net::DialOptions& dial, ConnectionHandler& handler)
    : loop_(loop), handler_(handler), stream_(net::dial_stream(loop, dial, *this)) {}

Connection::~Connection() = default;

void Connection::send(std::string_view text) {
  if (state_ == State::Opening) {
    waiting_.append(text);
  } else if (state_ == State::Open) {
    stream_->write(text);
  }
}

void Connection::send(const Message& message) {
  std::string text;
  message.append_to(text);
  send(text);
}

void Connection::ping() {
  if (state_ != State::Open) return;
  pinged_ = true;
  stream_->write(kPing);
}

std::size_t Connection::queued_bytes() const {
  return waiting_.size() + stream_->queued_bytes();
}

void Connection::close() {
  if (state_ == State::Closing || state_ == State::Closed) return;
  state_ = State::Closing;
  message_timer_.reset();
  stream_->close();
}

void Connection::abort(const base::Error& why) {
  if (state_ == State::Closed) return;
  state_ = State::Closing;
  message_timer_.reset();
  stream_->abort(why);
}

void Connection::on_open() {
  state_ = State::Open;
  if (!waiting_.empty()) stream_->write(std::exchange(waiting_, {}));
  handler_.on_open(*this);
}

std::size_t Connection::on_data(std::string_view data) {
  std::size_t taken = 0;
  while (state_ == State::Open) {
    const std::string_view rest = data.substr(taken);
    const Frame frame = framer_.next(rest);
    switch (frame.kind) {
      case Frame::Kind::NeedMore:
        watch_partial(Framer::is_partial(rest));
        return taken;
      case Frame::Kind::Bad:
        end_badly(rest.substr(0, frame.bytes), frame.why);
        return data.size();
      case Frame::Kind::Crlf:
        take_crlf();
        break;
      case Frame::Kind::Stun:
        if (const auto answer = answer_stun(rest.substr(0, frame.bytes), info().remote)) {
          answer_keep_alive(*answer);
        }
        handler_.on_keep_alive(*this);
        break;
      case Frame::Kind::Message:
        take_message(rest.substr(0, frame.bytes));
        break;
    }
    taken += frame.bytes;
  }
  return data.size();  // nothing more is read from somebody we have closed
}

void Connection::take_message(std::string_view text) {
  half_ping_ = false;
  message_timer_.reset();  // what comes after it has its own time
  auto message = parse_message(text);
  if (!message) return end_badly(text, message.error());
  handler_.on_message(*this, *std::move(message), text);
}

void Connection::take_crlf() {
  if (pinged_) {
    pinged_ = false;
  } else if (!std::exchange(half_ping_, !half_ping_)) {
    return;
  } else {
    answer_keep_alive(kPong);
  }
  handler_.on_keep_alive(*this);
}

// Who does not read what it asks for is not kept alive by more of it.
void Connection::answer_keep_alive(std::string_view answer) {
  if (stream_->queued_bytes() < net::Stream::kHighWater) stream_->write(answer);
}

void Connection::watch_partial(bool partial) {
  if (!partial) {
    message_timer_.reset();
  } else if (!message_timer_) {
    // Made when it is needed: most messages come whole, and an idle connection has none.
    message_timer_ = std::make_unique<net::Timer>(loop_, [this] {
      end_badly({}, {base::Errc::Timeout, "a message was begun and not ended in time"});
    });
    message_timer_->start(kMessageLimit);
  }
}

void Connection::end_badly(std::string_view head, const base::Error& why) {
  handler_.on_bad(*this, head, why);
  close();
}

void Connection::on_end() {
  close();
}

void Connection::on_drained() {
  handler_.on_drained(*this);
}

void Connection::on_closed(const base::Error& why) {
  state_ = State::Closed;
  message_timer_.reset();
  handler_.on_closed(*this, why);
}

}  // namespace sip::transport
