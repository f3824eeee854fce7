#include "support/login.h"

#include <cassert>
#include <utility>

#include "net/loop.h"

namespace support {
namespace {

using std::chrono::milliseconds;

milliseconds since(std::chrono::steady_clock::time_point began, const base::Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.steady() - began);
}

}  // namespace

Login::Login(net::Loop& loop, std::string account, std::vector<std::unique_ptr<Step>> steps,
             Report& report, const base::Clock& clock)
    : steps_(std::move(steps)),
      report_(report),
      clock_(clock),
      turn_(loop, [this] { take_step(); }) {
  summary_.account = std::move(account);
}

Login::~Login() = default;

void Login::start(Over over) {
  assert(!over_);
  over_ = std::move(over);
  began_ = clock_.steady();
  turn_.start(milliseconds(0));
}

void Login::take_step() {
  while (next_ < steps_.size() && !steps_[next_]->applies())
    ++next_;
  if (next_ == steps_.size()) return finish();
  step_began_ = clock_.steady();
  steps_[next_]->start([this](StepOutcome outcome) { on_done(std::move(outcome)); });
}

void Login::on_done(StepOutcome outcome) {
  const StepStatus status = outcome.status;
  const Step& step = *steps_[next_];
  report_.on_step(
      {++summary_.steps, step.id(), step.title(), since(step_began_, clock_), std::move(outcome)});
  switch (status) {
    case StepStatus::Ok:
    case StepStatus::Note:
      ++next_;
      break;
    case StepStatus::Failed:
      ++summary_.failed;
      ++next_;
      break;
    case StepStatus::Stop:
      ++summary_.failed;
      next_ = steps_.size();
      break;
    case StepStatus::Retry:
      // The step before is done again; it has fewer edges left each time, so this comes to an end.
      assert(next_ > 0);
      --next_;
      break;
  }
  turn_.start(milliseconds(0));
}

void Login::finish() {
  summary_.ok = summary_.failed == 0;
  summary_.elapsed = since(began_, clock_);
  report_.on_over(summary_);
  over_(summary_);
}

}  // namespace support
