// The step that registers; declared in sip_steps.h.

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "support/explain_sip.h"
#include "support/sip_steps.h"

namespace support {
namespace {

// Tries one way after the other while the answer is of a server in trouble, as document_step.cc
// does; then the next edge.
class RegisterStep final : public Step {
 public:
  RegisterStep(SignIn& sign_in, SipSession& session) : sign_in_(sign_in), session_(session) {}

  std::string id() const override { return "register"; }
  std::string title() const override { return "SIP: register"; }
  bool applies() const override { return session_.registration != nullptr; }
  void start(Done done) override {
    done_ = std::move(done);
    outcome_ = {};
    earlier_.clear();
    session_.heard.clear();
    paths_ = register_paths(sign_in_, session_.target.host);
    next_ = 0;
    ask();
  }

 private:
  const Registration& registration() const { return *session_.registration; }

  void ask() {
    session_.registration->set_path(paths_[next_]);
    outcome_.where = registration_place(registration());
    session_.registration->send(kRegisterSeconds,
                                [this](RegisterResult result) { on_result(std::move(result)); });
  }

  void on_result(RegisterResult result) {
    if (result.is_well()) return on_registered(result);
    const std::string summary = summary_of(result);
    // Without an answer the connection is not worth another try.
    if (result.answer && is_server_trouble(result) && next_ + 1 < paths_.size()) {
      earlier_ += fmt::format("; {} by {} gave {}", printable(paths_[next_].registrar.host),
                              printable(paths_[next_].route), summary);
      ++next_;
      return ask();
    }
    outcome_.result = summary;
    if (result.answer) outcome_.said = status_line(*result.answer);
    const bool others = is_server_trouble(result) && session_.has_other_edge();
    end(others ? StepStatus::Retry : StepStatus::Stop,
        explain_register(result, registration().path(), registration().phone()));
  }

  void on_registered(const RegisterResult& result) {
    const auto granted = granted_seconds(*result.answer, registration().phone());
    outcome_.result = summary_of(result);
    if (!result.algorithm.empty()) outcome_.result += fmt::format(", digest {}", result.algorithm);
    if (!granted || *granted == 0) {
      return end(
          StepStatus::Stop,
          {"the answer is 200, but does not hold this phone's contact: nothing will arrive",
           "the core's log: what it made of the Contact, and what the call manager answered"});
    }
    session_.granted = *granted;
    outcome_.result += fmt::format(", for {} s", *granted);
    if (result.algorithm.empty()) {
      return end(StepStatus::Note, {"the edge asked for no credentials",
                                    "what answers at this address: our edge asks everybody"});
    }
    end(earlier_.empty() ? StepStatus::Ok : StepStatus::Note, {});
  }

  void end(StepStatus status, Explanation explanation) {
    outcome_.status = status;
    outcome_.result += earlier_;
    outcome_.problem = std::move(explanation.problem);
    outcome_.advice = std::move(explanation.advice);
    done_(std::move(outcome_));
  }

  SignIn& sign_in_;
  SipSession& session_;
  std::vector<RegisterPath> paths_;
  std::size_t next_ = 0;
  std::string earlier_;  // what the ways before said
  StepOutcome outcome_;
  Done done_;
};

}  // namespace

std::vector<RegisterPath> register_paths(const SignIn& sign_in, const std::string& edge) {
  std::vector<RegisterPath> paths;
  for (const CallManager& registrar : sign_in.phone->call_managers) {
    for (const std::string& route : sign_in.config.sip_routes) {
      if (paths.size() < kMaxPaths) paths.push_back({edge, route, registrar});
    }
  }
  return paths;
}

std::unique_ptr<Step> register_step(SignIn& sign_in, SipSession& session) {
  return std::make_unique<RegisterStep>(sign_in, session);
}

}  // namespace support
