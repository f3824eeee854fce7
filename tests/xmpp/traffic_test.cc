#include "xmpp/traffic.h"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"

namespace xmpp {
namespace {

struct Fixture {
  fakes::MemorySink sink;
  fakes::FakeClock clock;
  base::TrafficLog log{sink, "edge", 7, base::Level::Debug, clock};
  Hop hop{"00ff", *base::parse_endpoint("10.106.4.73:49243"), {}, "core.lab.example"};

  Fixture() {
    clock.set_now(
        std::chrono::system_clock::time_point{std::chrono::milliseconds{1'409'605'154'237}});
  }
};

TEST_CASE_FIXTURE(Fixture, "an event is a line with what is known of the stream") {
  log_stream(log, hop, base::traffic::kStreamAuthenticated,
             {.to = "lab.example", .user = "mac.donald", .mechanism = "PLAIN"});
  CHECK(sink.text() ==
        "2014-09-01T20:59:14+00:00 edge xcp: UTCTime=\"2014-09-01 20:59:14,237\" "
        "Module=\"network.xmpp\" Level=\"INFO\": Detail=\"XMPP Stream Authenticated\" "
        "Flow-id=\"00ff\" Src-ip=\"10.106.4.73\" Src-port=\"49243\" "
        "Tunnel-dst-host=\"core.lab.example\" To=\"lab.example\" User=\"mac.donald\" "
        "Mechanism=\"PLAIN\"\n");
  sink.clear();
  log_stream(log, hop, base::traffic::kStreamClosed,
             {.to = "lab.example", .jid = "a@b/\"c", .reason = "gone\nUTCTime"});
  CHECK(
      sink.text().ends_with("Reason=\"gone\\x0aUTCTime\" To=\"lab.example\" Jid=\"a@b/\\x22c\"\n"));
}

TEST_CASE_FIXTURE(Fixture, "a stanza is dumped at DEBUG, and no secret in it") {
  log_stanza(log, hop, Direction::Received, "<message><body>hi</body></message>", false);
  CHECK(sink.text().ends_with(
      "Level=\"DEBUG\": Detail=\"Receive Stanza\" Flow-id=\"00ff\" Src-ip=\"10.106.4.73\" "
      "Src-port=\"49243\" Tunnel-dst-host=\"core.lab.example\"\nXMPPMSG:\n"
      "|<message><body>hi</body></message>\n|\n"));
  sink.clear();
  log_stanza(log, hop, Direction::Sent, "<auth mechanism='PLAIN'>AGEAYg==</auth>", true);
  CHECK(sink.text().find("AGEAYg") == std::string::npos);
  CHECK(sink.text().find("Detail=\"Send Stanza\"") != std::string::npos);
  CHECK(sink.text().find("|<auth mechanism='PLAIN'>xxxxx</auth>\n|\n") != std::string::npos);
  sink.clear();
  log.set_level(base::Level::Info);
  log_stanza(log, hop, Direction::Sent, "<presence/>", false);
  CHECK(sink.text().empty());
}

}  // namespace
}  // namespace xmpp
