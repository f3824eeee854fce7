// The step that signs in at the presence server; declared in xmpp_steps.h.

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "support/explain_xmpp.h"
#include "support/xmpp_steps.h"
#include "xmpp/sasl.h"

namespace support {
namespace {

class SignInStep final : public Step {
 public:
  SignInStep(SignIn& sign_in, XmppSession& session) : sign_in_(sign_in), session_(session) {}

  std::string id() const override { return "chat-sign-in"; }
  std::string title() const override { return "chat: sign in"; }
  bool applies() const override { return session_.client.is_open(); }
  void start(Done done) override {
    done_ = std::move(done);
    outcome_ = {};
    outcome_.where = printable(fmt::format("{}@{} through {}", sign_in_.account.user,
                                           sign_in_.account.domain, session_.target.host));
    session_.client.begin_stream([this](XmppAnswer answer) {
      if (!answer.fault) return on_features(answer.element);
      // Nothing was shown to anybody yet, so another edge may be asked, or none be needed.
      const bool trouble = is_server_trouble(*answer.fault);
      const bool unwanted = trouble && !lists_presence(sign_in_.config);
      refuse(*answer.fault, unwanted                               ? StepStatus::Note
                            : trouble && session_.has_other_edge() ? StepStatus::Retry
                                                                   : StepStatus::Stop);
    });
  }

 private:
  bool by_token() const { return !session_.token.empty(); }

  // The name as it is offered; empty when it is not.
  std::string chosen() const {
    const auto found = std::ranges::find_if(offered_, [this](const std::string& mechanism) {
      return by_token() ? xmpp::is_vtg_token(mechanism) : mechanism == xmpp::kPlain;
    });
    return found == offered_.end() ? std::string() : *found;
  }

  void on_features(const xmpp::Element& features) {
    offered_ = xmpp::mechanisms_of(features);
    mechanism_ = chosen();
    list_.clear();
    for (const std::string& mechanism : offered_)
      list_ += (list_.empty() ? "" : ", ") + printable(mechanism, 40);
    if (mechanism_.empty()) return refuse_offer();
    const Account& account = sign_in_.account;
    const std::string message =
        by_token()
            ? xmpp::to_string(xmpp::VtgToken{account.user + "@" + account.domain, session_.token})
            : xmpp::to_string(xmpp::PlainMessage{"", account.user, account.password});
    session_.client.ask(
        xmpp::write_auth({mechanism_, message}), true,
        [](const xmpp::Element& element) { return element.ns == xmpp::ns::kSasl; },
        [this](XmppAnswer answer) { on_verdict(std::move(answer)); });
  }

  void refuse_offer() {
    outcome_.status = StepStatus::Stop;
    outcome_.result = "not offered";
    outcome_.problem =
        fmt::format("the presence server offers no {}; it offers: {}",
                    by_token() ? xmpp::kVtgToken : xmpp::kPlain, list_.empty() ? "nothing" : list_);
    outcome_.advice = by_token() ? "presence.sasl in the core's configuration: plain_only where "
                                   "the presence server knows no more than PLAIN"
                                 : "the mechanisms in the presence server's configuration";
    done_(std::move(outcome_));
  }

  void on_verdict(XmppAnswer answer) {
    if (answer.fault) return refuse(*answer.fault, StepStatus::Stop);
    if (answer.element.name == "failure") {
      return refuse(sasl_fault(answer.element), StepStatus::Stop);
    }
    if (answer.element.name != "success") {
      return refuse({XmppFault::Kind::Protocol,
                     {},
                     fmt::format("<{}> answers the sign-in", answer.element.name)},
                    StepStatus::Stop);
    }
    session_.is_authenticated = true;
    outcome_.result = fmt::format("success, {} of {}", printable(mechanism_, 40), list_);
    done_(std::move(outcome_));
  }

  void refuse(const XmppFault& fault, StepStatus status) {
    const Explanation why = explain_xmpp(fault, by_token());
    outcome_.status = status;
    outcome_.result = describe(fault);
    outcome_.problem = why.problem;
    outcome_.advice = why.advice;
    if (status == StepStatus::Note) {
      outcome_.problem +=
          "; the edge configuration lists no presence service, so chat was left out";
    }
    done_(std::move(outcome_));
  }

  SignIn& sign_in_;
  XmppSession& session_;
  std::vector<std::string> offered_;
  std::string list_;
  std::string mechanism_;
  StepOutcome outcome_;
  Done done_;
};

}  // namespace

std::unique_ptr<Step> xmpp_sign_in_step(SignIn& sign_in, XmppSession& session) {
  return std::make_unique<SignInStep>(sign_in, session);
}

}  // namespace support
