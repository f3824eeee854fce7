#pragma once
// How a sign-in is told: as lines for people, or as JSON for programs.

#include <chrono>
#include <iosfwd>
#include <string>

#include "support/step.h"

namespace support {

struct StepReport {
  int number = 0;  // from 1, in the order they were done
  std::string id;
  std::string title;
  std::chrono::milliseconds elapsed{0};
  StepOutcome outcome;
};

struct LoginSummary {
  std::string account;  // "mac.donald@lab.example"
  bool ok = false;      // every step came out Ok, Note or Retry
  int steps = 0;
  int failed = 0;
  std::chrono::milliseconds elapsed{0};
};

// What happens while a registration is kept (login --keep).
struct LoginEvent {
  std::chrono::system_clock::time_point when;
  std::string event;   // "message", "registered", "refused", "lost"
  std::string text;    // a message: its method or status; else what happened, for people
  std::string from{};  // of a message: the address in From
  std::string call_id{};
  int answered = 0;  // with which status a request was answered; 0: it was not
};

class Report {
 public:
  virtual void on_event(const LoginEvent& event) = 0;  // between steps
  virtual void on_step(const StepReport& step) = 0;
  virtual void on_over(const LoginSummary& summary) = 0;  // once, and last

 protected:
  ~Report() = default;
};

// One numbered line a step: status, what, where, result, milliseconds. After a step that did not
// go well, indented lines tell the problem, what the server said and what to look at.
class TextReport final : public Report {
 public:
  explicit TextReport(std::ostream& out) : out_(out) {}  // must outlive the report
  void on_event(const LoginEvent& event) override;
  void on_step(const StepReport& step) override;
  void on_over(const LoginSummary& summary) override;

 private:
  std::ostream& out_;
};

// JSON Lines: one object a line, written as it happens, so that what was done before a kill is not
// lost. A step: {"step", "id", "title", "status" (ok, note, failed, retry), "where", "result",
// "ms"} and, where they apply, "http_status", "problem", "look_at", "said". An event: {"time",
// "event", "text"} and, of a message, "from", "call_id", "answered". The last line:
// {"account", "ok", "steps", "failed", "ms"}.
class JsonReport final : public Report {
 public:
  explicit JsonReport(std::ostream& out) : out_(out) {}
  void on_event(const LoginEvent& event) override;
  void on_step(const StepReport& step) override;
  void on_over(const LoginSummary& summary) override;

 private:
  std::ostream& out_;
};

}  // namespace support
