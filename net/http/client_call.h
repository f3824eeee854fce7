#pragma once
// The inside of Client: its connections with the line of calls that wait for one, and the call
// that waits, is timed, and is sent once more when its connection was stale.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/http/client.h"
#include "net/loop.h"
#include "net/timer.h"

namespace net::http {

class ClientCall;

class ClientPool final : private Flushable {
 public:
  class Connection;
  // A number, not a pointer: a call may outlive its connection, and the next one may then stand at
  // the same address. 0: none.
  using ConnectionId = std::uint64_t;

  ClientPool(Loop& loop, ClientOptions options);
  ~ClientPool();

  Loop& loop() { return loop_; }
  const ClientOptions& options() const { return options_; }
  std::size_t waiting_count() const { return waiting_.size(); }
  std::size_t connection_count() const { return connections_.size(); }
  const StreamInfo& last_stream() const { return last_stream_; }

  // Gives the call a connection, now or later. It must forget_waiting() if it dies first.
  void enqueue(ClientCall& call);
  void forget_waiting(ClientCall& call);
  // `id` as just given to ClientCall::assign().
  std::unique_ptr<Call> start_on(ConnectionId id, const RequestHead& head, CallListener& listener);
  // The call that was given this connection is over; the connection may be gone already.
  void on_call_over(ConnectionId id);

  void on_connected(const StreamInfo& info, bool h2);
  void on_dialled(Connection& connection);
  void on_closed(Connection& connection, const base::Error* dial_failure);
  void wake();  // serve the line at the end of the loop's turn

 private:
  void flush() override;
  void serve_waiting();
  Connection* find(ConnectionId id);
  Connection* find_available(bool fresh);
  void offer(Connection& connection);
  void withdraw(Connection& connection);
  void fail_waiting(std::size_t count, const base::Error& why);

  Loop& loop_;
  ClientOptions options_;
  bool speaks_h1_ = false;  // known to, so that every waiting call needs a connection of its own
  StreamInfo last_stream_;
  ConnectionId last_id_ = 0;
  std::deque<ClientCall*> waiting_;
  std::deque<ClientCall*> failing_;                       // were waiting, and are about to be told
  std::vector<std::unique_ptr<Connection>> connections_;  // by id
  // Those that may have room for a call, the one used last behind, so that those beyond the need
  // grow old and close. One that is full leaves until one of its calls is over.
  std::vector<Connection*> roomy_;
  std::size_t dialling_ = 0;
};

class ClientCall final : public Call, private CallListener {
 public:
  ClientCall(ClientPool& pool, RequestHead&& head, CallListener& listener);
  ~ClientCall() override;

  // From the pool: here is a connection; `used`: it has carried calls before.
  void assign(ClientPool::ConnectionId connection, bool used);
  // Whether only a connection that carried no call yet will do: the last one was stale.
  bool wants_fresh() const { return retried_; }
  // From the pool, on the loop: there will be none.
  void fail(const base::Error& why);

  void write(std::string_view data) override;
  void finish() override;
  void reset(const base::Error& why) override;
  std::size_t queued_bytes() const override;
  void pause() override;
  void resume() override;

 private:
  // Waiting --> Sent --> Answering --> Over
  //    ^         |
  //    +---------+  once, when the connection was stale
  enum class State { Waiting, Sent, Answering, Over };

  void on_response(ResponseHead head) override;
  void on_body(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_failed(const base::Error& why) override;

  void enter(State next);
  void on_timer();
  bool may_retry() const;
  void release();

  ClientPool& pool_;
  CallListener& listener_;
  State state_ = State::Waiting;
  RequestHead head_;  // kept until the response for a call that may be sent again
  bool repeatable_;   // idempotent and without a body
  bool retried_ = false;
  bool on_used_connection_ = false;
  bool finished_ = false;
  bool paused_ = false;
  std::string early_body_;                        // written before there was a connection
  base::Error refusal_{base::Errc::Refused, {}};  // for a call refused inside start()
  ClientPool::ConnectionId connection_ = 0;
  std::unique_ptr<Call> call_;
  std::chrono::steady_clock::time_point progress_;  // when a body last moved
  Timer timer_;
};

}  // namespace net::http
