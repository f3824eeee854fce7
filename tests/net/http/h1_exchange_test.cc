// How exchanges and their connections end: resets, clients that leave, waits, drain.

#include <doctest/doctest.h>

#include "net/timer.h"
#include "tests/net/http/h1_cases.h"
#include "tests/net/http/h1_server_lab.h"

namespace net::http {
namespace {

using namespace std::chrono_literals;
using namespace h1_lab;

TEST_CASE("a reset breaks the connection and calls nobody") {
  Lab lab;
  lab.script = [](Exchange& exchange, RecordingJob& job, Seen&) {
    ResponseHead head;
    head.content_length = 100;
    exchange.respond(head);
    exchange.write("half");
    job.end = [&exchange] {
      exchange.reset({base::Errc::Closed, "upstream gone"});
      exchange.write("no effect");
      exchange.finish();
    };
  };
  lab.send(cases::get_with(""));
  fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
  lab.run();
  CHECK(!lab.exchanges[0]->failed);
  CHECK(lab.exchanges[0]->job_died);
  CHECK(!lab.server);
}

TEST_CASE("a response that falls short of its length breaks the connection") {
  Lab lab;
  lab.script = [](Exchange& exchange, RecordingJob&, Seen&) {
    ResponseHead head;
    head.content_length = 100;
    exchange.respond(head);
    exchange.write("half");
    exchange.finish();
  };
  lab.send(cases::get_with(""));
  fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
  CHECK(lab.exchanges[0]->failed);
}

TEST_CASE("a head that would split the response breaks the connection") {
  Lab lab;
  lab.script = [](Exchange& exchange, RecordingJob&, Seen&) {
    ResponseHead head;
    head.fields.add("X", "a\r\nSet-Cookie: b");
    exchange.respond(head);
  };
  lab.send(cases::get_with(""));
  fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
  CHECK(lab.heard.data.empty());
  CHECK(lab.exchanges[0]->failed);
}

TEST_CASE("a client that leaves fails its exchange") {
  SUBCASE("in the middle of its request") {
    Lab lab;
    lab.send(cases::post_with("Content-Length: 5\r\n", "hel"));
    lab.run();
    lab.client->close();
    fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
    CHECK(lab.exchanges[0]->failed->code == base::Errc::Closed);
    CHECK(lab.exchanges[0]->ends == 0);
  }
  SUBCASE("by a reset while it waits") {
    Lab lab;
    lab.script = [](Exchange&, RecordingJob&, Seen&) {};
    lab.send(cases::get_with(""));
    lab.run();
    lab.pair.break_with({base::Errc::Closed, "reset"});
    fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
    CHECK(lab.exchanges[0]->failed);
    lab.run();
    CHECK(lab.exchanges[0]->job_died);
  }
  SUBCASE("in the middle of a head") {
    Lab lab;
    lab.send("GET / HT");
    lab.run();
    lab.client->close();
    fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
    CHECK(lab.exchanges.empty());
  }
}

TEST_CASE("a client that slept through a wait is sent away") {
  SUBCASE("idle") {
    Lab lab({.idle = 20ms});
    lab.run_to_end();
    CHECK(lab.heard.data.empty());
  }
  SUBCASE("idle after an answer") {
    Lab lab({.idle = 20ms});
    lab.send(cases::get_with(""));
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{200});
  }
  SUBCASE("head") {
    Lab lab({.head = 20ms});
    lab.send("GET / HTTP/1.1\r\nHost: a");
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{408});
  }
  SUBCASE("body") {
    Lab lab({.body = 20ms});
    lab.send(cases::post_with("Content-Length: 5\r\n", "hel"));
    lab.run_to_end();
    CHECK(lab.statuses() == std::vector<int>{408});
    CHECK(lab.exchanges[0]->failed->code == base::Errc::Timeout);
  }
  SUBCASE("answer") {
    Lab lab({.body = 20ms});
    lab.pair.hold(fakes::Side::Left, true);
    lab.script = [](Exchange& exchange, RecordingJob&, Seen&) {
      exchange.respond({});
      exchange.write(std::string(400'000, 'x'));
    };
    lab.send(cases::get_with(""));
    fakes::run_until(lab.loop, [&] { return lab.closed.has_value(); });
    CHECK(lab.exchanges[0]->failed->code == base::Errc::Timeout);
  }
}

TEST_CASE("a handler may take its time") {
  Lab lab({.head = 10ms, .idle = 10ms, .body = 10ms});
  lab.script = [](Exchange&, RecordingJob&, Seen&) {};
  lab.send(cases::get_with(""));
  lab.run();
  bool later = false;
  Timer timer(lab.loop, [&] { later = true; });
  timer.start(60ms);
  fakes::run_until(lab.loop, [&] { return later; });
  CHECK(!lab.closed);
  answer(*lab.exchanges.at(0)->exchange, text_response(200, "late"));
  lab.run();
  CHECK(lab.statuses() == std::vector<int>{200});
}

TEST_CASE("a connection carries a limited number of requests") {
  Lab lab({.requests = 2});
  lab.send(cases::get_with("") + cases::get_with("") + cases::get_with(""));
  lab.run_to_end();
  CHECK(lab.statuses() == std::vector<int>{200, 200});
}

TEST_CASE("drain closes an idle connection at once and a busy one after its answer") {
  SUBCASE("idle") {
    Lab lab;
    lab.server->drain();
    lab.run_to_end();
    CHECK(lab.heard.data.empty());
  }
  SUBCASE("busy") {
    Lab lab;
    lab.script = [](Exchange&, RecordingJob&, Seen&) {};
    lab.send(cases::get_with(""));
    lab.run();
    lab.server->drain();
    lab.run();
    CHECK(!lab.ended());
    answer(*lab.exchanges.at(0)->exchange, text_response(200, "ok"));
    lab.run_to_end();
    CHECK(lab.heard_text("Connection: close"));
  }
}

TEST_CASE("a connection may be destroyed in the middle of an exchange") {
  Lab lab;
  lab.script = [](Exchange&, RecordingJob&, Seen&) {};
  lab.send(cases::get_with(""));
  lab.run();
  lab.server.reset();
  CHECK(lab.exchanges[0]->job_died);
  CHECK(!lab.exchanges[0]->failed);
  lab.run();
  CHECK(!lab.closed);
}

}  // namespace
}  // namespace net::http
