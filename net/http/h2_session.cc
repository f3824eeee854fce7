#include "net/http/h2_session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/http/h2_head_writer.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

// One turn's callbacks may cause output that makes more callbacks; beyond this the next turn goes
// on.
constexpr int kRounds = 4;

// Resets by which we answer a broken rule; others are of our own making.
bool is_reproach(H2Code code) {
  return code != H2Code::NoError && code != H2Code::Cancel && code != H2Code::InternalError;
}

}  // namespace

H2Session::H2Session(Loop& loop, std::unique_ptr<Stream> stream, Side side, const H2Limits& limits,
                     H2Role& role)
    : loop_(loop),
      role_(role),
      side_(side),
      limits_(limits),
      stream_(std::move(stream)),
      sender_(*this, limits.table_bytes),
      receiver_(*this, side == Side::Server, limits.table_bytes),
      guard_(limits.idle_frames) {
  sender_.greet(side == Side::Client, limits_);
  stream_->set_handler(*this);
  if (limits_.ping_interval.count() > 0) {
    liveness_ = std::make_unique<Timer>(loop_, [this] { check_liveness(); });
    liveness_->start(limits_.ping_interval);
  }
  wake();
}

H2Session::~H2Session() {
  while (!streams_.empty())
    streams_.last().leave(H2Code::Cancel);
  loop_.forget(*this);
}

void H2Session::enter(State next) {
  assert(next >= state_);
  state_ = next;
  if (next >= State::Closing) liveness_.reset();
  wake();
}

bool H2Session::may_request() const {
  return state_ == State::Open && !peer_leaves_ && next_id_ <= kMaxStreamId &&
         streams_.count() < sender_.max_streams();
}

bool H2Session::send_request(H2Stream& stream, const RequestHead& head) {
  if (!fits_h2(head.fields)) return false;
  const std::uint32_t id = next_id_;
  next_id_ += 2;
  attach(stream, id);
  const bool connect = head.method == "CONNECT";
  const bool body = connect || head.content_length != 0u;
  sender_.request(id, head, !body);
  stream.begin_sending(body, connect ? std::nullopt : head.content_length);
  wake();
  return true;
}

void H2Session::send_response(H2Stream& stream, const ResponseHead& head, bool body) {
  if (!stream.open_) return;  // the client has left
  if (!fits_h2(head.fields))
    return stream.fail(H2Code::InternalError,
                       {base::Errc::TooLarge, "response with too many fields"});
  sender_.response(stream.id_, head, !body);
  stream.begin_sending(body, head.content_length);
  if (!body) sender_.offer(stream);
  wake();
}

void H2Session::send_continue(H2Stream& stream) {
  if (!stream.open_) return;
  sender_.continue_100(stream.id_);
  wake();
}

void H2Session::attach(H2Stream& stream, std::uint32_t id) {
  stream.session_ = this;
  stream.id_ = id;
  stream.open_ = true;
  stream.progress_ = loop_.now();
  stream.send_window_ = H2SendWindow(sender_.stream_window_bytes());
  streams_.add(id, stream);
  ++open_count_;
  if (side_ == Side::Server) last_taken_ = id;
}

void H2Session::on_data_sent(std::size_t bytes) {
  step_bytes_ += bytes;
  if (step_bytes_ >= kStepBytes) {
    step_bytes_ = 0;
    moved_ = loop_.now();
  }
  guard_.earn(H2Guard::kDataCredit);
}

H2Stream* H2Session::find_open(std::uint32_t id) const {
  H2Stream* stream = streams_.find(id);
  return stream && stream->open_ ? stream : nullptr;
}

void H2Session::shut(H2Stream& stream) {
  if (!std::exchange(stream.open_, false)) return;
  --open_count_;
  sender_.forget(stream);
}

void H2Session::forget_stream(H2Stream& stream) {
  shut(stream);
  streams_.remove(stream.id_);
  if (std::exchange(stream.ready_, false))
    std::replace(ready_.begin(), ready_.end(), &stream, static_cast<H2Stream*>(nullptr));
  if (running_ == &stream) running_ = nullptr;
  if (streams_.empty()) wake();  // a draining connection may close now
}

void H2Session::reset(H2Stream& stream, H2Code code) {
  shut(stream);
  if (state_ >= State::Closing) return;
  sender_.rst_stream(stream.id_, code);
  if (side_ == Side::Server && is_reproach(code)) spend(H2Guard::kResetCost);
  wake();
}

void H2Session::refuse(std::uint32_t id) {
  sender_.rst_stream(id, H2Code::RefusedStream);
  spend(H2Guard::kResetCost);
}

void H2Session::close(H2Stream& stream, H2Code code) {
  shut(stream);
  stream.on_closed(code);
}

void H2Session::close_if_ended(std::uint32_t id) {
  H2Stream* stream = find_open(id);
  if (stream && stream->peer_ended_ && stream->sending_ == H2Stream::Sending::Done)
    close(*stream, H2Code::NoError);
}

void H2Session::on_end_sent(H2Stream& stream) {
  if (stream.peer_ended_) return close(stream, H2Code::NoError);
  if (side_ == Side::Client) return;
  // RFC 9113 section 8.1: the answer is complete, the rest of the request is of no use.
  sender_.rst_stream(stream.id_, H2Code::NoError);
  close(stream, H2Code::NoError);
}

void H2Session::offer(H2Stream& stream) {
  sender_.offer(stream);
  wake();
}

// Until the peer has acknowledged our SETTINGS it may go by what holds without any.
std::uint32_t H2Session::stream_window_bytes() const {
  return settings_acked_ ? limits_.stream_window_bytes
                         : std::max(limits_.stream_window_bytes, kFirstWindowBytes);
}

std::uint32_t H2Session::connection_window_bytes() const {
  return std::max(limits_.connection_window_bytes, kFirstWindowBytes);
}

void H2Session::give_back(H2Stream& stream, std::size_t bytes) {
  give_back(bytes);
  if (!stream.open_ || stream.peer_ended_) return;
  const auto count = static_cast<std::uint32_t>(bytes);
  const std::uint32_t by = stream.receive_window_.give_back(count, limits_.stream_window_bytes);
  if (by == 0) return;
  sender_.window_update(stream.id_, by);
  wake();
}

void H2Session::give_back(std::size_t bytes) {
  const auto count = static_cast<std::uint32_t>(bytes);
  const std::uint32_t by = window_.give_back(count, connection_window_bytes());
  if (by == 0) return;
  sender_.window_update(0, by);
  wake();
}

void H2Session::mark_ready(H2Stream& stream) {
  if (std::exchange(stream.ready_, true)) return;
  ready_.push_back(&stream);
  wake();
}

void H2Session::spend(std::uint32_t cost) {
  if (!guard_.spend(loop_.now(), cost)) flooded_ = true;
}

std::size_t H2Session::on_data(std::string_view data) {
  if (state_ >= State::Closing) return data.size();
  heard_ = true;
  std::string_view rest = data;
  if (const auto error = receiver_.receive(rest)) {
    on_input_refused(*error);
    return data.size();
  }
  wake();
  return data.size() - rest.size();
}

void H2Session::on_input_refused(const H2Error& error) {
  if (error.code == H2Code::EnhanceYourCalm)
    return fail(error.code, {base::Errc::Refused, "peer floods with useless frames"});
  fail(error.code, {base::Errc::Malformed, "not HTTP/2: " + std::string(error.why)});
}

void H2Session::on_ping_answered() {
  if (state_ == State::Noticed) drain_finally();
}

void H2Session::on_goaway(std::uint32_t last_stream, H2Code code) {
  peer_leaves_ = true;
  if (code != H2Code::NoError && !failure_)
    failure_ = {base::Errc::Closed, "GOAWAY: " + std::string(to_string(code))};
  if (side_ == Side::Server) return;  // the number is about streams that we would have opened
  for (const auto& [id, stream] : streams_.entries()) {
    if (stream && stream->open_ && id > last_stream) close(*stream, H2Code::RefusedStream);
  }
}

void H2Session::on_end() {
  // Nothing more can come: not even the window updates that an answer would need.
  fail(H2Code::NoError, {base::Errc::Closed, "peer closed the connection"});
}

void H2Session::on_drained() {
  moved_ = loop_.now();
  wake();
}

void H2Session::on_closed(const base::Error& why) {
  if (!failure_) failure_ = why;
  enter(State::Closed);
  fail_streams(*failure_);
  report_when_empty();
}

// A call whose whole response is here but paused may still take it; its connection waits.
void H2Session::report_when_empty() {
  if (state_ != State::Closed || !streams_.empty() || std::exchange(reported_, true)) return;
  role_.on_session_closed(*failure_);
}

void H2Session::fail_streams(const base::Error& why) {
  for (const auto& [id, stream] : streams_.entries()) {
    if (!stream) continue;
    if (stream->has_response()) {
      stream->complete();
    } else {
      stream->over(why);
    }
  }
  run_ready();
}

void H2Session::fail(H2Code code, base::Error why) {
  if (state_ >= State::Closing) return;
  if (!failure_) failure_ = std::move(why);
  sender_.goaway(last_taken_, code);
  sender_.write_out(*stream_);
  enter(State::Closing);
  stream_->close();
  fail_streams(*failure_);
}

void H2Session::abort(base::Error why) {
  if (state_ == State::Closed) return;
  failure_ = why;
  if (state_ < State::Closing) enter(State::Closing);
  stream_->abort(std::move(why));
  fail_streams(*failure_);
}

void H2Session::drain() {
  if (state_ != State::Open) return;
  if (side_ == Side::Client) return drain_finally();
  enter(State::Noticed);
  sender_.goaway(kMaxStreamId, H2Code::NoError);
  sender_.ping();  // its answer: one round trip
}

void H2Session::drain_finally() {
  if (state_ >= State::Draining) return;
  enter(State::Draining);
  sender_.goaway(last_taken_, H2Code::NoError);
  receiver_.refuse_after(last_taken_);
}

void H2Session::check_liveness() {
  silent_count_ = std::exchange(heard_, false) ? 0 : silent_count_ + 1;
  if (silent_count_ >= limits_.ping_misses) {
    const auto silence = limits_.ping_interval * silent_count_;
    return fail(H2Code::NoError, {base::Errc::Timeout,
                                  "peer silent for " + std::to_string(silence.count()) + " ms"});
  }
  sender_.ping();
  wake();
  liveness_->start(limits_.ping_interval);
}

void H2Session::flush() {
  for (int round = 0; round < kRounds; ++round) {
    const bool called = run_ready();
    const bool sent = state_ < State::Closing && sender_.pump(*stream_);
    if (!called && !sent) break;
  }
  if (!ready_.empty()) wake();
  if (state_ < State::Closing) {
    throttle();
    close_when_done();
  }
  if (streams_.empty()) release();
  report_when_empty();
}

// An idle connection keeps none of what a busy one needed.
void H2Session::release() {
  sender_.release();
  streams_.release();
  if (ready_.empty()) std::vector<H2Stream*>().swap(ready_);
}

// Makes the callbacks that are due. Those that become due meanwhile are made too.
bool H2Session::run_ready() {
  if (ready_.empty()) return false;
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    H2Stream* stream = ready_[i];
    if (!stream) continue;
    stream->ready_ = false;
    stream->run();
  }
  ready_.clear();
  return true;
}

// Output that waits for its reader only holds back DATA; but a peer that makes us answer
// (RST_STREAM, ACK) and reads nothing is not read from either. Peers that keep to the limits never
// get there, so two of them cannot block each other.
void H2Session::throttle() {
  if (flooded_)
    return fail(H2Code::EnhanceYourCalm, {base::Errc::Refused, "peer floods with useless frames"});
  const bool blocked =
      stream_->queued_bytes() > Stream::kHighWater &&
      sender_.pending_frames() > H2Sender::kMaxPendingFrames + 2 * streams_.count();
  if (blocked == throttled_) return;
  throttled_ = blocked;
  if (blocked) {
    stream_->pause_reading();
  } else {
    stream_->resume_reading();
  }
}

void H2Session::close_when_done() {
  if (state_ >= State::Closing) return;
  if (state_ < State::Draining && !peer_leaves_) return;
  if (open_count_ > 0 || !sender_.empty()) return;
  if (!failure_) failure_ = {base::Errc::Closed, "connection closed after its last stream"};
  enter(State::Closing);
  stream_->close();
  fail_streams(*failure_);
}

std::uint64_t H2Session::bytes_sent() const {
  return sender_.bytes_written() - stream_->queued_bytes();
}

}  // namespace net::http
