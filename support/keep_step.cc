// The step that stays registered until it is told to stop; declared in sip_steps.h.

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "base/random.h"
#include "net/timer.h"
#include "support/explain_sip.h"
#include "support/sip_steps.h"

namespace support {
namespace {

using std::chrono::milliseconds;

constexpr int kTriesOnOneConnection = 3;  // then another edge may do better

// Refreshed when two fifths of the time are over: two more tries fit in before the end.
milliseconds refresh_after(std::uint32_t granted_seconds) {
  constexpr std::uint32_t kLongest = 3600;
  const std::int64_t seconds = std::min(granted_seconds, kLongest);
  return std::max(milliseconds(seconds * 1000 * 2 / 5), milliseconds(500));
}

//   Idle <--> Refreshing          (a lost connection leads from any of the first two, and from
//    ^            |                Registering, to Waiting; a stop from Idle and Waiting to Over
//    |            v                at once, from the others when what is under way has ended)
//    |         Waiting --> Dialling --> Registering --> Idle
//    |            ^___________|______________|
class KeepStep final : public Step {
 public:
  KeepStep(net::Loop& loop, SignIn& sign_in, SipSession& session, const KeepOptions& options)
      : sign_in_(sign_in),
        session_(session),
        options_(options),
        turn_(loop, [this] { on_turn(); }),
        ping_timer_(loop, [this] { on_ping(); }),
        pong_timer_(loop, [this] { on_no_pong(); }) {}

  std::string id() const override { return "keep"; }
  std::string title() const override { return "SIP: keep"; }
  bool applies() const override { return session_.granted != 0; }
  void start(Done done) override {
    done_ = std::move(done);
    began_ = session_.clock.steady();
    session_.on_lost = [this] { on_lost(); };
    session_.on_keep_alive = [this] { pong_timer_.stop(); };
    session_.on_stop = [this] { on_stop(); };
    if (session_.is_stopping) return end_soon();
    if (!session_.client.is_open()) return wait_for_connection();
    enter_idle();
  }

 private:
  enum class State { Idle, Refreshing, Waiting, Dialling, Registering, Over };

  void enter(State state) { state_ = state; }

  void enter_idle() {
    enter(State::Idle);
    tries_ = 0;
    avoided_.clear();
    turn_.start(refresh_after(session_.granted));
    ping_timer_.start(options_.ping);
  }

  void on_turn() {
    switch (state_) {
      case State::Idle:
        enter(State::Refreshing);
        return send();
      case State::Waiting:
        return dial();
      case State::Over:
        return finish();
      case State::Refreshing:
      case State::Dialling:
      case State::Registering:
        break;
    }
    assert(false);
  }

  void on_ping() {
    session_.client.ping();
    if (!pong_timer_.running()) pong_timer_.start(options_.pong);
    ping_timer_.start(options_.ping);
  }

  void on_no_pong() {
    session_.client.abort({base::Errc::Timeout, "the edge did not answer a keep-alive"});
  }

  void send() {
    session_.registration->send(kRegisterSeconds,
                                [this](RegisterResult result) { on_result(std::move(result)); });
  }

  void on_result(RegisterResult result) {
    if (state_ == State::Over) return;
    if (!result.is_well()) return on_refused(std::move(result));
    const auto granted = granted_seconds(*result.answer, session_.registration->phone());
    if (!granted || *granted == 0) return give_up(result);
    session_.granted = *granted;
    session_.tell("registered",
                  fmt::format("registered again through {}: {}, for {} s",
                              session_.registration->path().edge, summary_of(result), *granted));
    if (session_.is_stopping) return end_soon();
    enter_idle();
  }

  void on_refused(RegisterResult result) {
    session_.tell("refused", "not registered again: " + summary_of(result));
    if (!is_server_trouble(result)) return give_up(result);
    if (session_.is_stopping) return end_soon();
    if (!session_.client.is_open()) return;  // on_lost() comes, since that is the cause
    if (result.answer && result.answer->status() != 430 && tries_ < kTriesOnOneConnection) {
      // The connection is good, and what failed behind it may come back.
      enter(State::Idle);
      ping_timer_.start(options_.ping);
      return turn_.start(back_off());
    }
    avoided_ = session_.target.host;
    session_.client.abort({base::Errc::Timeout, "given up for a new one"});
  }

  void on_lost() {
    if (state_ == State::Over || state_ == State::Waiting) return;
    session_.tell("lost", "connection lost: " + printable(session_.lost->detail));
    wait_for_connection();
  }

  // Jittered, so that the clients of an edge that died do not come back all at once.
  milliseconds back_off() {
    const auto longest =
        std::min(options_.first_delay * (1 << std::min(tries_, 10)), options_.max_delay);
    ++tries_;
    const auto half = static_cast<std::uint64_t>(longest.count() / 2);
    const milliseconds delay(half + base::random_below(half + 1));
    session_.tell("waiting", fmt::format("trying again in {} ms", delay.count()));
    return delay;
  }

  void wait_for_connection() {
    if (session_.is_stopping) return end_soon();
    enter(State::Waiting);
    session_.granted = 0;
    ping_timer_.stop();
    pong_timer_.stop();
    turn_.start(back_off());
  }

  // The edge that failed us last comes last.
  std::deque<dns::SrvTarget> targets() const {
    auto found = edges_to_try(sign_in_, sign_in_.config.sip_edges);
    std::ranges::stable_partition(
        found, [this](const dns::SrvTarget& target) { return target.host != avoided_; });
    return found;
  }

  void dial() {
    enter(State::Dialling);
    session_.lost.reset();
    session_.targets = targets();
    session_.addresses.clear();
    dialer_ = std::make_unique<EdgeDialer>(sign_in_.resolver, session_.client, session_.choice(),
                                           sign_in_.account.domain);
    dialer_->start([this](const EdgeDialer::Outcome& found) { on_dialled(found); });
  }

  void on_dialled(const EdgeDialer::Outcome& found) {
    if (state_ == State::Over) return;
    if (!found.info) {
      session_.tell("lost", "no connection: " + found.failures);
      return wait_for_connection();
    }
    session_.tell("connected", "connected with " + found.place);
    if (session_.is_stopping) return end_soon();
    RegisterPath path = session_.registration->path();
    path.edge = session_.target.host;
    session_.registration->set_path(std::move(path));
    enter(State::Registering);
    send();
  }

  void on_stop() {
    if (state_ == State::Idle || state_ == State::Waiting) end_soon();
  }

  void give_up(const RegisterResult& result) {
    const Registration& registration = *session_.registration;
    failure_ = explain_register(result, registration.path(), registration.phone());
    if (result.is_well()) failure_->problem = "the registrar holds this phone's contact no more";
    session_.granted = 0;
    end_soon();
  }

  void end_soon() {
    enter(State::Over);
    turn_.start(milliseconds(0));
  }

  void finish() {
    ping_timer_.stop();
    pong_timer_.stop();
    session_.on_lost = session_.on_keep_alive = session_.on_stop = nullptr;
    const auto kept =
        std::chrono::duration_cast<std::chrono::seconds>(session_.clock.steady() - began_);
    StepOutcome outcome;
    outcome.where = registration_place(*session_.registration);
    outcome.result =
        fmt::format("kept for {} s, {} messages came in", kept.count(), session_.heard_count);
    if (failure_) {
      outcome.status = StepStatus::Failed;
      outcome.problem = failure_->problem;
      outcome.advice = failure_->advice;
    } else if (!session_.is_registered()) {
      outcome.status = StepStatus::Note;
      outcome.problem = "ended while not registered";
      outcome.advice = "the lines above";
    }
    done_(std::move(outcome));
  }

  SignIn& sign_in_;
  SipSession& session_;
  KeepOptions options_;
  State state_ = State::Idle;
  int tries_ = 0;  // to get a connection back, since it was last registered
  std::chrono::steady_clock::time_point began_;
  std::string avoided_;  // the edge that answered, but did not register us
  std::optional<Explanation> failure_;
  std::unique_ptr<EdgeDialer> dialer_;
  net::Timer turn_;  // what the state waits for
  net::Timer ping_timer_;
  net::Timer pong_timer_;
  Done done_;
};

}  // namespace

std::unique_ptr<Step> keep_step(net::Loop& loop, SignIn& sign_in, SipSession& session,
                                const KeepOptions& options) {
  return std::make_unique<KeepStep>(loop, sign_in, session, options);
}

}  // namespace support
