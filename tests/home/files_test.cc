#include "home/files.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/fakes/log_sink.h"
#include "tests/home/fake_exchange.h"
#include "tests/home/scratch.h"

namespace home {
namespace {

struct Bench {
  Lab lab;
  Cluster cluster;
  fakes::MemorySink lines;
  base::TrafficLog traffic{lines, "home", 1, base::Level::Info, lab.clock};
  AccessLog log{traffic};

  Bench() { cluster.nodes = {"ucm-pub.lab.example"}; }
  std::string folder() { return lab.scratch.path("files"); }
};

TEST_CASE("device files, the profile and the dial rules are made from what the store knows") {
  Bench bench;
  Files files(bench.cluster, bench.lab.store, bench.log, "");
  struct Case {
    const char* target;
    int status;
    const char* holds;
  };
  const Case cases[] = {
      {"/MDonald.cnf.xml", 200, "<name>5002</name>"},
      {"/RKnotts.cnf.xml", 200, "<authName>rknotts</authName>"},
      {"/SPDefault.cnf.xml", 200, "<serviceProfile><versionStamp>"},
      {"/CUPC/AppDialRules.xml", 200, "<DialRules></DialRules>"},
      {"/CUPC/DirLookupDialRules.xml", 200, "<DialRules></DialRules>"},
      {"/jabber-config.xml", 404, ""},
      {"/mdonald.cnf.xml", 404, ""},
      {"/MDonald.cnf.xml.sgn", 404, ""},
      {"/.cnf.xml", 404, ""},
      {"/CUPC/MDonald.cnf.xml", 404, ""},
      {"/AppDialRules.xml", 404, ""},
      {"/%2e%2e/etc/passwd", 400, ""},
      {"/..%2fetc", 400, ""},
      {"//MDonald.cnf.xml", 400, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    FakeExchange exchange(c.target);
    files.handle(exchange);
    CHECK(exchange.finished());
    CHECK(exchange.status() == c.status);
    CHECK(exchange.body().find(c.holds) != std::string::npos);
  }
}

TEST_CASE("the folder's files come as they are, before what would be made, but after devices") {
  Bench bench;
  bench.lab.scratch.file("files/jabber-config.xml", "<config/>");
  bench.lab.scratch.file("files/CUPC/AppDialRules.xml", "<DialRules>1</DialRules>");
  bench.lab.scratch.file("files/MDonald.cnf.xml", "an impostor");
  Files files(bench.cluster, bench.lab.store, bench.log, bench.folder());
  const auto get = [&](const char* target) {
    FakeExchange exchange(target);
    files.handle(exchange);
    CHECK(exchange.finished());
    CHECK(exchange.status() == 200);
    return exchange.body();
  };
  CHECK(get("/jabber-config.xml") == "<config/>");
  CHECK(get("/CUPC/AppDialRules.xml") == "<DialRules>1</DialRules>");
  CHECK(get("/MDonald.cnf.xml").find("impostor") == std::string::npos);
}

TEST_CASE("HEAD shows the length without the body, other methods are refused") {
  Bench bench;
  bench.lab.scratch.file("files/jabber-config.xml", "<config/>");
  Files files(bench.cluster, bench.lab.store, bench.log, bench.folder());
  FakeExchange head("/jabber-config.xml", "HEAD");
  files.handle(head);
  CHECK(head.finished());
  CHECK(head.response().content_length == 9);
  CHECK(head.body().empty());
  FakeExchange put("/jabber-config.xml", "PUT");
  files.handle(put);
  CHECK(put.status() == 405);
  CHECK(put.field("Allow") == "GET, HEAD");
}

TEST_CASE("a large file is never further ahead than the client takes it") {
  Bench bench;
  std::string content(1'000'003, '\0');
  for (std::size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<char>(i * 31 / 7);
  bench.lab.scratch.file("files/ring.raw", content);
  Files files(bench.cluster, bench.lab.store, bench.log, bench.folder());
  FakeExchange exchange("/ring.raw");
  files.handle(exchange);
  CHECK(exchange.field("Content-Type") == "application/octet-stream");
  int rounds = 0;
  while (!exchange.finished() && rounds < 100) {
    exchange.drain();
    ++rounds;
  }
  CHECK(exchange.body() == content);
  CHECK(rounds > 5);
  CHECK(exchange.most_queued() <= net::http::Flow::kHighWater + 16 * 1024);
}

TEST_CASE("a file that becomes shorter on the way ends in a reset, not in a short body") {
  Bench bench;
  const std::string path = bench.lab.scratch.file("files/ring.raw", std::string(500'000, 'x'));
  Files files(bench.cluster, bench.lab.store, bench.log, bench.folder());
  FakeExchange exchange("/ring.raw");
  files.handle(exchange);
  std::filesystem::resize_file(path, 1000);
  exchange.drain();
  CHECK(exchange.was_reset());
  CHECK_FALSE(exchange.finished());
}

}  // namespace
}  // namespace home
