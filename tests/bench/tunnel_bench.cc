// net/tunnel/: the lines that edge and core exchange about themselves.

#include <chrono>
#include <string>

#include "net/tunnel/control.h"
#include "tests/bench/bench.h"

namespace bench {
namespace {

using namespace net::tunnel;

CoreHello hello() {
  CoreHello made;
  made.name = "core.lab.example";
  made.instance = "0123456789abcdef0123456789abcdef";
  made.domains = {"lab.example", "branch.lab.example"};
  made.keys = {"AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG"};
  made.time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  made.sip_routes = {"ucm-pub.lab.example", "ucm-sub.lab.example"};
  return made;
}

void link_hello_encode(benchmark::State& state) {
  const CoreHello made = hello();
  repeat(state, 0, [&] { return !encode_hello(made).empty(); });
}
BENCHMARK(link_hello_encode);

void link_hello_decode(benchmark::State& state) {
  std::string line = encode_hello(hello());
  line.pop_back();
  repeat(state, line.size(), [&] { return decode_core_hello(line); });
}
BENCHMARK(link_hello_decode);

void link_event_decode(benchmark::State& state) {
  std::string line = encode_event({.load = 17, .revocations = {}});
  line.pop_back();
  repeat(state, line.size(), [&] { return decode_event(line); });
}
BENCHMARK(link_event_decode);

void link_lines(benchmark::State& state) {
  std::string lines;
  for (int i = 0; i < 10; ++i)
    lines += encode_event({.load = 17, .revocations = {}});
  std::string line;
  repeat(state, lines.size(), [&] {
    LineReader reader;
    int count = 0;
    if (!reader.feed(lines)) return false;
    while (reader.next(line))
      ++count;
    return count == 10;
  });
}
BENCHMARK(link_lines);

}  // namespace
}  // namespace bench
