#include "support/xmpp_steps.h"

#include <fmt/core.h>

#include <functional>
#include <utility>

#include "base/random.h"
#include "net/timer.h"
#include "support/explain_xmpp.h"
#include "xmpp/stream.h"

namespace support {
namespace {

class ConnectStep final : public Step {
 public:
  ConnectStep(net::Loop& loop, SignIn& sign_in, XmppSession& session)
      : sign_in_(sign_in),
        session_(session),
        dialer_(sign_in.resolver, session.client, session.choice(), sign_in.account.domain),
        turn_(loop, [this] { skip(); }) {}

  std::string id() const override { return "chat-connect"; }
  std::string title() const override { return "chat: connect, TLS"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    if (sign_in_.config.xmpp_edges.empty()) return turn_.start(std::chrono::milliseconds(0));
    if (!session_.is_listed) {
      session_.targets = edges_to_try(sign_in_, sign_in_.config.xmpp_edges);
    }
    session_.is_listed = true;
    dialer_.start([this](const EdgeDialer::Outcome& found) { on_dialled(found); });
  }

 private:
  void on_dialled(const EdgeDialer::Outcome& found) {
    StepOutcome outcome = outcome_of(found, "XMPP");
    // Where it got so far that XMPP was spoken, XMPP's own words say more than the dialer's.
    if (!found.info && session_.client.fault()) {
      const Explanation why = explain_xmpp(*session_.client.fault(), false);
      outcome.problem = fmt::format("{}: {}", found.place, why.problem);
      outcome.advice = why.advice;
    }
    end(std::move(outcome));
  }

  void skip() {
    StepOutcome outcome;
    outcome.status = StepStatus::Stop;
    outcome.where = "xmppEdgeServer";
    outcome.result = "not announced";
    outcome.problem = "the edge configuration names no edge for chat";
    outcome.advice = "listen.xmpp in the edge's configuration";
    end(std::move(outcome));
  }

  void end(StepOutcome outcome) {
    if (outcome.status == StepStatus::Stop && !lists_presence(sign_in_.config)) {
      outcome.status = StepStatus::Note;
      outcome.problem += "; the edge configuration lists no presence service, so chat was left out";
    }
    done_(std::move(outcome));
  }

  SignIn& sign_in_;
  XmppSession& session_;
  EdgeDialer dialer_;
  net::Timer turn_;
  Done done_;
};

class TalkStep;

// What differs from one step after the sign-in to the next.
struct TalkPlan {
  const char* id;
  const char* title;
  bool (*applies)(const XmppSession& session);
  void (*talk)(TalkStep& step);
};

// A step that asks, once or more, and has words for the answer.
class TalkStep final : public Step {
 public:
  using Next = std::function<void(const xmpp::Element& answer)>;

  TalkStep(XmppSession& its_session, const TalkPlan& plan) : session(its_session), plan_(plan) {}

  std::string id() const override { return plan_.id; }
  std::string title() const override { return plan_.title; }
  bool applies() const override { return plan_.applies(session); }
  void start(Done done) override {
    done_ = std::move(done);
    outcome = {};
    outcome.where = printable(session.jid);
    plan_.talk(*this);
  }

  // `next` gets the first element that fits, when it is no error; else the step is over.
  void ask(std::string_view octets, XmppClient::Fits fits, Next next) {
    session.client.ask(octets, false, std::move(fits), continued(std::move(next)));
  }
  void ask_iq(std::string_view octets, const std::string& iq, Next next) {
    ask(
        octets, [iq](const xmpp::Element& element) { return answers_iq(element, iq); },
        std::move(next));
  }
  void begin_stream(Next next) { session.client.begin_stream(continued(std::move(next))); }

  void end(std::string result) {
    outcome.result = std::move(result);
    done_(std::move(outcome));
  }
  void fail(const XmppFault& fault) {
    const Explanation why = explain_xmpp(fault, false);
    // A refused stanza leaves the stream as it is; the next step may go well.
    outcome.status = fault.kind == XmppFault::Kind::Stanza ? StepStatus::Failed : StepStatus::Stop;
    outcome.problem = why.problem;
    outcome.advice = why.advice;
    end(describe(fault));
  }

  XmppSession& session;
  StepOutcome outcome;

 private:
  XmppClient::Answered continued(Next next) {
    return [this, next = std::move(next)](XmppAnswer answer) {
      if (answer.fault) return fail(*answer.fault);
      if (answer.element.attribute("type") == "error") return fail(stanza_fault(answer.element));
      next(answer.element);
    };
  }

  const TalkPlan& plan_;
  Done done_;
};

bool can_bind(const XmppSession& session) {
  return session.is_authenticated && session.client.is_open();
}

bool is_bound(const XmppSession& session) {
  return session.is_bound();
}

bool is_present(const XmppSession& session) {
  return session.is_present && session.is_bound();
}

void take_jid(TalkStep& step, const xmpp::Element& result, bool wants_session) {
  step.session.jid = xmpp::bound_jid(result);
  if (step.session.jid.empty()) {
    return step.fail({XmppFault::Kind::Protocol, {}, "the answer to bind names no JID"});
  }
  step.outcome.where = printable(step.session.jid);
  if (!wants_session) return step.end("bound");
  const std::string id = base::random_hex(8);
  step.ask_iq(session_request(id), id,
              [&step](const xmpp::Element&) { step.end("bound, with a session"); });
}

void bind(TalkStep& step) {
  step.begin_stream([&step](const xmpp::Element& features) {
    const bool with_session = wants_session(features);
    const std::string id = base::random_hex(8);
    step.ask_iq(bind_request(id, "sallyport-" + base::random_hex(4)), id,
                [&step, with_session](const xmpp::Element& result) {
                  take_jid(step, result, with_session);
                });
  });
}

void get_roster(TalkStep& step) {
  const std::string id = base::random_hex(8);
  step.ask_iq(roster_request(id), id, [&step](const xmpp::Element& result) {
    const RosterSize size = roster_size(result);
    step.end(fmt::format("{} contacts, {} of them both ways", size.contacts, size.mutual));
  });
}

// A server sends a client's own first presence back to it (RFC 6121 section 4.2.2).
void be_present(TalkStep& step) {
  step.session.is_present = true;
  step.ask(
      initial_presence(),
      [&step](const xmpp::Element& element) {
        return element.is("presence", xmpp::ns::kClient) &&
               element.attribute("from") == step.session.jid;
      },
      [&step](const xmpp::Element&) { step.end("seen by the server, priority -1"); });
}

void judge_message(TalkStep& step, const xmpp::Element& message, const std::string& sent) {
  const xmpp::Element* body = message.child("body", xmpp::ns::kClient);
  if (message.attribute("from") == step.session.jid && body != nullptr && body->text == sent) {
    return step.end("came back as it was sent");
  }
  step.outcome.status = StepStatus::Failed;
  step.outcome.problem = "the message came back with another sender or another text";
  step.outcome.advice = "what between edge and presence server changes messages";
  step.end("changed");
}

void write_to_self(TalkStep& step) {
  const std::string id = base::random_hex(8);
  const std::string body = "sallyport login " + base::random_hex(8);
  step.ask(
      chat_message(id, step.session.jid, body),
      [id](const xmpp::Element& element) {
        return element.is("message", xmpp::ns::kClient) && element.attribute("id") == id;
      },
      [&step, body](const xmpp::Element& message) { judge_message(step, message, body); });
}

void leave(TalkStep& step) {
  const std::string last = step.session.is_present ? final_presence() : std::string();
  step.session.client.end(last, [&step](XmppAnswer answer) {
    step.session.jid.clear();
    if (!answer.fault) return step.end("unavailable, and the stream ended both ways");
    const Explanation why = explain_xmpp(*answer.fault, false);
    step.outcome.status = StepStatus::Note;
    step.outcome.problem = "the stream was not ended in order: " + why.problem;
    step.outcome.advice = why.advice;
    step.end(describe(*answer.fault));
  });
}

constexpr TalkPlan kTalk[] = {
    {"chat-bind", "chat: bind", can_bind, bind},
    {"chat-roster", "chat: roster", is_bound, get_roster},
    {"chat-presence", "chat: presence", is_bound, be_present},
    {"chat-message", "chat: own message", is_present, write_to_self},
    {"chat-close", "chat: close", is_bound, leave},
};

}  // namespace

bool lists_presence(const EdgeConfig& config) {
  const Service* service = config.service("_cuplogin");
  return service != nullptr && service->error.empty() && !service->servers.empty();
}

std::unique_ptr<Step> xmpp_connect_step(net::Loop& loop, SignIn& sign_in, XmppSession& session) {
  return std::make_unique<ConnectStep>(loop, sign_in, session);
}

std::vector<std::unique_ptr<Step>> xmpp_steps(net::Loop& loop, SignIn& sign_in,
                                              XmppSession& session) {
  std::vector<std::unique_ptr<Step>> steps;
  steps.push_back(xmpp_connect_step(loop, sign_in, session));
  steps.push_back(xmpp_sign_in_step(sign_in, session));
  for (const TalkPlan& plan : kTalk)
    steps.push_back(std::make_unique<TalkStep>(session, plan));
  return steps;
}

}  // namespace support
