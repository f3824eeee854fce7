#include <algorithm>
#include <cassert>
#include <utility>

#include "net/http/connection.h"
#include "net/http/h2_head.h"
#include "net/http/h2_session.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

class H2Call;

class H2ClientConnection final : public ClientConnection, private H2Role {
 public:
  H2ClientConnection(Loop& loop, std::unique_ptr<Stream> stream, const H2Limits& limits,
                     ClosedCallback closed);
  ~H2ClientConnection() override;

  std::unique_ptr<Call> start(RequestHead&& head, CallListener& listener) override;
  std::unique_ptr<Call> send(const RequestHead& head, CallListener& listener) override {
    return start(RequestHead(head), listener);
  }
  bool available() const override { return session_.may_request(); }
  std::size_t active_calls() const override { return session_.streams().count() + waiting_.size(); }
  void drain() override { session_.drain(); }
  void abort(const base::Error& why) override { session_.abort(why); }
  const StreamInfo& stream() const override { return session_.transport().info(); }

  H2Session& session() { return session_; }
  void forget(H2Call& call) { std::erase(waiting_, &call); }

 private:
  H2Stream& on_request_begins() override;
  void on_settings() override;
  void on_session_closed(const base::Error& why) override;

  H2Session session_;
  ClosedCallback closed_;
  std::vector<H2Call*>
      waiting_;  // extended CONNECTs, until the peer's SETTINGS allow or forbid them
};

// A call is its stream. It may outlive its connection, and then does nothing any more.
class H2Call final : public Call, private H2StreamOwner {
 public:
  H2Call(Loop& loop, RequestHead&& head, CallListener& listener)
      : listener_(listener), head_(std::move(head)), loop_(loop) {
    if (!head_.protocol.empty()) stream_.mark_tunnel();
  }
  ~H2Call() override {
    if (connection_) connection_->forget(*this);
  }

  void wait_on(H2ClientConnection& connection) { connection_ = &connection; }
  void abandon() { connection_ = nullptr; }

  // Puts the request on the wire, or sees to it that on_failed() comes.
  void send(H2Session& session) {
    connection_ = nullptr;
    if (!head_.protocol.empty() && !session.peer_takes_extended_connect())
      return refuse({base::Errc::Unsupported, "peer takes no extended CONNECT"});
    const bool may = session.may_request();
    if (!may || !session.send_request(stream_, head_))
      return refuse({base::Errc::Closed, "connection takes no more calls, request not processed"});
    method_ = head_.method;
    head_ = {};
    if (!early_.empty()) stream_.write(std::exchange(early_, {}));
    if (finished_) stream_.finish();
  }

  // Fails from the loop a call that has no stream.
  void refuse(base::Error why) {
    refusal_.emplace(std::move(why));
    refusing_ = std::make_unique<Timer>(loop_, [this] {
      const base::Error told = *refusal_;  // the listener may destroy this
      listener_.on_failed(told);
    });
    refusing_->start(std::chrono::milliseconds{0});
  }

  void write(std::string_view data) override {
    if (connection_) {
      early_.append(data);
    } else {
      stream_.write(data);
    }
  }
  void finish() override {
    finished_ = true;
    stream_.finish();
  }
  void reset(const base::Error&) override {
    if (connection_) std::exchange(connection_, nullptr)->forget(*this);
    refusing_.reset();
    stream_.leave(H2Code::Cancel);
  }
  std::size_t queued_bytes() const override { return early_.size() + stream_.queued_bytes(); }
  void pause() override { stream_.pause(); }
  void resume() override { stream_.resume(); }

 private:
  void on_head(H2HeadReader& reader, bool end_stream) override {
    ResponseHead head;
    const auto verdict = reader.finish_response(end_stream, method_, head);
    if (verdict != H2HeadReader::Verdict::Fine) {
      const auto code = verdict == H2HeadReader::Verdict::Malformed ? base::Errc::Malformed
                                                                    : base::Errc::TooLarge;
      return stream_.fail(H2Code::ProtocolError, {code, "response: " + std::string(reader.why())});
    }
    if (head.status < 200) return;  // interim: another head follows
    const bool body = has_body(method_, head.status);
    stream_.expect_body(body ? head.content_length : std::optional<std::uint64_t>{0});
    listener_.on_response(std::move(head));
  }
  FlowListener* listener() override { return &listener_; }
  void on_over(const base::Error* why) override {
    if (why) listener_.on_failed(*why);
  }

  CallListener& listener_;
  RequestHead head_;    // until it is sent
  std::string method_;  // from then on
  std::string early_;   // body written while the call waits for the peer's SETTINGS
  bool finished_ = false;
  Loop& loop_;
  H2ClientConnection* connection_ = nullptr;  // while it waits there
  std::optional<base::Error> refusal_;
  std::unique_ptr<Timer> refusing_;
  H2Stream stream_{*this};
};

H2ClientConnection::H2ClientConnection(Loop& loop, std::unique_ptr<Stream> stream,
                                       const H2Limits& limits, ClosedCallback closed)
    : session_(loop, std::move(stream), H2Session::Side::Client, limits, *this),
      closed_(std::move(closed)) {}

H2ClientConnection::~H2ClientConnection() {
  for (H2Call* call : waiting_)
    call->abandon();
}

std::unique_ptr<Call> H2ClientConnection::start(RequestHead&& head, CallListener& listener) {
  const bool extended = !head.protocol.empty();
  auto call = std::make_unique<H2Call>(session_.loop(), std::move(head), listener);
  const bool undecided = extended && session_.limits().extended_connect && session_.may_request() &&
                         !session_.settings_seen();
  if (undecided) {
    call->wait_on(*this);
    waiting_.push_back(call.get());
  } else {
    call->send(session_);
  }
  return call;
}

H2Stream& H2ClientConnection::on_request_begins() {
  assert(false);  // the session lets no server open a stream
  std::abort();
}

void H2ClientConnection::on_settings() {
  const std::vector<H2Call*> waiting = std::exchange(waiting_, {});
  for (H2Call* call : waiting)
    call->send(session_);  // calls nobody, so none of them dies here
}

void H2ClientConnection::on_session_closed(const base::Error& why) {
  const std::vector<H2Call*> waiting = std::exchange(waiting_, {});
  for (H2Call* call : waiting) {
    call->abandon();
    call->refuse({base::Errc::Closed, why.detail + ", request not processed"});
  }
  closed_(why);
}

}  // namespace

std::unique_ptr<ClientConnection> call_h2(Loop& loop, std::unique_ptr<Stream> stream,
                                          const H2Limits& limits, ClosedCallback closed) {
  return std::make_unique<H2ClientConnection>(loop, std::move(stream), limits, std::move(closed));
}

}  // namespace net::http
