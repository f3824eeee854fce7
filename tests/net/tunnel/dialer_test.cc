#include "net/tunnel/dialer.h"

#include <doctest/doctest.h>

#include "tests/net/tunnel/tunnel_lab.h"

namespace tunnel_lab {
namespace {

using std::chrono::milliseconds;

TEST_CASE("every worker of an edge gets its link, whichever core worker makes it") {
  TunnelLab lab(3);
  LinkTable& table = lab.new_table(2);
  CoreWorker& one = lab.add_core(table, 0);
  CoreWorker& two = lab.add_core(table, 1);
  lab.until([&] { return table.coverage(kEdgeName).links == 3; });
  CHECK(table.coverage(kEdgeName).edge_workers == 3);
  for (const auto& worker : lab.edge) {
    lab.until([&] { return worker->links.serves("lab.example"); });
    CHECK(worker->links.ready().size() == 1);
  }
  CHECK(one.dialer->ready_count() + two.dialer->ready_count() == 3);
  CHECK(one.dialer->ready_count() >= 1);
  CHECK(two.dialer->ready_count() >= 1);
}

TEST_CASE("a link to a worker that has one already is closed, and another is tried") {
  TunnelLab lab(2);
  CoreWorker& core = lab.add_core(lab.table);
  lab.until([&] { return core.ready.size() == 1; });
  lab.next_worker = 0;  // chance leads to the first one again
  lab.until([&] { return core.dialer->ready_count() == 2; });
  REQUIRE(core.closed.size() == 1);
  CHECK_FALSE(core.closed[0].first);
  CHECK(core.closed[0].second.code == base::Errc::Refused);
  lab.until([&] { return lab.edge[0]->closed.size() == 1; });
  CHECK_FALSE(lab.edge[0]->closed[0].first);
  CHECK(lab.edge[0]->links.ready().size() == 1);
}

TEST_CASE("a lost link is made anew") {
  TunnelLab lab;
  CoreWorker& core = lab.add_core(lab.table);
  lab.until([&] { return lab.edge[0]->ready.size() == 1; });
  lab.links().close_all();
  lab.until([&] { return lab.edge[0]->ready.size() == 2; });
  CHECK(core.closed.size() == 1);
  CHECK(core.closed[0].first);
  CHECK(core.dialer->ready_count() == 1);
  CHECK(lab.table.coverage(kEdgeName).links == 1);
}

TEST_CASE("an edge that cannot be reached or resolved is tried again") {
  TunnelLab lab;
  lab.listener->close();
  CoreWorker& refused = lab.add_core(lab.table);
  LinkTable& other = lab.new_table(1);
  CoreWorker& unresolved = lab.add_core(other);
  unresolved.unresolved = base::Error{base::Errc::Timeout, "no DNS"};
  lab.until([&] { return refused.closed.size() >= 2 && unresolved.closed.size() >= 2; });
  CHECK(refused.closed[0].second.code == base::Errc::Refused);
  CHECK(unresolved.closed[0].second.detail == "no DNS");
  unresolved.unresolved.reset();
}

TEST_CASE("the wait between attempts doubles up to its bound") {
  struct Case {
    int failures;
    base::Errc last;
    milliseconds longest;
  };
  const Case cases[] = {
      {0, base::Errc::Timeout, milliseconds{250}},
      {1, base::Errc::Timeout, milliseconds{250}},
      {2, base::Errc::Timeout, milliseconds{500}},
      {6, base::Errc::Timeout, milliseconds{8'000}},
      {7, base::Errc::Timeout, milliseconds{15'000}},
      {1'000'000, base::Errc::System, milliseconds{15'000}},
      {1, base::Errc::Refused, milliseconds{250}},
      {3, base::Errc::Refused, milliseconds{1'000}},
      {5, base::Errc::Closed, milliseconds{2'000}},
      {1'000'000, base::Errc::Refused, milliseconds{2'000}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.failures);
    CHECK(Dialer::longest_wait(c.failures, c.last) == c.longest);
  }
}

TEST_CASE("a dialer that drains dials no more, whatever it was about to do") {
  for (int turns = 0; turns < 25; ++turns) {
    CAPTURE(turns);
    TunnelLab lab;
    CoreWorker& core = lab.add_core(lab.table);
    fakes::run_turns(lab.loop, turns);
    core.dialer->drain();
    const int resolved = core.resolve_count;
    lab.until([&] { return core.dialer->ready_count() == 0; });
    fakes::run_turns(lab.loop, 20);
    CHECK(core.resolve_count == resolved);
    CHECK(lab.table.coverage(kEdgeName).links == 0);
    // Its attempt is settled, so another worker may dial.
    CHECK(lab.table.reserve(kEdgeName, 0));
  }
}

TEST_CASE("a dialer destroyed at any moment gives back what it held") {
  for (int turns = 0; turns < 25; ++turns) {
    CAPTURE(turns);
    TunnelLab lab;
    lab.add_core(lab.table).never_resolve = turns % 5 == 4;
    fakes::run_turns(lab.loop, turns);
    lab.cores.clear();
    CHECK(lab.table.coverage(kEdgeName).links == 0);
    CHECK(lab.table.reserve(kEdgeName, 0));
    fakes::run_turns(lab.loop, 5);
  }
}

}  // namespace
}  // namespace tunnel_lab
