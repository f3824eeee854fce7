#include "support/discovery_steps.h"

#include <fmt/core.h>

#include <array>

#include "support/explain.h"

namespace support {
namespace {

std::string place_of(const dns::SrvTarget& target) {
  return fmt::format("{}:{}", printable(target.host), target.port);
}

std::string advice_for_dns(dns::Outcome outcome) {
  if (outcome == dns::Outcome::Timeout) {
    return "whether this machine reaches its DNS server (--dns asks another one)";
  }
  return "the domain's public DNS zone and its servers (--dns asks another one)";
}

class InsideStep final : public Step {
 public:
  explicit InsideStep(SignIn& sign_in)
      : sign_in_(sign_in),
        names_{"_cisco-uds._tcp." + sign_in.account.domain,
               "_cuplogin._tcp." + sign_in.account.domain} {}

  std::string id() const override { return "inside"; }
  std::string title() const override { return "inside or outside"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    outcome_ = {};
    outcome_.where = names_[0] + ", " + names_[1];
    asked_ = 0;
    ask();
  }

 private:
  void ask() {
    query_ = sign_in_.resolver.srv(names_[asked_],
                                   [this](const dns::SrvAnswer& answer) { on_answer(answer); });
  }

  void on_answer(const dns::SrvAnswer& answer) {
    answers_[asked_] = answer;
    if (++asked_ < names_.size()) return ask();
    judge();
    done_(std::move(outcome_));
  }

  void judge() {
    outcome_.result = fmt::format("{}, {}", dns::to_string(answers_[0].outcome),
                                  dns::to_string(answers_[1].outcome));
    bool outside = true;
    for (const dns::SrvAnswer& answer : answers_) {
      if (answer.outcome == dns::Outcome::NameError) continue;
      outside = false;
      outcome_.status = StepStatus::Note;
      if (answer.outcome == dns::Outcome::Ok) {
        outcome_.problem =
            "this machine sees the servers inside: a client here would go to them "
            "directly; what follows goes through the edge all the same";
        outcome_.advice = "the split between public and inside DNS, if this machine is outside";
        return;
      }
      outcome_.problem = "the DNS gave no clear answer; a client takes that for outside";
      outcome_.advice = advice_for_dns(answer.outcome);
    }
    if (outside) outcome_.result += ": outside, so through the edge";
  }

  SignIn& sign_in_;
  std::array<std::string, 2> names_;
  std::array<dns::SrvAnswer, 2> answers_;
  std::size_t asked_ = 0;
  StepOutcome outcome_;
  Done done_;
  std::unique_ptr<dns::Query> query_;
};

class FindEdgeStep final : public Step {
 public:
  explicit FindEdgeStep(SignIn& sign_in)
      : sign_in_(sign_in), name_("_collab-edge._tls." + sign_in.account.domain) {}

  std::string id() const override { return "find-edge"; }
  std::string title() const override { return "find the edge"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    query_ =
        sign_in_.resolver.srv(name_, [this](const dns::SrvAnswer& answer) { on_answer(answer); });
  }

 private:
  void on_answer(const dns::SrvAnswer& answer) {
    StepOutcome outcome;
    outcome.where = name_;
    if (answer.outcome == dns::Outcome::Ok && !answer.targets.empty()) {
      const auto chosen = dns::select(answer.targets, sign_in_.dice);
      sign_in_.targets.assign(chosen.begin(), chosen.end());
      for (const dns::SrvTarget& target : chosen) {
        outcome.result += (outcome.result.empty() ? "" : ", then ") + place_of(target);
      }
      return done_(std::move(outcome));
    }
    outcome.status = StepStatus::Stop;
    outcome.result = dns::to_string(answer.outcome);
    if (answer.outcome == dns::Outcome::NameError) {
      outcome.problem =
          fmt::format("the domain {} names no edge in the DNS", sign_in_.account.domain);
    } else {
      outcome.problem = fmt::format("the DNS gave no answer ({})", printable(answer.detail));
    }
    outcome.advice = advice_for_dns(answer.outcome);
    if (answer.outcome == dns::Outcome::NameError) {
      outcome.advice = "the spelling of the domain; " + outcome.advice;
    }
    done_(std::move(outcome));
  }

  SignIn& sign_in_;
  std::string name_;
  Done done_;
  std::unique_ptr<dns::Query> query_;
};

}  // namespace

std::unique_ptr<Step> inside_step(SignIn& sign_in) {
  return std::make_unique<InsideStep>(sign_in);
}

std::unique_ptr<Step> find_edge_step(SignIn& sign_in) {
  return std::make_unique<FindEdgeStep>(sign_in);
}

}  // namespace support
