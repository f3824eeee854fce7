#pragma once
// One step of a sign-in, and what came of it. The sign-in is a list of these (login_steps.h); the
// runner (login.h) knows no more about them than is written here.

#include <functional>
#include <string>

namespace support {

enum class StepStatus {
  Ok,
  Note,    // well, but a person should know
  Failed,  // wrong; later steps do not depend on it
  Stop,    // wrong, and no later step makes sense
  Retry,   // wrong with this edge, and another is left: the step before is done again
};

// Texts are for people and hold bytes from outside only in escaped form (base::escape_for_log).
struct StepOutcome {
  StepStatus status = StepStatus::Ok;
  std::string where;    // what was asked: a DNS name, an address, a URI of the inside
  std::string result;   // "200, 2 devices: MDonald, …"
  std::string problem;  // what went wrong, in plain words; empty when nothing did
  std::string advice;   // what to look at next
  std::string said;     // the server's own line, if it sent one
  int http_status = 0;  // 0: there was no answer, or it is no HTTP step
};

class Step {
 public:
  using Done = std::function<void(StepOutcome outcome)>;

  virtual ~Step() = default;              // cancels what is under way
  virtual std::string id() const = 0;     // for machines: "edge-config"
  virtual std::string title() const = 0;  // for people: "edge configuration"
  // Whether the step is due, as far as earlier steps tell. Others are left out without a line.
  virtual bool applies() const = 0;
  // `done` comes from the loop, once for each start(); never from inside this call.
  virtual void start(Done done) = 0;
};

}  // namespace support
