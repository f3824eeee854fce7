#pragma once
// Keeps one core worker's share of the links to one edge: dials, and dials again with jittered
// back-off, until every worker of the edge has its link (LinkTable says when).

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/timer.h"
#include "net/tunnel/core_link.h"
#include "net/tunnel/link_table.h"

namespace net::tunnel {

class Dialer final : private CoreLinkObserver {
 public:
  static constexpr std::chrono::milliseconds kFirstBackoff{250};
  static constexpr std::chrono::milliseconds kMaxBackoff{15'000};
  // An edge that is up but refuses (it is being restarted) costs little to ask, so it is asked
  // oftener than one that cannot be reached at all.
  static constexpr std::chrono::milliseconds kMaxRefusedBackoff{2'000};
  static constexpr std::chrono::milliseconds kPoll{100};  // while other workers' attempts run

  struct Options {
    std::string edge;  // its name: what its certificate must hold, and the key in the table
    std::size_t worker = 0;
    // Looks the edge's address up and calls back, from the loop; the token cancels.
    using Resolved = std::function<void(base::Result<DialOptions>)>;
    std::function<std::shared_ptr<void>(Resolved)> resolve;
    std::function<CoreHello()> hello;  // asked for every attempt
  };
  struct Hooks {
    std::function<void(const CoreLink&)> on_ready;
    // `was_ready` false: an attempt that failed.
    std::function<void(const std::string& edge, bool was_ready, const base::Error&)> on_closed;
  };

  // The longest wait after so many failures in a row, the last of them `last`; the wait is between
  // half of it and all of it, so that many cores do not come back at one moment.
  static std::chrono::milliseconds longest_wait(int failures, base::Errc last);

  // All references must outlive the dialer. Starts to dial at once.
  Dialer(Loop& loop, LinkTable& table, LinkHandler& handler, Options options, Hooks hooks);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  void send(const CoreEvent& event);
  std::size_t active_exchanges() const;
  std::size_t ready_count() const;  // links, draining ones too
  // Dials no more and lets the links end.
  void drain();

 private:
  bool on_hello(CoreLink& link) override;
  void on_core_link_closed(CoreLink& link, const base::Error& why) override;

  void try_dial();
  void dial(base::Result<DialOptions> where);
  void attempt_over(const base::Error* why);  // null: it became a link

  Loop& loop_;
  LinkTable& table_;
  LinkHandler& handler_;
  Options options_;
  Hooks hooks_;
  bool draining_ = false;
  int failures_ = 0;  // in a row
  std::shared_ptr<void> resolving_;
  CoreLink* attempt_ = nullptr;  // the link that has not said hello yet
  std::vector<std::unique_ptr<CoreLink>> links_;
  Timer timer_;
};

}  // namespace net::tunnel
