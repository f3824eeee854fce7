#include <algorithm>
#include <cassert>
#include <unordered_map>
#include <utility>

#include "net/http/connection.h"
#include "net/http/h2_head.h"
#include "net/http/h2_session.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

using std::chrono::milliseconds;

class H2Exchange;

class H2ServerConnection final : public ServerConnection, private H2Role {
 public:
  H2ServerConnection(Loop& loop, std::unique_ptr<Stream> stream, Peer peer, Handler& handler,
                     const ServerLimits& limits, const H2Limits& h2, ClosedCallback closed);
  ~H2ServerConnection() override;

  void drain() override;
  std::size_t active_exchanges() const override { return exchanges_.size(); }

  H2Session& session() { return session_; }
  const Peer& peer() const { return peer_; }
  Handler& handler() { return handler_; }
  void tell_refused(int status, std::string_view why) {
    if (limits_.observer) limits_.observer->on_refused(peer_, status, why);
  }
  void on_exchange_over(H2Exchange& exchange, bool complete);

 private:
  using Time = H2Session::Time;

  // How long a client may take to learn that we are going (a round trip), before the final GOAWAY.
  static constexpr milliseconds kNotice{1000};

  H2Stream& on_request_begins() override;
  void on_settings() override {}
  void on_session_closed(const base::Error& why) override;

  void watch();
  std::optional<Time> next_stream_deadline(Time now);
  bool transport_stalled(Time now);
  void wake_at(Time when);

  Loop& loop_;
  Peer peer_;
  Handler& handler_;
  const ServerLimits limits_;
  ClosedCallback closed_;
  std::size_t request_count_ = 0;
  Time opened_;
  Time idle_since_;      // when the last exchange ended
  Time notice_since_{};  // when drain() began
  Time moved_since_;     // when the transport last took output
  std::uint64_t moved_bytes_ = 0;
  Time watch_at_{};  // when watch() comes
  Timer watch_;
  H2Session session_;  // after what its streams' owners use, before them
  std::unordered_map<const H2Exchange*, std::unique_ptr<H2Exchange>> exchanges_;
};

class H2Exchange final : public Exchange, private H2StreamOwner {
 public:
  explicit H2Exchange(H2ServerConnection& connection) : connection_(connection) {}

  H2Stream& stream() { return stream_; }

  const RequestHead& request() const override { return head_; }
  const Peer& peer() const override { return connection_.peer(); }
  void attach(std::unique_ptr<Job> job) override {
    assert(!job_);
    job_ = std::move(job);
  }
  void respond(ResponseHead head) override {
    if (left_) return;
    assert(!responded_);
    responded_ = true;
    const bool body = has_body(head_.method, head.status) && head.content_length != 0u;
    connection_.session().send_response(stream_, head, body);
  }
  bool responded() const override { return responded_; }
  void write(std::string_view data) override { stream_.write(data); }
  void finish() override { stream_.finish(); }
  void reset(const base::Error&) override {
    responded_ = true;  // there will be no other answer
    if (!stream_.attached()) return;
    stream_.leave(head_.protocol.empty() ? H2Code::InternalError : H2Code::ConnectError);
    leave(false);
  }
  std::size_t queued_bytes() const override { return stream_.queued_bytes(); }
  void pause() override { stream_.pause(); }
  void resume() override { stream_.resume(); }

 private:
  void on_head(H2HeadReader& reader, bool end_stream) override;
  FlowListener* listener() override { return job_.get(); }
  void on_over(const base::Error* why) override {
    if (why && job_) job_->on_failed(*why);
    leave(why == nullptr);
  }

  void refuse(int status, std::string_view line) {
    connection_.tell_refused(status, line);
    answer(*this, text_response(status, line));
  }
  // Job and exchange live on until the stack is empty, and do nothing any more.
  void leave(bool complete) {
    if (!std::exchange(left_, true)) connection_.on_exchange_over(*this, complete);
  }

  H2ServerConnection& connection_;
  RequestHead head_;
  bool responded_ = false;
  bool left_ = false;
  H2Stream stream_{*this};
  std::unique_ptr<Job> job_;  // goes first: it may look at the rest
};

void H2Exchange::on_head(H2HeadReader& reader, bool end_stream) {
  using Verdict = H2HeadReader::Verdict;
  const Verdict verdict = reader.finish_request(end_stream, head_);
  if (verdict == Verdict::Malformed) {
    connection_.tell_refused(400, reader.why());
    return stream_.fail(H2Code::ProtocolError,
                        {base::Errc::Malformed, "request: " + std::string(reader.why())});
  }
  const bool tunnel = !head_.protocol.empty();
  stream_.expect_body(verdict == Verdict::Fine ? head_.content_length : std::nullopt);
  if (tunnel) stream_.mark_tunnel();
  if (verdict == Verdict::TooLarge) return refuse(431, reader.why());
  if (verdict == Verdict::TargetTooLong) return refuse(414, reader.why());
  if (tunnel && !connection_.session().limits().extended_connect)
    return refuse(405, "this server takes no CONNECT");
  if ((head_.method == "CONNECT" && !tunnel) || head_.method == "TRACE")
    return refuse(405, "method not allowed");
  connection_.handler().handle(*this);
  assert(job_ || responded_);
  if (head_.expect_continue && !responded_ && !end_stream)
    connection_.session().send_continue(stream_);
}

H2ServerConnection::H2ServerConnection(Loop& loop, std::unique_ptr<Stream> stream, Peer peer,
                                       Handler& handler, const ServerLimits& limits,
                                       const H2Limits& h2, ClosedCallback closed)
    : loop_(loop),
      peer_(std::move(peer)),
      handler_(handler),
      limits_(limits),
      closed_(std::move(closed)),
      opened_(loop.now()),
      idle_since_(opened_),
      moved_since_(opened_),
      watch_(loop, [this] { watch(); }),
      session_(loop, std::move(stream), H2Session::Side::Server, h2, *this) {
  wake_at(opened_ + limits_.head);
}

H2ServerConnection::~H2ServerConnection() {
  // Jobs may still call their exchange while they die; it finds the map empty.
  const auto dying = std::exchange(exchanges_, {});
}

H2Stream& H2ServerConnection::on_request_begins() {
  auto exchange = std::make_unique<H2Exchange>(*this);
  H2Stream& stream = exchange->stream();
  const H2Exchange* key = exchange.get();
  exchanges_.emplace(key, std::move(exchange));
  if (++request_count_ == limits_.requests) drain();
  wake_at(loop_.now() + std::min(limits_.head, limits_.body));
  return stream;
}

void H2ServerConnection::on_exchange_over(H2Exchange& exchange, bool complete) {
  if (complete) session_.earn_exchange();
  auto node = exchanges_.extract(&exchange);
  if (!node) return;  // the connection itself is dying
  loop_.retire(std::move(node.mapped()));
  if (exchanges_.empty()) idle_since_ = loop_.now();
}

void H2ServerConnection::drain() {
  if (session_.state() != H2Session::State::Open) return;
  session_.drain();
  notice_since_ = loop_.now();
  wake_at(notice_since_ + kNotice);
}

void H2ServerConnection::on_session_closed(const base::Error& why) {
  watch_.stop();
  closed_(why);
}

// The one timer of the connection. It comes at the earliest moment something may be overdue, looks,
// and is set anew: nothing is touched when bytes move.
void H2ServerConnection::wake_at(Time when) {
  if (watch_.running() && watch_at_ <= when) return;
  watch_at_ = when;
  const auto wait = std::chrono::ceil<milliseconds>(when - loop_.now());
  watch_.start(std::max(wait, milliseconds{1}));
}

void H2ServerConnection::watch() {
  const Time now = loop_.now();
  if (session_.state() >= H2Session::State::Closing) return;
  if (!session_.settings_seen() && now - opened_ >= limits_.head)
    return session_.fail(H2Code::NoError, {base::Errc::Timeout, "no HTTP/2 preface in time"});
  if (transport_stalled(now)) return session_.abort({base::Errc::Timeout, "client does not read"});
  if (session_.state() == H2Session::State::Noticed && now - notice_since_ >= kNotice)
    session_.drain_finally();

  Time next = now + limits_.body;  // what begins to wait meanwhile is not overdue before
  if (const auto deadline = next_stream_deadline(now)) next = std::min(next, *deadline);
  const bool bare = exchanges_.empty() && limits_.idle.count() > 0;
  if (bare && now - idle_since_ >= limits_.idle)
    return session_.fail(H2Code::NoError, {base::Errc::Timeout, "idle"});
  if (exchanges_.empty() && session_.bytes_waiting() == 0) {
    next = bare ? idle_since_ + limits_.idle : Time::max();
  } else if (bare) {
    next = std::min(next, idle_since_ + limits_.idle);
  }
  if (!session_.settings_seen()) next = std::min(next, opened_ + limits_.head);
  if (session_.state() == H2Session::State::Noticed) next = std::min(next, notice_since_ + kNotice);
  if (next != Time::max()) wake_at(next);  // else the next request does
}

// Resets the streams whose client keeps us waiting too long; tells when the next would be.
std::optional<H2ServerConnection::Time> H2ServerConnection::next_stream_deadline(Time now) {
  std::optional<Time> next;
  for (const auto& [id, stream] : session_.streams().entries()) {
    if (!stream) continue;
    const bool head = stream->receiving() == H2Stream::Receiving::Head;
    const auto since = stream->waiting_since();
    if (!since) continue;
    const Time deadline = *since + (head ? limits_.head : limits_.body);
    if (deadline <= now) {
      stream->fail(H2Code::Cancel,
                   {base::Errc::Timeout, head ? "head not complete in time" : "no progress"});
    } else if (!next || deadline < *next) {
      next = deadline;
    }
  }
  return next;
}

bool H2ServerConnection::transport_stalled(Time now) {
  const std::uint64_t moved = session_.bytes_sent();
  if (session_.bytes_waiting() == 0 || moved != moved_bytes_) {
    moved_bytes_ = moved;
    moved_since_ = now;
  }
  return now - moved_since_ >= limits_.body;
}

}  // namespace

std::unique_ptr<ServerConnection> serve_h2(Loop& loop, std::unique_ptr<Stream> stream, Peer peer,
                                           Handler& handler, const ServerLimits& limits,
                                           const H2Limits& h2, ClosedCallback closed) {
  return std::make_unique<H2ServerConnection>(loop, std::move(stream), std::move(peer), handler,
                                              limits, h2, std::move(closed));
}

}  // namespace net::http
