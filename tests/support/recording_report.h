#pragma once
// A report of a login that keeps what it is told.

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/login.h"

namespace support {

struct RecordingReport final : Report {
  void on_event(const LoginEvent& event) override {
    events.push_back(event);
    if (after_event) after_event();
  }
  void on_step(const StepReport& step) override { steps.push_back(step); }
  void on_over(const LoginSummary& s) override { summary = s; }

  int count(std::string_view event) const {
    int found = 0;
    for (const LoginEvent& e : events)
      found += e.event == event ? 1 : 0;
    return found;
  }
  // Of the step's last run.
  const StepOutcome& outcome(std::string_view id) const {
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      if (step->id == id) return step->outcome;
    }
    FAIL("no step ", std::string(id));
    return steps.front().outcome;
  }
  std::string ids() const {
    std::string text;
    for (const StepReport& step : steps)
      text += step.id + " ";
    return text;
  }

  std::vector<LoginEvent> events;
  std::vector<StepReport> steps;
  std::optional<LoginSummary> summary;
  std::function<void()> after_event;
};

}  // namespace support
