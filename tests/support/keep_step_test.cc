#include <doctest/doctest.h>

#include "support/sip_steps.h"
#include "tests/fakes/run_loop.h"
#include "tests/support/sip_lab.h"

namespace support {
namespace {

using std::chrono::milliseconds;

// Registered, and kept until the test says stop.
struct Kept : SipLab {
  Kept() {
    options.keep = true;
    options.keeping.first_delay = milliseconds(10);
    options.keeping.max_delay = milliseconds(40);
  }
  bool is_kept() const {
    return session != nullptr && session->on_keep_alive && session->is_registered();
  }
  // Ends the keeping once `done` holds.
  LoginSummary run_until_done(std::function<bool()> done) {
    watch = [this, done = std::move(done)] {
      if (session != nullptr && !session->is_stopping && done()) session->ask_to_stop();
    };
    return run();
  }
};

TEST_CASE("the registration is refreshed in time, with one message, until it is told to stop") {
  Kept lab;
  lab.edge.granted = "1";
  CHECK(lab.run_until_done([&] { return lab.report.count("registered") >= 2; }).ok);
  CHECK(lab.ids() == "sip-connect register from-inside keep unregister ");
  CHECK(lab.edge.clients == 1);
  CHECK(lab.edge.requests.size() == 5);  // two to register, two refreshes, one to leave
  CHECK(!lab.edge.registered);
  CHECK(has(lab.outcome("keep").result, "1 messages came in"));
}

TEST_CASE("what comes in is answered and told") {
  Kept lab;
  const std::vector<std::string> methods = {"NOTIFY", "INVITE", "ACK", "BYE", "MESSAGE"};
  bool sent = false;
  const auto done = [&] {
    if (!sent && lab.is_kept()) {
      sent = true;
      for (const std::string& method : methods)
        lab.edge.send(FakeSipEdge::request(method, "c-" + method));
    }
    return lab.edge.responses.size() == 5;  // the probe's too; none to the ACK
  };
  CHECK(lab.run_until_done(done).ok);
  std::vector<int> answered;
  for (const LoginEvent& event : lab.report.events)
    if (event.event == "message") answered.push_back(event.answered);
  CHECK(answered == std::vector<int>{200, 200, 486, 0, 405, 405});
  CHECK(lab.report.events[1].call_id == "c-NOTIFY");
  CHECK(lab.report.events[1].from == "sip:ucm@uclabcucm-pub");
  CHECK(!lab.edge.responses[3].value(sip::FieldId::Allow).empty());
}

TEST_CASE("a lost connection is told, and comes back with a new registration") {
  Kept lab;
  bool dropped = false;
  const auto done = [&] {
    if (!dropped && lab.is_kept()) {
      dropped = true;
      lab.edge.drop_all();
    }
    return lab.report.count("registered") == 1;
  };
  CHECK(lab.run_until_done(done).ok);
  CHECK(lab.report.count("lost") == 1);
  CHECK(lab.report.count("connected") == 1);
  CHECK(lab.edge.clients == 2);
  CHECK(!lab.edge.registered);
}

TEST_CASE("an edge that died gives way to another") {
  Kept lab;
  FakeSipEdge second(lab.loop, lab.ca, {"DNS:edge2.uclab.com"});
  lab.add_edge("edge2.uclab.com", second.port());
  bool killed = false;
  const auto done = [&] {
    if (!killed && lab.is_kept()) {
      killed = true;
      lab.edge.stop_listening();
      lab.edge.drop_all();
    }
    return second.registered && lab.is_kept();
  };
  CHECK(lab.run_until_done(done).ok);
  CHECK(!second.registered);
}

TEST_CASE("while no edge is there it goes on trying, and a stop ends it") {
  Kept lab;
  bool killed = false;
  const auto done = [&] {
    if (!killed && lab.is_kept()) {
      killed = true;
      lab.edge.stop_listening();
      lab.edge.drop_all();
    }
    return lab.report.count("lost") == 3;
  };
  CHECK(lab.run_until_done(done).ok);
  CHECK(lab.outcome("keep").status == StepStatus::Note);
  CHECK(!has(lab.ids(), "unregister"));
}

TEST_CASE("keep-alives go out, and an edge that does not answer them is left") {
  Kept lab;
  lab.options.keeping.ping = milliseconds(5);
  CHECK(lab.run_until_done([&] { return lab.edge.pings >= 3; }).ok);
  CHECK(lab.report.count("lost") == 0);

  Kept dead;
  dead.options.keeping.ping = milliseconds(5);
  dead.options.keeping.pong = milliseconds(0);  // nobody is so fast
  CHECK(dead.run_until_done([&] { return dead.report.count("lost") >= 1; }).ok);
  CHECK(has(dead.report.events[1].text, "did not answer a keep-alive"));
}

TEST_CASE("a refresh that is refused ends the keeping, one that failed is tried again") {
  Kept refused;
  refused.edge.granted = "1";
  refused.edge.on_request = [&] {
    if (refused.edge.registered) refused.edge.refusal = 403;
  };
  CHECK(!refused.run_until_done([] { return false; }).ok);
  CHECK(refused.outcome("keep").status == StepStatus::Failed);
  CHECK(has(refused.outcome("keep").problem, "was refused"));

  Kept failing;
  failing.edge.granted = "1";
  failing.edge.refusals = 2;
  failing.edge.on_request = [&] {
    if (failing.edge.registered) failing.edge.refusal = 503;
  };
  CHECK(failing.run_until_done([&] { return failing.report.count("registered") == 1; }).ok);
  CHECK(failing.report.count("refused") == 2);
  CHECK(failing.edge.clients == 1);
}

TEST_CASE("a stop before anything was opened is not taken, one while waiting for inside is") {
  Kept lab;
  lab.edge.probes = false;
  lab.options.inside_wait = std::chrono::seconds(20);
  CHECK(lab.run_until_done([&] { return lab.session->granted != 0; }).ok);
  CHECK(lab.ids() == "sip-connect register from-inside keep unregister ");

  SipClient client(lab.loop, {});
  SipSession session(client, nullptr);
  CHECK(!session.ask_to_stop());
  CHECK(!session.is_stopping);
}

}  // namespace
}  // namespace support
