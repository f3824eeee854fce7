#include "net/http/h1_server.h"

#include <cassert>
#include <string>
#include <utility>

#include "base/clock.h"

namespace net::http {
namespace {

// A stream takes some in its stride (Stream::kHighWater) and tells only when that much has left
// again; what the source of a body sees as queued is what lies above.
constexpr std::size_t kStrideBytes = Stream::kHighWater - Flow::kHighWater;
static_assert(Stream::kLowWater <= kStrideBytes + Flow::kLowWater);

// How often a connection that is to be closed looks whether its last bytes have left.
constexpr std::chrono::milliseconds kFlushTick{200};

constexpr std::string_view kAllow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace

H1ServerConnection::H1ServerConnection(Loop& loop, std::unique_ptr<Stream> stream, Peer peer,
                                       Handler& handler, const ServerLimits& limits,
                                       ClosedCallback closed)
    : loop_(loop),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      handler_(handler),
      limits_(limits),
      closed_(std::move(closed)),
      timer_(loop, [this] { on_timer(); }) {
  stream_->set_handler(*this);
  timer_.start(limits_.idle);
}

H1ServerConnection::~H1ServerConnection() {
  loop_.forget(*this);
  if (exchange_) exchange_->end();  // its job may still call while it dies
}

void H1ServerConnection::drain() {
  draining_ = true;
  if (state_ == State::Idle || state_ == State::Head) close_when_sent();
}

bool H1ServerConnection::may_go_on() const {
  return !draining_ && !input_ended_ && requests_ < limits_.requests;
}

void H1ServerConnection::send(std::string_view data) {
  written_ += data.size();
  stream_->write(data);
}

std::size_t H1ServerConnection::queued_bytes() const {
  const std::size_t queued = stream_->queued_bytes();
  return queued > kStrideBytes ? queued - kStrideBytes : 0;
}

bool H1ServerConnection::is_far_ahead() const {
  return stream_->queued_bytes() > Stream::kHighWater;
}

void H1ServerConnection::abort(const base::Error& why) {
  if (state_ == State::Closing) return;
  enter(State::Closing);
  stream_->abort(why);
}

void H1ServerConnection::update_reading() {
  bool wanted = true;
  if (state_ == State::Busy) {
    wanted = exchange_->body_done() ? !input_waits_ : exchange_->wants_body();
  } else if (state_ == State::Idle) {
    wanted = !is_far_ahead();
  }
  if (wanted == reading_ || state_ == State::Closing) return;
  reading_ = wanted;
  wanted ? stream_->resume_reading() : stream_->pause_reading();
}

void H1ServerConnection::enter(State next) {
  state_ = next;
  switch (next) {
    case State::Idle:
      input_waits_ = false;
      timer_.start(limits_.idle);
      return update_reading();
    case State::Head:
      parser_ = std::make_unique<H1RequestParser>();
      return timer_.start(limits_.head);
    case State::Busy:
      parser_.reset();
      return timer_.start(limits_.body);
    case State::Flushing:
      return timer_.start(kFlushTick);
    case State::Closing:
      parser_.reset();
      return timer_.stop();
  }
}

void H1ServerConnection::on_timer() {
  switch (state_) {
    case State::Idle:
      return on_idle_timer();
    case State::Flushing:
      return close_when_sent();
    case State::Head:
      return refuse(408);
    case State::Busy:
      return on_busy_timer();
    case State::Closing:
      return;
  }
}

// Who still reads the answers to what it sent ahead is not idle.
void H1ServerConnection::on_idle_timer() {
  const std::uint64_t sent = written_ - stream_->queued_bytes();
  if (reading_ || sent == progress_) return close_when_sent();
  progress_ = sent;
  timer_.start(limits_.idle);
}

// Only the client's slowness counts: the handler's waits are the handler's business.
void H1ServerConnection::on_busy_timer() {
  if (exchange_->finished()) {
    return fail_exchange({base::Errc::Timeout, "the request did not end after its answer"});
  }
  const std::size_t queued = stream_->queued_bytes();
  const std::uint64_t moved = read_ + written_ - queued;
  const bool waits_for_client = exchange_->wants_body() || queued > 0;
  if (!waits_for_client || moved != progress_) {
    progress_ = moved;
    return timer_.start(limits_.body);
  }
  if (!exchange_->responded()) return refuse(408);
  fail_exchange({base::Errc::Timeout, "no progress in the body"});
}

std::size_t H1ServerConnection::on_data(std::string_view data) {
  std::size_t at = 0;
  for (;;) {
    const State before = state_;
    const std::size_t taken = step(data.substr(at));
    at += taken;
    if (taken == 0 && state_ == before) break;
  }
  if (state_ == State::Busy) input_waits_ = exchange_->body_done() && at < data.size();
  if (state_ == State::Busy || state_ == State::Idle) update_reading();
  return at;
}

std::size_t H1ServerConnection::step(std::string_view data) {
  switch (state_) {
    case State::Idle:
      if (!data.empty() && !is_far_ahead()) enter(State::Head);
      return 0;
    case State::Head:
      return read_head(data);
    case State::Busy:
      return read_body(data);
    case State::Flushing:
    case State::Closing:
      break;
  }
  return data.size();
}

std::size_t H1ServerConnection::read_head(std::string_view data) {
  const base::Result<std::size_t> taken = parser_->feed(data);
  if (!taken) {
    refuse(parser_->status_for(taken.error()), &taken.error());
    return 0;
  }
  if (parser_->done()) begin_exchange();
  return *taken;
}

void H1ServerConnection::begin_exchange() {
  H1Request& request = parser_->request();
  RequestHead& head = request.head;
  ++requests_;
  if (head.method == "CONNECT" || head.method == "TRACE") return refuse(405);
  const std::string_view scheme = peer_.secure ? "https" : "http";
  if (head.scheme.empty()) head.scheme = scheme;
  if (head.scheme != scheme) return refuse(400);  // not what this connection speaks for
  if (request.unknown_expectation) return refuse(417);

  exchange_ = std::make_unique<H1Exchange>(*this, std::move(request));
  progress_ = read_ + written_ - stream_->queued_bytes();
  enter(State::Busy);
  handler_.handle(*exchange_);
  if (state_ == State::Busy) exchange_->on_handled();
}

std::size_t H1ServerConnection::read_body(std::string_view data) {
  const base::Result<std::size_t> taken = exchange_->read_body(data);
  if (state_ != State::Busy) return 0;  // the job gave up
  if (!taken) {
    if (!exchange_->responded()) {
      refuse(400, &taken.error());
    } else {
      fail_exchange(taken.error());
    }
    return 0;
  }
  read_ += *taken;
  settle();
  return *taken;
}

// Looks whether the exchange is over. Called from the loop only, never from inside a call.
void H1ServerConnection::settle() {
  if (state_ != State::Busy) return;
  if (!exchange_->finished()) return update_reading();
  if (exchange_->body_done()) return end_exchange();
  if (!exchange_->may_drain()) {
    return fail_exchange({base::Errc::Closed, "answered before the request was complete"});
  }
  if (timer_.due() > loop_.now() + kDrainTime) timer_.start(kDrainTime);
}

void H1ServerConnection::end_exchange() {
  const bool keep = exchange_->keep_alive() && may_go_on();
  exchange_->end();
  loop_.retire(std::move(exchange_));
  if (!keep) return close_when_sent();
  enter(State::Idle);
}

void H1ServerConnection::fail_exchange(const base::Error& why) {
  const bool answered = exchange_->finished();
  exchange_->fail(why);
  loop_.retire(std::move(exchange_));
  if (answered) return close_when_sent();
  abort(why);
}

void H1ServerConnection::refuse(int status, const base::Error* why) {
  if (exchange_) {
    exchange_->fail(why != nullptr ? *why : base::Error{base::Errc::Timeout, "no progress"});
    loop_.retire(std::move(exchange_));
  } else if (limits_.observer) {
    limits_.observer->on_refused(
        peer_, status, why != nullptr ? std::string_view(why->detail) : reason_phrase(status));
  }
  TextResponse response = text_response(status, reason_phrase(status));
  if (status == 405) response.head.fields.add("Allow", kAllow);
  H1ResponseOptions options;
  options.keep_alive = false;
  options.date = base::kSystemClock.now();
  const base::Result<std::string> head = write_response_head(response.head, options);
  assert(head);
  send(*head);
  send(response.body);
  close_when_sent();
}

// Stream::close() gives what is queued some seconds; a slow reader of a large answer needs longer.
void H1ServerConnection::close_when_sent() {
  if (state_ == State::Closing) return;
  const std::size_t queued = stream_->queued_bytes();
  if (queued <= Flow::kLowWater) {
    enter(State::Closing);
    return stream_->close();
  }
  const std::uint64_t sent = written_ - queued;
  if (state_ != State::Flushing || sent != progress_) {
    progress_ = sent;
    stalled_ = {};
  } else if ((stalled_ += kFlushTick) >= limits_.body) {
    return abort({base::Errc::Timeout, "the answer was not read"});
  }
  enter(State::Flushing);
}

void H1ServerConnection::on_end() {
  switch (state_) {
    case State::Idle:
    case State::Head:
      return close_when_sent();
    case State::Busy:
      input_ended_ = true;  // a whole request may still be answered
      if (!exchange_->body_done()) {
        fail_exchange({base::Errc::Closed, "the request was cut short"});
      }
      return;
    case State::Flushing:
    case State::Closing:
      return;
  }
}

void H1ServerConnection::on_drained() {
  if (state_ == State::Flushing) return close_when_sent();
  if (state_ == State::Idle) return update_reading();
  if (exchange_) exchange_->on_drained();
}

void H1ServerConnection::on_closed(const base::Error& why) {
  enter(State::Closing);
  if (exchange_) {
    exchange_->fail(why);
    loop_.retire(std::move(exchange_));
  }
  closed_(why);
}

void H1ServerConnection::flush() {
  settle();
}

std::unique_ptr<ServerConnection> serve_h1(Loop& loop, std::unique_ptr<Stream> stream, Peer peer,
                                           Handler& handler, const ServerLimits& limits,
                                           ClosedCallback closed) {
  return std::make_unique<H1ServerConnection>(loop, std::move(stream), std::move(peer), handler,
                                              limits, std::move(closed));
}

}  // namespace net::http
