#pragma once
// What the SIP steps of a sign-in share (sign_in.h has what the HTTPS steps do): the connection,
// the registration, and what was heard from inside.

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dns/resolver.h"
#include "support/registration.h"
#include "support/report.h"
#include "support/sip_client.h"

namespace support {

class SipSession final {
 public:
  // All must outlive the session. `report` null: what comes in is not told line by line.
  SipSession(SipClient& client, Report* report, const base::Clock& clock = base::kSystemClock);
  ~SipSession();
  SipSession(const SipSession&) = delete;
  SipSession& operator=(const SipSession&) = delete;

  EdgeChoice choice() { return {targets, target, addresses}; }
  bool has_other_edge() const { return !targets.empty() || !addresses.empty(); }
  bool is_registered() const { return granted != 0 && client.is_open(); }

  // To the report, if there is one.
  void tell(std::string event, std::string text) const;
  // Ends a step that waits, early: a signal came. False when there is nothing to be ended.
  bool ask_to_stop();

  SipClient& client;
  const base::Clock& clock;
  std::deque<dns::SrvTarget> targets{};  // SIP edges still to be tried
  dns::SrvTarget target{};
  std::deque<base::IpAddress> addresses{};
  bool is_listed = false;                        // `targets` was filled once
  std::unique_ptr<Registration> registration{};  // once the line is known
  std::uint32_t granted = 0;                     // seconds; 0: not registered

  // Methods that were heard from inside since the registration, in order, each once.
  std::vector<std::string> heard{};
  std::size_t heard_count = 0;
  std::optional<base::Error> lost{};  // why the last connection ended; empty while it is there

  // For the step under way; all may be null.
  std::function<void()> on_heard{};
  std::function<void()> on_lost{};
  std::function<void()> on_keep_alive{};
  std::function<void()> on_stop{};
  bool is_stopping = false;  // ask_to_stop() was called

 private:
  void hear(const sip::Message& message, int answered);

  Report* report_;
};

}  // namespace support
