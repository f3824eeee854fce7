#include "net/tunnel/link_set.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tests/net/tunnel/tunnel_lab.h"

namespace tunnel_lab {
namespace {

using h2_lab::NotingCall;

// Three cores: a and b serve lab.example, c another domain.
struct ThreeCores : TunnelLab {
  ThreeCores() {
    tls = edge_tls();
    for (const std::string name : {"a", "b", "c"}) {
      const std::string domain = name == "c" ? "other.example" : "lab.example";
      add_core(new_table(1), 0, name, {domain});
    }
    until([this] { return links().ready().size() == 3; });
  }
  std::string chosen(std::string_view domain, std::string_view user) {
    const Link* link = links().choose(domain, user);
    return link ? link->core().name : "none";
  }
  void tell_load(std::size_t core, std::uint32_t load) {
    const std::size_t before = edge[0]->events.size();
    cores[core]->dialer->send({.load = load, .revocations = {}});
    until([&] { return edge[0]->events.size() > before; });
  }
};

std::string user(int number) {
  return "user" + std::to_string(number);
}

TEST_CASE_FIXTURE(ThreeCores, "only a core that serves the domain is chosen") {
  CHECK(links().serves("lab.example"));
  CHECK(links().serves("other.example"));
  CHECK_FALSE(links().serves("foreign.example"));
  CHECK_FALSE(links().serves(""));
  CHECK(chosen("foreign.example", "mac") == "none");
  CHECK(chosen("LAB.example", "mac") == "none");
  for (int i = 0; i < 50; ++i) {
    CHECK(chosen("other.example", user(i)) == "c");
    CHECK(chosen("lab.example", user(i)) != "c");
  }
}

TEST_CASE_FIXTURE(ThreeCores, "a user stays on one core, and users spread evenly") {
  std::map<std::string, int> count;
  for (int i = 0; i < 1000; ++i) {
    const std::string first = chosen("lab.example", user(i));
    CHECK(chosen("lab.example", user(i)) == first);
    ++count[first];
  }
  CHECK(count["a"] > 400);
  CHECK(count["b"] > 400);
}

TEST_CASE_FIXTURE(ThreeCores, "a core that joins takes users, but moves none between the others") {
  std::map<int, std::string> before;
  for (int i = 0; i < 300; ++i)
    before[i] = chosen("lab.example", user(i));
  add_core(new_table(1), 0, "d");
  until([this] { return links().ready().size() == 4; });
  int moved = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string now = chosen("lab.example", user(i));
    if (now == before[i]) continue;
    ++moved;
    CHECK(now == "d");
  }
  CHECK(moved > 60);
  CHECK(moved < 140);

  cores.pop_back();  // and when it leaves all is as it was
  until([this] { return links().ready().size() == 3; });
  for (int i = 0; i < 300; ++i)
    CHECK(chosen("lab.example", user(i)) == before[i]);
}

TEST_CASE_FIXTURE(ThreeCores, "an overloaded core is left out until its load falls") {
  int mine = 0;
  while (chosen("lab.example", user(mine)) != "a")
    ++mine;
  tell_load(0, 64);
  CHECK(chosen("lab.example", user(mine)) == "a");  // within the slack
  tell_load(0, 65);
  CHECK(chosen("lab.example", user(mine)) == "b");
  tell_load(1, 1);
  CHECK(chosen("lab.example", user(mine)) == "a");  // 65 is no more than twice 1 and the slack
  tell_load(0, 4'000'000'000);
  CHECK(chosen("lab.example", user(mine)) == "b");
  tell_load(0, 0);
  CHECK(chosen("lab.example", user(mine)) == "a");
}

TEST_CASE_FIXTURE(ThreeCores, "without a user the least loaded core serves") {
  tell_load(0, 3);
  tell_load(1, 2);
  CHECK(chosen("lab.example", "") == "b");
  tell_load(1, 4);
  CHECK(chosen("lab.example", "") == "a");
  // What was sent since counts, so that a burst spreads before the cores have told.
  std::vector<std::unique_ptr<NotingCall>> calls;
  std::map<std::string, int> count;
  for (int i = 0; i < 11; ++i) {
    Link* link = links().choose("lab.example", "");
    ++count[link->core().name];
    calls.push_back(std::make_unique<NotingCall>());
    calls.back()->call = link->start(h2_lab::get("/x"), *calls.back());
  }
  CHECK(count["a"] == 6);
  CHECK(count["b"] == 5);
}

TEST_CASE("of two links of one core the younger is chosen") {
  TunnelLab lab;
  lab.add_core(lab.table);
  lab.until([&] { return lab.links().ready().size() == 1; });
  CoreWorker& again = lab.add_core(lab.new_table(1));
  again.hello.instance = "4567";
  lab.until([&] { return lab.links().ready().size() == 2; });
  CHECK(lab.links().choose("lab.example", "mac")->core().instance == "4567");
}

TEST_CASE("a call that starts on a link that just died fails from the loop") {
  TunnelLab lab;
  lab.add_core(lab.table);
  lab.until([&] { return lab.links().serves("lab.example"); });
  Link* link = lab.links().choose("lab.example", "mac");
  lab.cores.clear();
  NotingCall call;
  call.call = link->start(h2_lab::get("/x"), call);
  CHECK_FALSE(call.over());
  lab.until([&] { return call.over(); });
  CHECK(call.notes.failed->code == base::Errc::Closed);
}

TEST_CASE("somebody who only connects gets no link, and is let go") {
  TunnelLab lab;
  fakes::RecordingHandler notes;
  DialOptions plain;
  plain.remote = lab.listener->local();
  const auto stream = dial_stream(lab.loop, plain, notes);
  notes.ending = [&] { stream->close(); };
  lab.until([&] { return notes.opened == 1; });
  stream->write("GET / HTTP/1.1\r\n\r\n");
  lab.until([&] { return notes.closed && !lab.edge[0]->closed.empty(); });
  CHECK_FALSE(lab.edge[0]->closed[0].first);
  CHECK(lab.links().ready().empty());
}

}  // namespace
}  // namespace tunnel_lab
