#pragma once
// The one shape that carries HTTP: a request head, a body that flows, a response head, a body that
// flows. HTTP/1.1, HTTP/2 and the tunnel are only ways for an exchange to arrive (Exchange) or to
// leave (Call). A proxy is a handler that opens a Call and joins the two (joint.h).
//
// Calls into these objects never call back; callbacks come from the loop (style.md, rule 19).

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/message.h"
#include "net/stream.h"

namespace net::http {

// Our half of an exchange: the body we send, and the brake on the body we receive.
class Flow {
 public:
  static constexpr std::size_t kHighWater = 64 * 1024;  // pause the source above this
  static constexpr std::size_t kLowWater = 16 * 1024;

  virtual ~Flow() = default;
  // Queues body bytes. Never blocks; whoever writes watches queued_bytes(). Bytes beyond a declared
  // content_length, or for a message without body, are a defect of the caller (assert).
  virtual void write(std::string_view data) = 0;
  virtual void finish() = 0;  // the body is complete; again: no effect
  // Gives up: the peer sees a stream reset or a closed connection, never a short body taken for a
  // whole one. No callback comes after it.
  virtual void reset(const base::Error& why) = 0;
  virtual std::size_t queued_bytes() const = 0;
  virtual void pause() = 0;  // no on_body() until resume(); the peer is held back
  virtual void resume() = 0;
};

class FlowListener {
 public:
  virtual void on_body(std::string_view data) = 0;  // never empty
  virtual void on_end() = 0;                        // the body is complete
  virtual void on_drained() = 0;  // queued_bytes() fell below kLowWater after kHighWater
  // The exchange is over before both bodies were complete. Last callback.
  virtual void on_failed(const base::Error& why) = 0;

 protected:
  ~FlowListener() = default;
};

// What is known of no stream.
const StreamInfo& no_stream();

// Who is at the other end of the connection an exchange came by. One for each connection.
struct Peer {
  const StreamInfo& stream = no_stream();  // the stream's own
  std::string flow_id;  // 128 bit in hex, minted when the connection was accepted
  bool secure = true;   // over TLS
};

// What a handler keeps for one exchange while it is being answered. The exchange owns it and drops
// it when both bodies are done or the exchange failed.
class Job : public FlowListener {
 public:
  virtual ~Job() = default;
};

// A request that arrived. Owned by its connection; lives until its Job was told the end.
class Exchange : public Flow {
 public:
  virtual const RequestHead& request() const = 0;
  virtual const Peer& peer() const = 0;
  // Takes the job that answers. Body callbacks begin after handle() has returned. An exchange that
  // has no job when handle() returns must have been answered.
  virtual void attach(std::unique_ptr<Job> job) = 0;
  // Sends the response head; once. Then write() and finish(). For a response that has no body
  // (has_body()) finish() is still called and write() is not.
  virtual void respond(ResponseHead head) = 0;
  virtual bool responded() const = 0;
};

// Answers with a complete small body: respond(), write(), finish().
void answer(Exchange& exchange, TextResponse response);

class Handler {
 public:
  virtual void handle(Exchange& exchange) = 0;

 protected:
  ~Handler() = default;
};

class CallListener : public FlowListener {
 public:
  virtual void on_response(ResponseHead head) = 0;  // final responses only, once
};

// A request that leaves: destroying it cancels it. `response complete` is on_end(); a Call may get
// its response before its own body is complete.
using Call = Flow;

// Something that can carry calls: a connection, a pool, a link.
class Caller {
 public:
  // Sends the head. `listener` must outlive the Call. A body follows by write() and finish(), which
  // must be called for an empty body too. Failure comes as on_failed(), from the loop.
  virtual std::unique_ptr<Call> start(RequestHead&& head, CallListener& listener) = 0;

 protected:
  ~Caller() = default;
};

}  // namespace net::http
