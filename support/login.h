#pragma once
// Runs the steps of a sign-in one after the other on a loop, and reports each.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/timer.h"
#include "support/report.h"
#include "support/step.h"

namespace net {
class Loop;
}

namespace support {

class Login final {
 public:
  using Over = std::function<void(const LoginSummary& summary)>;

  // `loop`, `report` and `clock` must outlive the login. `account` stands in the summary.
  Login(net::Loop& loop, std::string account, std::vector<std::unique_ptr<Step>> steps,
        Report& report, const base::Clock& clock = base::kSystemClock);
  ~Login();  // cancels what is under way; `over` is not called then
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;

  // Starts with the first step; once. `over` comes from the loop when the last is done or one said
  // that it makes no sense to go on; the report has been told by then.
  void start(Over over);

 private:
  void take_step();
  void on_done(StepOutcome outcome);
  void finish();

  std::vector<std::unique_ptr<Step>> steps_;
  Report& report_;
  const base::Clock& clock_;
  Over over_;
  LoginSummary summary_;
  std::size_t next_ = 0;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point step_began_;
  net::Timer turn_;  // a step starts from the loop, when the one before has left the stack
};

}  // namespace support
