#include "support/sip_steps.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "net/timer.h"
#include "support/explain_sip.h"

namespace support {
namespace {

class SipConnectStep final : public Step {
 public:
  SipConnectStep(net::Loop& loop, SignIn& sign_in, SipSession& session)
      : sign_in_(sign_in),
        session_(session),
        dialer_(sign_in.resolver, session.client, session.choice(), sign_in.account.domain),
        turn_(loop, [this] { skip(); }) {}

  std::string id() const override { return "sip-connect"; }
  std::string title() const override { return "SIP: connect, TLS"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    if (!can_register()) return turn_.start(std::chrono::milliseconds(0));
    prepare();
    session_.lost.reset();
    dialer_.start([this](const EdgeDialer::Outcome& found) { done_(outcome_of(found, "SIP")); });
  }

 private:
  bool can_register() const {
    return sign_in_.device && sign_in_.phone && !sign_in_.phone->line.empty() &&
           !sign_in_.phone->call_managers.empty();
  }

  void prepare() {
    if (session_.is_listed) return;
    session_.is_listed = true;
    session_.targets = edges_to_try(sign_in_, sign_in_.config.sip_edges);
    const Account& account = sign_in_.account;
    session_.registration = std::make_unique<Registration>(
        session_.client,
        make_phone(account.user, account.password, sign_in_.device->name, *sign_in_.phone),
        session_.clock);
  }

  void skip() {
    StepOutcome outcome;
    outcome.status = StepStatus::Note;
    outcome.where = sign_in_.device ? printable(sign_in_.device->name) : "no device";
    outcome.result = "left out";
    if (!sign_in_.device) {
      outcome.problem = "without a device there is no line to register: SIP was not tried";
    } else if (!sign_in_.phone) {
      outcome.problem = "the device file could not be used: SIP was not tried";
    } else {
      outcome.problem = fmt::format("the device file names no {}: SIP was not tried",
                                    sign_in_.phone->line.empty() ? "line" : "call manager");
    }
    outcome.advice = "the user's devices and their lines at the call manager";
    done_(std::move(outcome));
  }

  SignIn& sign_in_;
  SipSession& session_;
  EdgeDialer dialer_;
  net::Timer turn_;
  Done done_;
};

class FromInsideStep final : public Step {
 public:
  FromInsideStep(net::Loop& loop, SipSession& session, std::chrono::milliseconds wait)
      : session_(session), wait_(wait), timer_(loop, [this] { finish(); }) {}

  std::string id() const override { return "from-inside"; }
  std::string title() const override { return "SIP: from inside"; }
  bool applies() const override { return session_.granted != 0; }
  void start(Done done) override {
    done_ = std::move(done);
    session_.on_heard = [this] { look(); };
    session_.on_lost = [this] { look(); };
    session_.on_stop = [this] { end_soon(); };
    timer_.start(wait_);
    look();
  }

 private:
  bool has_heard(std::string_view method) const {
    return std::ranges::find(session_.heard, method) != session_.heard.end();
  }

  void look() {
    if (has_heard("OPTIONS") || session_.lost || session_.is_stopping) end_soon();
  }
  void end_soon() { timer_.start(std::chrono::milliseconds(0)); }

  void finish() {
    session_.on_heard = session_.on_lost = session_.on_stop = nullptr;
    StepOutcome outcome;
    outcome.where = registration_place(*session_.registration);
    for (const std::string& method : session_.heard)
      outcome.result += (outcome.result.empty() ? "" : ", ") + method;
    if (session_.heard.empty()) outcome.result = "nothing came";
    if (has_heard("OPTIONS") || has_heard("NOTIFY")) {
      outcome.result += " came over this connection and was answered";
    }
    if (session_.lost) {
      const Explanation why = explain_no_sip_answer(*session_.lost);
      outcome.status = StepStatus::Failed;
      outcome.problem = fmt::format("the edge ended a registered connection: {}",
                                    printable(session_.lost->detail));
      outcome.advice = why.advice;
    } else if (session_.heard.empty() && !session_.is_stopping) {
      outcome.status = StepStatus::Note;
      outcome.problem = fmt::format(
          "no request from inside arrived within {} ms, so the way back is not proven; a call "
          "manager need not probe",
          wait_.count());
      outcome.advice = "a call from inside, or --keep and the core's log";
    }
    done_(std::move(outcome));
  }

  SipSession& session_;
  std::chrono::milliseconds wait_;
  net::Timer timer_;
  Done done_;
};

class UnregisterStep final : public Step {
 public:
  explicit UnregisterStep(SipSession& session) : session_(session) {}

  std::string id() const override { return "unregister"; }
  std::string title() const override { return "SIP: unregister"; }
  bool applies() const override { return session_.is_registered(); }
  void start(Done done) override {
    done_ = std::move(done);
    session_.registration->send(0, [this](RegisterResult result) { on_result(std::move(result)); });
  }

 private:
  void on_result(RegisterResult result) {
    const Registration& registration = *session_.registration;
    session_.granted = 0;
    outcome_ = {};
    outcome_.where = registration_place(registration);
    outcome_.result = summary_of(result);
    if (!result.is_well()) {
      const Explanation why = explain_register(result, registration.path(), registration.phone());
      outcome_.status = StepStatus::Failed;
      outcome_.problem = why.problem;
      outcome_.advice = why.advice;
      if (result.answer) outcome_.said = status_line(*result.answer);
    }
    session_.client.close([this] { done_(std::move(outcome_)); });
  }

  SipSession& session_;
  StepOutcome outcome_;
  Done done_;
};

}  // namespace

std::string registration_place(const Registration& registration) {
  const RegisterPath& path = registration.path();
  return printable(fmt::format("sip:{}@{} through {}", registration.phone().line,
                               path.registrar.host, path.edge));
}

std::unique_ptr<Step> sip_connect_step(net::Loop& loop, SignIn& sign_in, SipSession& session) {
  return std::make_unique<SipConnectStep>(loop, sign_in, session);
}

std::unique_ptr<Step> from_inside_step(net::Loop& loop, SipSession& session,
                                       std::chrono::milliseconds wait) {
  return std::make_unique<FromInsideStep>(loop, session, wait);
}

std::unique_ptr<Step> unregister_step(SipSession& session) {
  return std::make_unique<UnregisterStep>(session);
}

std::vector<std::unique_ptr<Step>> sip_steps(net::Loop& loop, SignIn& sign_in, SipSession& session,
                                             const SipStepOptions& options) {
  std::vector<std::unique_ptr<Step>> steps;
  steps.push_back(sip_connect_step(loop, sign_in, session));
  steps.push_back(register_step(sign_in, session));
  steps.push_back(from_inside_step(loop, session, options.inside_wait));
  if (options.keep) steps.push_back(keep_step(loop, sign_in, session, options.keeping));
  steps.push_back(unregister_step(session));
  return steps;
}

}  // namespace support
