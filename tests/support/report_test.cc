#include "support/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace support {
namespace {

using std::chrono::milliseconds;

StepReport failed_step() {
  StepReport step{4, "edge-config", "sign in, edge config", milliseconds(12), {}};
  step.outcome = {StepStatus::Stop, "https://edge:8443/x", "401", "wrong user name or password",
                  "the core's log", "say \"no\" \xff",     401};
  return step;
}

TEST_CASE("people get one numbered line a step, and what follows from a failure") {
  std::ostringstream out;
  TextReport report(out);
  report.on_step({1,
                  "version",
                  "version",
                  milliseconds(3),
                  {StepStatus::Ok, "place", "200", {}, {}, {}, 200}});
  report.on_step(failed_step());
  report.on_over({"mac@lab.example", false, 2, 1, milliseconds(15)});
  CHECK(out.str() ==
        " 1  ok      version               place  ->  200  (3 ms)\n"
        " 4  FAILED  sign in, edge config  https://edge:8443/x  ->  401  (12 ms)\n"
        "            what went wrong: wrong user name or password\n"
        "            it said: say \"no\" \xff\n"
        "            look at: the core's log\n"
        "NOT signed in properly as mac@lab.example: 1 of 2 steps failed, 15 ms\n");
}

TEST_CASE("programs get one JSON object a line, valid whatever bytes came") {
  std::ostringstream out;
  JsonReport report(out);
  report.on_step(failed_step());
  report.on_over({"mac@lab.example", true, 14, 0, milliseconds(15)});
  std::istringstream lines(out.str());
  std::string line;
  REQUIRE(std::getline(lines, line));
  const auto step = nlohmann::json::parse(line);
  CHECK(step["step"] == 4);
  CHECK(step["status"] == "failed");
  CHECK(step["http_status"] == 401);
  CHECK(step["problem"] == "wrong user name or password");
  CHECK(step["look_at"] == "the core's log");
  CHECK(step["ms"] == 12);
  REQUIRE(std::getline(lines, line));
  const auto summary = nlohmann::json::parse(line);
  CHECK(summary["ok"] == true);
  CHECK(summary["steps"] == 14);
  CHECK(!std::getline(lines, line));
}

TEST_CASE("an event is a line with its time, in both forms") {
  const auto when = std::chrono::system_clock::time_point(milliseconds(1'795'175'400'123));
  const LoginEvent message{when, "message", "OPTIONS", "sip:ucm@pub", "c-1", 200};
  const LoginEvent lost{when, "lost", "connection lost: reset"};
  std::ostringstream text;
  TextReport people(text);
  people.on_event(message);
  people.on_event(lost);
  CHECK(text.str() ==
        "2026-11-20T11:50:00.123Z  OPTIONS  from sip:ucm@pub  call-id c-1  ->  200\n"
        "2026-11-20T11:50:00.123Z  connection lost: reset\n");
  std::ostringstream out;
  JsonReport programs(out);
  programs.on_event(message);
  const auto object = nlohmann::json::parse(out.str());
  CHECK(object["event"] == "message");
  CHECK(object["text"] == "OPTIONS");
  CHECK(object["call_id"] == "c-1");
  CHECK(object["answered"] == 200);
}

TEST_CASE("fields that do not apply are left out") {
  std::ostringstream out;
  JsonReport report(out);
  report.on_step({1, "inside", "inside or outside", milliseconds(0), {}});
  const auto step = nlohmann::json::parse(out.str());
  CHECK(!step.contains("problem"));
  CHECK(!step.contains("look_at"));
  CHECK(!step.contains("said"));
  CHECK(!step.contains("http_status"));
}

}  // namespace
}  // namespace support
