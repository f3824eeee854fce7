#pragma once
// The core's end of one link: dials the edge, proves who it is, then serves HTTP/2 on the
// connection it opened. Answers the hello of control.h itself; every other exchange goes to the
// handler it was given.
//
//   Dialling --> Greeting --> Ready --> Draining --> Closed
//   (Greeting: waits for the edge's hello. A failure or a timeout leads from any state to Closed)

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http/connection.h"
#include "net/socket_stream.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/tunnel/control.h"

namespace net::tunnel {

class CoreLink;

// Answers what comes over a link, but for its hello.
class LinkHandler {
 public:
  // As http::Handler::handle(); `link` outlives the exchange and tells which edge worker asks.
  virtual void handle(http::Exchange& exchange, const CoreLink& link) = 0;

 protected:
  ~LinkHandler() = default;
};

class CoreLinkObserver {
 public:
  // The edge said hello. False: this link is not wanted (its worker has one already); it closes.
  virtual bool on_hello(CoreLink& link) = 0;
  // Once, and last. The owner retires the link.
  virtual void on_core_link_closed(CoreLink& link, const base::Error& why) = 0;

 protected:
  ~CoreLinkObserver() = default;
};

class CoreLink final : private StreamHandler, private http::Handler {
 public:
  static constexpr std::chrono::seconds kHelloLimit{10};

  // `dial` names the edge and shows our certificate. All references must outlive the link.
  CoreLink(Loop& loop, const DialOptions& dial, CoreHello hello, LinkHandler& handler,
           CoreLinkObserver& observer);
  ~CoreLink();

  // From the edge's hello on until the link is closed; a draining one carries exchanges still.
  bool ready() const { return state_ == State::Ready || state_ == State::Draining; }
  const EdgeHello& edge() const { return edge_; }
  const StreamInfo& stream() const { return info_; }
  std::size_t active_exchanges() const;
  void send(const CoreEvent& event);  // no effect before ready() and after drain()
  // Lets exchanges end, takes no new one, then closes. At once when the edge has not said hello.
  void drain();
  // Drops what is under way: its jobs are destroyed.
  void close(const base::Error& why);

 private:
  enum class State { Dialling, Greeting, Ready, Draining, Closed };
  class Hello;  // the job of the hello exchange

  void on_open() override;
  std::size_t on_data(std::string_view) override { return 0; }
  void on_end() override;
  void on_drained() override {}
  void on_closed(const base::Error& why) override;
  void handle(http::Exchange& exchange) override;

  void on_hello_line(const std::string& line);
  void on_hello_over(const base::Error& why);
  void end(const base::Error& why);

  Loop& loop_;
  CoreHello hello_;
  LinkHandler& handler_;
  CoreLinkObserver& observer_;
  State state_ = State::Dialling;
  EdgeHello edge_;
  StreamInfo info_;
  http::Exchange* control_ = nullptr;  // the hello exchange, as long as it lives
  Hello* hello_job_ = nullptr;         // its job, likewise
  Timer hello_timer_;
  std::unique_ptr<Stream> stream_;  // until it is open
  std::unique_ptr<http::ServerConnection> serving_;
};

}  // namespace net::tunnel
