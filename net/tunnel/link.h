#pragma once
// The edge's end of one link: a connection that a core dialled, on which the edge then speaks
// HTTP/2 as client. Its first exchange is the hello of control.h.
//
//   Handshaking --> Greeting --> Ready --> Leaving --> Closed
//   (Leaving: the core ended its hello, so nothing new is sent and the connection ends with what is
//    under way. A failure, a timeout or close() leads from any state to Closing, where the calls
//    are told, and from there to Closed)

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/text_map.h"
#include "net/http/connection.h"
#include "net/socket.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/tunnel/control.h"

namespace net {
class Loop;
class TlsContext;
}  // namespace net

namespace net::tunnel {

class Link;

// Told what becomes of the links of one worker. All calls come from the worker's loop.
class LinkObserver {
 public:
  virtual void on_link_ready(Link& link) = 0;
  virtual void on_link_event(Link& link, const CoreEvent& event) = 0;
  // Once, and last; `was_ready` tells whether on_link_ready() came. The owner retires the link.
  virtual void on_link_closed(Link& link, bool was_ready, const base::Error& why) = 0;

 protected:
  ~LinkObserver() = default;
};

class Link final : public http::Caller, private StreamHandler, private http::CallListener {
 public:
  static constexpr std::chrono::seconds kHelloLimit{10};  // from the handshake to the core's hello

  // `tls` asks the core for a certificate and checks its name. `loop` and `observer` must outlive
  // the link.
  Link(Loop& loop, Socket socket, std::shared_ptr<const TlsContext> tls, EdgeHello hello,
       LinkObserver& observer);
  ~Link();

  // Legal while ready().
  std::unique_ptr<http::Call> start(http::RequestHead&& head, http::CallListener& listener) override;

  bool ready() const { return state_ == State::Ready; }
  const CoreHello& core() const { return *core_; }
  // The same, for who may outlive the link.
  const std::shared_ptr<const CoreHello>& shared_core() const { return core_; }
  // Whether an exchange for this domain may be sent here now.
  bool serves(std::string_view domain) const { return ready() && domains_.contains(domain); }
  const StreamInfo& stream() const { return info_; }
  // The core's clock minus ours when it said hello.
  std::chrono::milliseconds skew() const { return skew_; }
  // Exchanges the core answers just now: its own count, and those sent since it told.
  std::size_t load() const;
  // Ends the link at once. Its calls are told `why`, then the observer; both from the loop.
  void close(const base::Error& why);

 private:
  enum class State { Handshaking, Greeting, Ready, Leaving, Closing, Closed };

  void on_open() override;
  std::size_t on_data(std::string_view) override { return 0; }
  void on_end() override;
  void on_drained() override {}
  void on_closed(const base::Error& why) override;

  // The hello exchange.
  void on_response(http::ResponseHead head) override;
  void on_body(std::string_view data) override;
  void on_failed(const base::Error& why) override;

  void take_line(const std::string& line);
  void on_timer();
  void drop_control();
  void end(const base::Error& why);

  Loop& loop_;
  EdgeHello hello_;
  LinkObserver& observer_;
  State state_ = State::Handshaking;
  bool was_ready_ = false;
  base::Error why_{base::Errc::Closed, {}};  // of Closing
  std::shared_ptr<const CoreHello> core_ = std::make_shared<const CoreHello>();
  base::TextSet domains_;  // of the hello
  StreamInfo info_;
  std::chrono::milliseconds skew_{0};
  std::uint32_t told_load_ = 0;
  std::size_t calls_when_told_ = 0;
  LineReader lines_;
  Timer timer_;                     // Greeting: the wait for the hello; Closing: at once
  std::unique_ptr<Stream> stream_;  // until it is open
  std::unique_ptr<http::ClientConnection> calls_;
  std::unique_ptr<http::Call> control_;
};

}  // namespace net::tunnel
