#pragma once
// Signals as events of a loop, through signalfd(2): no handler runs in the middle of anything.

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "net/socket.h"

struct event;

namespace net {

class Loop;

// A peer that hangs up must not end the process. main() calls it before anything else.
void ignore_sigpipe();

class Signals final {
 public:
  using Arrived = std::function<void(int signal)>;

  // From now on `numbers` (SIGTERM, SIGHUP ...) are blocked in the calling thread and those it
  // starts later, and `arrived` is called from the loop for each. So it comes before any thread is
  // started: a thread with a signal unblocked would take it in the usual, deadly way. Several of
  // one kind may count as one. `loop` must outlive the object. System when the kernel refuses.
  static base::Result<std::unique_ptr<Signals>> open(Loop& loop, const std::vector<int>& numbers,
                                                     Arrived arrived);
  ~Signals();  // the signals stay blocked: one that comes late does not kill an orderly end
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  explicit Signals(Arrived arrived);
  void on_ready();

  Arrived arrived_;
  Socket fd_;
  std::unique_ptr<event, FreeEvent> event_;
};

}  // namespace net
