#include "net/log_gather.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/traffic_log.h"
#include "tests/fakes/log_sink.h"

namespace net {
namespace {

struct CountingSink final : base::LogSink {
  void write(std::string_view lines) override {
    ++writes;
    text += lines;
  }
  int writes = 0;
  std::string text;
};

struct Writer final : Flushable {
  explicit Writer(LogGather& l) : log(l) {}
  void flush() override { log.write("from a flush\n"); }
  LogGather& log;
};

struct Fixture {
  Loop loop;
  CountingSink sink;
  LogGather log{loop, sink};
};

TEST_CASE_FIXTURE(Fixture, "the lines of a turn are handed on at its end, in order and at once") {
  loop.post([&] {
    log.write("one\n");
    log.write("two\nthree\n");
    CHECK(sink.text.empty());
  });
  loop.turn();
  CHECK(sink.text == "one\ntwo\nthree\n");
  CHECK(sink.writes == 1);
}

TEST_CASE_FIXTURE(Fixture, "a turn without lines hands on nothing") {
  loop.post([] {});
  loop.turn();
  CHECK(sink.writes == 0);
}

TEST_CASE_FIXTURE(Fixture, "what is logged while others flush leaves in the same turn") {
  Writer writer(log);
  loop.post([&] {
    log.write("before\n");
    loop.flush_later(writer);
  });
  loop.turn();
  CHECK(sink.text == "before\nfrom a flush\n");
}

TEST_CASE_FIXTURE(Fixture, "a long turn does not gather without end") {
  const std::string line(99, 'x');
  std::string all;
  loop.post([&] {
    while (all.size() < 10 * LogGather::kMaxBytes) {
      all += line + '\n';
      log.write(line + '\n');
      REQUIRE(all.size() - sink.text.size() <= LogGather::kMaxBytes);
    }
  });
  loop.turn();
  CHECK(sink.text == all);
}

TEST_CASE_FIXTURE(Fixture, "a line longer than may be gathered keeps its place") {
  for (const std::size_t size :
       {LogGather::kMaxBytes - 1, LogGather::kMaxBytes, LogGather::kMaxBytes + 1}) {
    CAPTURE(size);
    sink.text.clear();
    const std::string line(size, 'x');
    loop.post([&] {
      log.write("before\n");
      log.write(line);
      log.write("after\n");
    });
    loop.turn();
    CHECK(sink.text == "before\n" + line + "after\n");
  }
}

TEST_CASE("destruction hands on what is left, and the loop goes on without it") {
  Loop loop;
  CountingSink sink;
  auto log = std::make_unique<LogGather>(loop, sink);
  log->write("last\n");
  log.reset();
  CHECK(sink.text == "last\n");
  loop.post([] {});
  loop.turn();
  CHECK(sink.writes == 1);
}

TEST_CASE("threads that share a log lose no line, and keep the order of their own") {
  constexpr int kThreads = 3;
  constexpr int kLines = 2000;
  fakes::MemorySink sink;
  base::TrafficLog whole(sink, "edge", 1);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Loop loop;
      LogGather lines(loop, sink);
      base::TrafficLog log(lines, whole);
      for (int line = 0; line < kLines; ++line) {
        loop.post([&log, thread, line] {
          log.write({.reason = std::to_string(thread) + "/" + std::to_string(line) + "/"});
        });
        if (line % 7 == 0) loop.turn();
      }
      loop.turn();
    });
  }
  threads.clear();
  const std::string text = sink.text();
  for (int thread = 0; thread < kThreads; ++thread) {
    std::size_t at = 0;
    for (int line = 0; line < kLines; ++line) {
      const std::string word = "\"" + std::to_string(thread) + "/" + std::to_string(line) + "/\"\n";
      at = text.find(word, at);
      REQUIRE(at != text.npos);
    }
  }
}

}  // namespace
}  // namespace net
