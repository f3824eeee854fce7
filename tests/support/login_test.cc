#include "support/login.h"

#include <doctest/doctest.h>

#include <deque>

#include "net/loop.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/run_loop.h"

namespace support {
namespace {

using std::chrono::milliseconds;

// Comes out as it is told, one outcome for each time it is started.
class ScriptedStep final : public Step {
 public:
  ScriptedStep(net::Loop& loop, fakes::FakeClock& clock, std::string id,
               std::deque<StepStatus> outcomes, bool due = true)
      : clock_(clock),
        id_(std::move(id)),
        outcomes_(std::move(outcomes)),
        due_(due),
        timer_(loop, [this] { answer(); }) {}

  std::string id() const override { return id_; }
  std::string title() const override { return id_ + " title"; }
  bool applies() const override { return due_; }
  void start(Done done) override {
    done_ = std::move(done);
    clock_.advance(milliseconds(7));
    timer_.start(milliseconds(0));
  }

 private:
  void answer() {
    StepOutcome outcome;
    outcome.status = outcomes_.front();
    outcomes_.pop_front();
    done_(std::move(outcome));
  }

  fakes::FakeClock& clock_;
  std::string id_;
  std::deque<StepStatus> outcomes_;
  bool due_;
  Done done_;
  net::Timer timer_;
};

struct RecordingReport final : Report {
  void on_event(const LoginEvent&) override {}
  void on_step(const StepReport& step) override { steps.push_back(step); }
  void on_over(const LoginSummary& s) override {
    summary = s;
    ++over;
  }
  std::string ids() const {
    std::string text;
    for (const StepReport& step : steps)
      text += step.id;
    return text;
  }

  std::vector<StepReport> steps;
  LoginSummary summary;
  int over = 0;
};

struct Bench {
  void add(std::string id, std::deque<StepStatus> outcomes, bool due = true) {
    steps.push_back(
        std::make_unique<ScriptedStep>(loop, clock, std::move(id), std::move(outcomes), due));
  }
  LoginSummary run() {
    Login login(loop, "mac@lab.example", std::move(steps), report, clock);
    bool over = false;
    login.start([&](const LoginSummary&) { over = true; });
    CHECK(report.steps.empty());  // nothing happens inside start()
    fakes::run_until(loop, [&] { return over; });
    CHECK(report.over == 1);
    return report.summary;
  }

  net::Loop loop;
  fakes::FakeClock clock;
  RecordingReport report;
  std::vector<std::unique_ptr<Step>> steps;
};

TEST_CASE("steps are done in order, numbered and timed, and those not due are left out") {
  Bench bench;
  bench.add("a", {StepStatus::Ok});
  bench.add("b", {StepStatus::Ok}, false);
  bench.add("c", {StepStatus::Note});
  const LoginSummary summary = bench.run();
  CHECK(bench.report.ids() == "ac");
  CHECK(bench.report.steps[1].number == 2);
  CHECK(bench.report.steps[1].title == "c title");
  CHECK(bench.report.steps[1].elapsed == milliseconds(7));
  CHECK(summary.ok);
  CHECK(summary.account == "mac@lab.example");
  CHECK(summary.steps == 2);
  CHECK(summary.elapsed == milliseconds(14));
}

TEST_CASE("after a failure the rest is tried, after a stop nothing is") {
  Bench failing;
  failing.add("a", {StepStatus::Failed});
  failing.add("b", {StepStatus::Ok});
  const LoginSummary failed = failing.run();
  CHECK(failing.report.ids() == "ab");
  CHECK(!failed.ok);
  CHECK(failed.failed == 1);

  Bench stopping;
  stopping.add("a", {StepStatus::Stop});
  stopping.add("b", {StepStatus::Ok});
  CHECK(!stopping.run().ok);
  CHECK(stopping.report.ids() == "a");
}

TEST_CASE("a retry goes one step back, and all may still be well") {
  Bench bench;
  bench.add("a", {StepStatus::Ok, StepStatus::Ok});
  bench.add("b", {StepStatus::Retry, StepStatus::Ok});
  bench.add("c", {StepStatus::Ok});
  const LoginSummary summary = bench.run();
  CHECK(bench.report.ids() == "ababc");
  CHECK(bench.report.steps[4].number == 5);
  CHECK(summary.ok);
}

TEST_CASE("a login without steps is over at once, and a dropped one tells nobody") {
  Bench bench;
  CHECK(bench.run().ok);

  Bench dropped;
  dropped.add("a", {StepStatus::Ok});
  {
    Login login(dropped.loop, "x", std::move(dropped.steps), dropped.report, dropped.clock);
    login.start([](const LoginSummary&) { FAIL("over"); });
  }
  fakes::run_turns(dropped.loop);
  CHECK(dropped.report.steps.empty());
}

}  // namespace
}  // namespace support
