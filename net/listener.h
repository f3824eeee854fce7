#pragma once
// A listening TCP socket on one loop. Where all workers take connections each opens its own, so the
// kernel spreads them and no worker waits for another.

#include <functional>
#include <memory>

#include "base/address.h"
#include "base/result.h"
#include "net/socket.h"
#include "net/tcp.h"

struct event;

namespace net {

class Loop;

class Listener final {
 public:
  // Given an accepted socket (non-blocking, close-on-exec, TCP_NODELAY) and who is there. It may
  // close() the listener, but not destroy it.
  using Accepted = std::function<void(Socket socket, const base::Endpoint& remote)>;

  // Binds and listens. Port 0: one given by the kernel, see local(). An IPv6 address takes IPv6
  // only (IPV6_V6ONLY), so that 0.0.0.0 and :: can stand side by side. System with the address and
  // the cause in the detail when it cannot. `loop` must outlive the listener. Out of descriptors
  // it rests for 100 ms and tries again.
  static base::Result<std::unique_ptr<Listener>> open(Loop& loop, const base::Endpoint& local,
                                                      Accepted accepted,
                                                      Sharing sharing = Sharing::None);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const base::Endpoint& local() const { return local_; }
  // Stops accepting and closes the socket; what was accepted is not touched.
  void close();

 private:
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  explicit Listener(Accepted accepted);
  void on_ready();

  Accepted accepted_;
  Socket socket_;
  base::Endpoint local_;
  std::unique_ptr<event, FreeEvent> event_;
  std::unique_ptr<event, FreeEvent> pause_;  // out of descriptors: try again a little later
};

}  // namespace net
