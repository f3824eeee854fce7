// Link and CoreLink against each other.

#include "net/tunnel/link.h"

#include <doctest/doctest.h>

#include "tests/net/tunnel/tunnel_lab.h"

namespace tunnel_lab {
namespace {

using h2_lab::NotingCall;

TEST_CASE("both ends learn who the other is") {
  TunnelLab lab;
  CoreWorker& core = lab.add_core(lab.table);
  lab.until([&] { return !lab.edge[0]->ready.empty() && !core.ready.empty(); });

  const Link& link = *lab.edge[0]->ready[0];
  CHECK(link.ready());
  CHECK(link.core().name == kCoreName);
  CHECK(link.core().instance == "0123");
  CHECK(link.core().domains == std::vector<std::string>{"lab.example"});
  CHECK(link.core().keys == std::vector<std::string>{"key"});
  CHECK(link.stream().peer->dns_names == std::vector<std::string>{kCoreName});
  CHECK(link.stream().alpn == "h2");
  CHECK(link.skew() < std::chrono::seconds{30});
  CHECK(link.skew() > std::chrono::seconds{-30});
  CHECK(link.load() == 0);

  const CoreLink& core_link = *core.ready[0];
  CHECK(core_link.ready());
  CHECK(core_link.edge().name == kEdgeName);
  CHECK(core_link.edge().worker == 0);
  CHECK(core_link.edge().workers == 1);
  CHECK(core_link.stream().peer->dns_names == std::vector<std::string>{kEdgeName});
  CHECK(core_link.active_exchanges() == 0);
  CHECK(core.dialer->ready_count() == 1);
}

TEST_CASE("a link is refused where a name is wrong") {
  for (const bool wrong_core : {false, true}) {
    CAPTURE(wrong_core);
    TunnelLab lab;
    lab.tls = wrong_core ? edge_tls(kEdgeName, "other.lab.example") : edge_tls("other.lab.example");
    CoreWorker& core = lab.add_core(lab.table);
    lab.until([&] { return !core.closed.empty() && !lab.edge[0]->closed.empty(); });
    CHECK_FALSE(core.closed[0].first);
    CHECK_FALSE(lab.edge[0]->closed[0].first);
    const base::Error& why = wrong_core ? lab.edge[0]->closed[0].second : core.closed[0].second;
    CHECK(why.code == base::Errc::Refused);
    CHECK(lab.edge[0]->ready.empty());
    CHECK(core.ready.empty());
    CHECK(lab.table.coverage(kEdgeName).links == 0);
  }
}

TEST_CASE("an exchange goes through the link and back") {
  TunnelLab lab;
  CoreWorker& core = lab.add_core(lab.table);
  core.handler.act = [](http::Exchange& exchange) {
    http::answer(exchange, http::text_response(404, "not here"));
  };
  lab.until([&] { return lab.links().serves("lab.example"); });
  Link* link = lab.links().choose("lab.example", "mac");
  REQUIRE(link != nullptr);
  NotingCall call;
  call.call = link->start(h2_lab::get("/x"), call);
  call.call->finish();
  lab.until([&] { return call.over(); });
  CHECK(call.notes.response->status == 404);
  CHECK(call.notes.body == "not here\n");
  REQUIRE(core.handler.heads.size() == 1);
  CHECK(core.handler.heads[0].target == "/x");
}

TEST_CASE("what the core tells later arrives, and counts as its load") {
  TunnelLab lab;
  CoreWorker& core = lab.add_core(lab.table);
  lab.until([&] { return lab.links().serves("lab.example"); });
  core.dialer->send({.load = 9, .revocations = {"r"}});
  lab.until([&] { return !lab.edge[0]->events.empty(); });
  CHECK(lab.edge[0]->events[0] == CoreEvent{9, {"r"}});
  Link* link = lab.links().choose("lab.example", "");
  CHECK(link->load() == 9);
  NotingCall call;
  call.call = link->start(h2_lab::get("/x"), call);
  CHECK(link->load() == 10);
}

// An exchange in flight on a fresh link.
struct InFlight : TunnelLab {
  InFlight() {
    add_core(table);
    until([&] { return links().serves("lab.example"); });
    call.call = links().choose("lab.example", "mac")->start(h2_lab::get("/slow"), call);
    call.call->finish();
    until([&] { return core().handler.kept.size() == 1; });
  }
  CoreWorker& core() { return *cores[0]; }
  NotingCall call;
};

TEST_CASE("when the core is gone the exchange in flight fails and the edge is told") {
  InFlight lab;
  CHECK(lab.core().dialer->active_exchanges() == 1);
  lab.cores.clear();
  lab.until([&] { return lab.call.over() && !lab.edge[0]->closed.empty(); });
  REQUIRE(lab.call.notes.failed);
  CHECK(lab.call.notes.failed->code == base::Errc::Closed);
  CHECK(lab.edge[0]->closed[0].first);
  CHECK_FALSE(lab.links().serves("lab.example"));
  CHECK(lab.links().choose("lab.example", "mac") == nullptr);
  CHECK(lab.table.coverage(kEdgeName).links == 0);
}

TEST_CASE("when the edge closes its links, what is in flight is told") {
  InFlight lab;
  lab.links().close_all();
  CHECK_FALSE(lab.links().serves("lab.example"));
  CHECK_FALSE(lab.call.over());  // from the loop, never from inside close_all()
  lab.until([&] { return lab.call.over() && !lab.edge[0]->closed.empty(); });
  REQUIRE(lab.call.notes.failed);
  CHECK(lab.call.notes.failed->detail == "this edge is stopping");
  CHECK(lab.edge[0]->closed[0].second.detail == "this edge is stopping");
  lab.until([&] { return lab.core().handler.notes[0]->failed.has_value(); });
  CHECK(lab.core().closed.back().first);
}

TEST_CASE("a core that drains lets the exchange in flight end") {
  InFlight lab;
  lab.core().dialer->drain();
  lab.until([&] { return !lab.links().serves("lab.example"); });
  lab.core().dialer->send({.load = 1, .revocations = {}});  // goes nowhere
  fakes::run_turns(lab.loop, 20);
  CHECK_FALSE(lab.call.over());
  CHECK(lab.core().dialer->ready_count() == 1);
  http::answer(*lab.core().handler.kept[0], http::text_response(200, "late"));
  lab.until([&] { return lab.call.over(); });
  CHECK_FALSE(lab.call.notes.failed);
  CHECK(lab.call.notes.body == "late\n");
  lab.until([&] { return !lab.core().closed.empty() && !lab.edge[0]->closed.empty(); });
  CHECK(lab.core().dialer->ready_count() == 0);
  CHECK(lab.core().closed[0].first);
  CHECK(lab.edge[0]->closed[0].first);
}

TEST_CASE("a core that drains while idle is gone at once") {
  TunnelLab lab;
  CoreWorker& core = lab.add_core(lab.table);
  lab.until([&] { return lab.links().serves("lab.example"); });
  core.dialer->drain();
  lab.until([&] { return !core.closed.empty() && !lab.edge[0]->closed.empty(); });
  fakes::run_turns(lab.loop);
  CHECK(lab.accepted == 1);
}

TEST_CASE("a line that is no event ends the link, and what is in flight is told") {
  InFlight lab;
  CoreEvent huge;
  huge.revocations = {std::string(kMaxControlLine, 'x')};
  lab.core().dialer->send(huge);
  lab.until([&] { return lab.call.over() && !lab.edge[0]->closed.empty(); });
  CHECK(lab.call.notes.failed->code == base::Errc::TooLarge);
  CHECK(lab.edge[0]->closed[0].second.code == base::Errc::TooLarge);
}

TEST_CASE("a core whose hello is of no use is refused") {
  TunnelLab lab;
  lab.add_core(lab.table, 0, "");
  lab.until([&] { return !lab.edge[0]->closed.empty() && !lab.cores[0]->closed.empty(); });
  CHECK(lab.edge[0]->closed[0].second.code == base::Errc::Malformed);
  CHECK_FALSE(lab.edge[0]->closed[0].first);
}

TEST_CASE("links may be destroyed at any moment and in any order") {
  for (const bool core_first : {false, true}) {
    for (int turns = 0; turns < 40; ++turns) {
      CAPTURE(core_first);
      CAPTURE(turns);
      TunnelLab lab;
      lab.add_core(lab.table);
      NotingCall call;
      for (int turn = 0; turn < turns; ++turn) {
        fakes::run_turns(lab.loop, 1);
        if (Link* link = lab.links().choose("lab.example", "mac"); link && !call.call) {
          call.call = link->start(h2_lab::get("/x"), call);
          call.call->finish();
        }
      }
      if (core_first) lab.cores.clear();
      if (core_first) fakes::run_turns(lab.loop, turns % 3);
      lab.edge.clear();
      lab.listener.reset();
      fakes::run_turns(lab.loop, 5);
      call.call.reset();
    }
  }
}

}  // namespace
}  // namespace tunnel_lab
