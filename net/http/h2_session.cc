#include "net/http/h2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "net/http/h2_callbacks.h"
#include "net/http/h2_head.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

constexpr std::size_t kTableBytes = 4096;     // HPACK, each way (RFC 7541 section 4.2)
constexpr std::size_t kMaxContinuations = 4;  // a head of 32 KiB needs two
// One turn's callbacks may cause output that makes more callbacks; beyond this the next turn goes
// on.
constexpr int kRounds = 4;

class Options final {
 public:
  Options() {
    const int made = nghttp2_option_new(&option_);
    assert(made == 0);
  }
  ~Options() { nghttp2_option_del(option_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  nghttp2_option* get() { return option_; }

 private:
  nghttp2_option* option_ = nullptr;
};

}  // namespace

std::string_view to_string(H2Code code) {
  return nghttp2_http2_strerror(static_cast<std::uint32_t>(code));
}

void H2Session::FreeSession::operator()(nghttp2_session* session) const noexcept {
  nghttp2_session_del(session);
}

H2Session::H2Session(Loop& loop, std::unique_ptr<Stream> stream, Side side, const H2Limits& limits,
                     H2Role& role)
    : loop_(loop),
      role_(role),
      side_(side),
      limits_(limits),
      stream_(std::move(stream)),
      guard_(limits.idle_frames) {
  open_nghttp2();
  submit_settings();
  stream_->set_handler(*this);
  if (limits_.ping_interval.count() > 0) {
    liveness_ = std::make_unique<Timer>(loop_, [this] { check_liveness(); });
    liveness_->start(limits_.ping_interval);
  }
  wake();
}

H2Session::~H2Session() {
  while (!streams_.empty())
    streams_.back()->leave(H2Code::Cancel);
  loop_.forget(*this);
}

void H2Session::open_nghttp2() {
  Options options;
  nghttp2_option* o = options.get();
  nghttp2_option_set_no_auto_window_update(o, 1);
  nghttp2_option_set_no_closed_streams(o, 1);  // kept for priorities only; idle ones cost memory
  nghttp2_option_set_max_deflate_dynamic_table_size(o, kTableBytes);
  nghttp2_option_set_max_continuations(o, kMaxContinuations);
  nghttp2_option_set_max_outbound_ack(o, kMaxPendingFrames);
  for (int type = NGHTTP2_CONTINUATION + 1; type <= UINT8_MAX; ++type)
    nghttp2_option_set_user_recv_extension_type(o, static_cast<std::uint8_t>(type));
  // Resets are counted by our guard; on a trusted link no limit of the library may cut in.
  if (limits_.idle_frames == 0)
    nghttp2_option_set_stream_reset_rate_limit(o, UINT32_MAX, UINT32_MAX);

  nghttp2_session_callbacks* callbacks = nullptr;
  int made = nghttp2_session_callbacks_new(&callbacks);
  assert(made == 0);
  install_h2_callbacks(callbacks);
  nghttp2_session* session = nullptr;
  made = side_ == Side::Server ? nghttp2_session_server_new2(&session, callbacks, this, o)
                               : nghttp2_session_client_new2(&session, callbacks, this, o);
  nghttp2_session_callbacks_del(callbacks);
  assert(made == 0);
  session_.reset(session);
}

void H2Session::submit_settings() {
  std::array<nghttp2_settings_entry, 4> entries{};
  std::size_t count = 0;
  entries[count++] = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.stream_window_bytes};
  entries[count++] = {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kH2HeaderListBytes};
  if (side_ == Side::Server) {
    entries[count++] = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams};
    if (limits_.extended_connect) entries[count++] = {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
  } else {
    entries[count++] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  }
  int done = nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, entries.data(), count);
  assert(done == 0);
  done = nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                               static_cast<std::int32_t>(std::min<std::uint32_t>(
                                                   limits_.connection_window_bytes, INT32_MAX)));
  assert(done == 0);
}

void H2Session::enter(State next) {
  assert(next >= state_);
  state_ = next;
  if (next >= State::Closing) liveness_.reset();
  wake();
}

void H2Session::attach(H2Stream& stream, std::int32_t id) {
  stream.session_ = this;
  stream.id_ = id;
  stream.in_nghttp2_ = true;
  stream.progress_ = loop_.now();
  stream.slot_ = static_cast<std::uint32_t>(streams_.size());
  streams_.push_back(&stream);
  nghttp2_session_set_stream_user_data(session_.get(), id, &stream);
}

void H2Session::forget_stream(H2Stream& stream) {
  H2Stream* last = streams_.back();
  last->slot_ = stream.slot_;
  streams_[stream.slot_] = last;
  streams_.pop_back();
  if (std::exchange(stream.ready_, false))
    std::replace(ready_.begin(), ready_.end(), &stream, static_cast<H2Stream*>(nullptr));
  if (running_ == &stream) running_ = nullptr;
  if (streams_.empty()) wake();  // a draining connection may close now
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
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
  if (taken < 0) {
    on_input_refused(static_cast<int>(taken));
  } else {
    wake();
  }
  return data.size();
}

// What nghttp2 will not read on from; for lesser faults it has queued GOAWAY itself.
void H2Session::on_input_refused(int error) {
  const bool flood = flooded_ || error == NGHTTP2_ERR_FLOODED ||
                     error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS ||
                     error == NGHTTP2_ERR_TOO_MANY_SETTINGS;
  if (flood)
    return fail(H2Code::EnhanceYourCalm, {base::Errc::Refused, "peer floods with useless frames"});
  fail(H2Code::ProtocolError,
       {base::Errc::Malformed, std::string("not HTTP/2: ") + nghttp2_strerror(error)});
}

void H2Session::on_end() {
  // Nothing more can come: not even the window updates that an answer would need.
  fail(H2Code::NoError, {base::Errc::Closed, "peer closed the connection"});
}

void H2Session::on_drained() {
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
  for (H2Stream* stream : streams_) {
    const bool whole = side_ == Side::Client && stream->receiving_ >= H2Stream::Receiving::Ended;
    if (whole) {
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
  nghttp2_session_terminate_session(session_.get(), static_cast<std::uint32_t>(code));
  pump();
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
  nghttp2_submit_shutdown_notice(session_.get());
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);  // its answer: one round trip
}

void H2Session::drain_finally() {
  if (state_ >= State::Draining) return;
  enter(State::Draining);
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

void H2Session::check_liveness() {
  silent_count_ = std::exchange(heard_, false) ? 0 : silent_count_ + 1;
  if (silent_count_ >= limits_.ping_misses) {
    const auto silence = limits_.ping_interval * silent_count_;
    return fail(H2Code::NoError, {base::Errc::Timeout,
                                  "peer silent for " + std::to_string(silence.count()) + " ms"});
  }
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
  wake();
  liveness_->start(limits_.ping_interval);
}

void H2Session::flush() {
  for (int round = 0; round < kRounds; ++round) {
    const bool called = run_ready();
    const bool sent = state_ < State::Closing && pump();
    if (!called && !sent) break;
  }
  if (!ready_.empty()) wake();
  if (state_ < State::Closing) {
    throttle();
    close_when_done();
  }
  report_when_empty();
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

// Moves frames to the transport until it holds enough. Small frames are gathered, so that a head
// and a short body are one write.
bool H2Session::pump() {
  std::array<char, 4096> gathered;
  std::size_t size = 0;
  const auto write_gathered = [&] {
    stream_->write({gathered.data(), size});
    bytes_written_ += size;
    size = 0;
  };
  bool sent = false;
  while (stream_->queued_bytes() <= Stream::kHighWater) {
    const std::uint8_t* frame = nullptr;
    const ssize_t count = nghttp2_session_mem_send(session_.get(), &frame);
    assert(count >= 0);  // only out of memory
    if (count == 0) break;
    sent = true;
    const auto length = static_cast<std::size_t>(count);
    if (size + length > gathered.size()) write_gathered();
    if (length > gathered.size()) {
      stream_->write({reinterpret_cast<const char*>(frame), length});
      bytes_written_ += length;
    } else {
      std::memcpy(gathered.data() + size, frame, length);
      size += length;
    }
  }
  if (size > 0) write_gathered();
  return sent;
}

// Output that waits for its reader only holds back DATA; but a peer that makes us answer
// (RST_STREAM, ACK) and reads nothing is not read from either. Peers that keep to the limits never
// get there, so two of them cannot block each other.
void H2Session::throttle() {
  if (flooded_)
    return fail(H2Code::EnhanceYourCalm, {base::Errc::Refused, "peer floods with useless frames"});
  const bool blocked = stream_->queued_bytes() > Stream::kHighWater &&
                       nghttp2_session_get_outbound_queue_size(session_.get()) >
                           kMaxPendingFrames + 2 * streams_.size();
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
  if (nghttp2_session_want_read(session_.get()) || nghttp2_session_want_write(session_.get()))
    return;
  if (!failure_) failure_ = {base::Errc::Closed, "connection closed after its last stream"};
  enter(State::Closing);
  stream_->close();
  fail_streams(*failure_);
}

std::uint64_t H2Session::bytes_sent() const {
  return bytes_written_ - stream_->queued_bytes();
}

}  // namespace net::http
