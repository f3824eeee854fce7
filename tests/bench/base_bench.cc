// base/: base64, escaping, a line of the traffic log.

#include <string>

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "base/traffic_log.h"
#include "tests/bench/bench.h"

namespace bench {
namespace {

void base64_encode(benchmark::State& state) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  repeat(state, bytes.size(), [&] { return base::encode_base64url(bytes).size() > 0; });
}
BENCHMARK(base64_encode)->Arg(40)->Arg(1024);

void base64_decode(benchmark::State& state) {
  const std::string text =
      base::encode_base64url(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  repeat(state, text.size(), [&] { return base::decode_base64(text); });
}
BENCHMARK(base64_decode)->Arg(40)->Arg(1024);

void hex_decode(benchmark::State& state) {
  const std::string text = base::encode_hex(std::string(16, 'x'));
  repeat(state, text.size(), [&] { return base::decode_hex(text); });
}
BENCHMARK(hex_decode);

void escape_for_log(benchmark::State& state) {
  const std::string text = "GET /cucm-uds/user/mac.donald/devices?max=\"10\" HTTP/1.1";
  repeat(state, text.size(), [&] { return !base::escape_for_log(text).empty(); });
}
BENCHMARK(escape_for_log);

class NoSink final : public base::LogSink {
 public:
  void write(std::string_view line) override { benchmark::DoNotOptimize(line); }
};

void traffic_line(benchmark::State& state) {
  NoSink sink;
  base::TrafficLog log(sink, "edge", 4711);
  const base::Endpoint client = *base::parse_endpoint("203.0.113.7:50123");
  const base::Endpoint core = *base::parse_endpoint("10.1.2.3:7001");
  const base::TrafficIds ids("782398219429440772", "0123456789abcdef0123456789abcdef");
  const base::TrafficEvent event{.detail = "Receive Request",
                                 .ids = &ids,
                                 .src = client,
                                 .dst = core,
                                 .tunnel_dst_host = "ucm-sub.lab.example",
                                 .msg = "GET /cucm-uds/user/mac.donald/devices HTTP/1.1"};
  repeat(state, 0, [&] {
    log.write(event);
    return true;
  });
}
BENCHMARK(traffic_line);

void traffic_dump(benchmark::State& state) {
  NoSink sink;
  base::TrafficLog log(sink, "edge", 4711, base::Level::Debug);
  const std::string head =
      "GET /bGFiLmV4YW1wbGU/get_edge_config HTTP/1.1\r\nHost: edge.lab.example:8443\r\n"
      "Authorization: Basic bWFjLmRvbmFsZDpzZWNyZXQ=\r\nCookie: X-Auth=abc\r\n\r\n";
  repeat(state, head.size(), [&] {
    log.dump({.detail = "Receive Request"}, head);
    return true;
  });
}
BENCHMARK(traffic_dump);

}  // namespace
}  // namespace bench
