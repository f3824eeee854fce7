#include "base/traffic_log.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"

namespace base {
namespace {

constexpr std::chrono::system_clock::time_point kSeedTime{
    std::chrono::milliseconds{1'409'605'154'237}};

struct Fixture {
  fakes::MemorySink sink;
  fakes::FakeClock clock;
  TrafficLog log{sink, "uclabexpwe01", 11402, Level::Debug, clock};

  Fixture() { clock.set_now(kSeedTime); }
  std::string dump(std::string_view message) {
    sink.clear();
    log.dump({}, message);
    const std::string text = sink.text();
    return text.substr(text.find('\n') + 1);
  }
};

const Endpoint kClient = *parse_endpoint("10.106.4.73:49243");
const Endpoint kTunnel = *parse_endpoint("127.0.0.1:34306");

TEST_CASE_FIXTURE(Fixture, "a received request is written as in the seed") {
  const TrafficIds ids("372", "");
  log.write({.detail = traffic::kReceiveRequest,
             .ids = &ids,
             .src = kClient,
             .msg = "GET https://dWNsYWI/cucm-uds/version HTTP/1.1"});
  CHECK(sink.text() ==
        "2014-09-01T20:59:14+00:00 uclabexpwe01 traffic_server[11402]: "
        "UTCTime=\"2014-09-01 20:59:14,237\" Module=\"network.http.trafficserver\" "
        "Level=\"INFO\": Detail=\"Receive Request\" Txn-id=\"372\" Src-ip=\"10.106.4.73\" "
        "Src-port=\"49243\" Msg=\"GET https://dWNsYWI/cucm-uds/version HTTP/1.1\"\n");
}

TEST_CASE_FIXTURE(Fixture, "all keys of an HTTP line come in the order of the grammar") {
  const TrafficField extra[] = {{"User", "mac.donald"}};
  const TrafficIds ids("372", "00ff");
  log.write({.level = Level::Error,
             .detail = traffic::kSendingRequest,
             .ids = &ids,
             .dst = kTunnel,
             .tunnel_dst_host = "uclabexpwc02",
             .msg = "GET / HTTP/1.1",
             .event = "No link",
             .reason = "no core is connected",
             .extra = extra});
  CHECK(sink.text().ends_with(
      " Level=\"ERROR\": Detail=\"Sending Request\" Txn-id=\"372\" Flow-id=\"00ff\" "
      "Dst-ip=\"127.0.0.1\" Dst-port=\"34306\" Tunnel-dst-host=\"uclabexpwc02\" "
      "Msg=\"GET / HTTP/1.1\" Event=\"No link\" Reason=\"no core is connected\" "
      "User=\"mac.donald\"\n"));
}

TEST_CASE_FIXTURE(Fixture, "ids are escaped, and left out where there are none") {
  const std::string_view all[] = {"", "372", "a \"quoted\" one", "two\nlines"};
  const auto shown = [](const std::string& key, std::string_view value) {
    return value.empty() ? std::string() : " " + key + "=\"" + escape_for_log(value) + "\"";
  };
  for (const std::string_view txn : all) {
    for (const std::string_view flow : all) {
      CAPTURE(txn);
      CAPTURE(flow);
      sink.clear();
      const TrafficIds ids(txn, flow);
      CHECK(ids.txn_id() == txn);
      log.write({.detail = "d", .ids = &ids, .msg = "m"});
      CHECK(sink.text().ends_with(" Detail=\"d\"" + shown("Txn-id", txn) + shown("Flow-id", flow) +
                                  " Msg=\"m\"\n"));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "a dump shows the message between bars and hides credentials") {
  const TrafficIds ids("372", "");
  const TrafficEvent event{
      .detail = traffic::kReceiveRequest, .ids = &ids, .src = kClient, .msg = "GET / HTTP/1.1"};
  log.dump(event,
           "GET / HTTP/1.1\r\nAuthorization: Basic bWFj\r\nHost: edge:8443\r\n"
           "cookie : X-Auth=d7be94ee\r\nPROXY-AUTHORIZATION:Digest a\r\n\r\n");
  CHECK(sink.text() ==
        "2014-09-01T20:59:14+00:00 uclabexpwe01 traffic_server[11402]: "
        "UTCTime=\"2014-09-01 20:59:14,237\" Module=\"network.http.trafficserver\" "
        "Level=\"DEBUG\": Detail=\"Receive Request\" Txn-id=\"372\" Src-ip=\"10.106.4.73\" "
        "Src-port=\"49243\"\n"
        "HTTPMSG:\n"
        "|GET / HTTP/1.1\n"
        "Authorization: xxxxx\n"
        "Host: edge:8443\n"
        "cookie : xxxxx\n"
        "PROXY-AUTHORIZATION: xxxxx\n"
        "|\n");
}

TEST_CASE_FIXTURE(Fixture, "SIP lines name the connection before the detail") {
  const TrafficEvent event{.module = TrafficModule::Sip,
                           .action = traffic::kReceived,
                           .local = *parse_endpoint("10.106.4.81:7002"),
                           .detail = "Receive Response Code=200, Method=SERVICE",
                           .flow_id = "00ff",
                           .src = *parse_endpoint("10.106.4.80:25000"),
                           .msg_hash = "6408589217409035266"};
  log.write(event);
  CHECK(sink.text() ==
        "2014-09-01T20:59:14+00:00 uclabexpwe01 tvcs: UTCTime=\"2014-09-01 20:59:14,237\" "
        "Module=\"network.sip\" Level=\"INFO\": Action=\"Received\" Local-ip=\"10.106.4.81\" "
        "Local-port=\"7002\" Src-ip=\"10.106.4.80\" Src-port=\"25000\" "
        "Detail=\"Receive Response Code=200, Method=SERVICE\" Flow-id=\"00ff\" "
        "Msg-Hash=\"6408589217409035266\"\n");
  sink.clear();
  log.dump(event, "SIP/2.0 200 OK\r\nCSeq: 1 SERVICE\r\n\r\nbody\n");
  CHECK(sink.text().ends_with(
      "Level=\"DEBUG\": Action=\"Received\" Local-ip=\"10.106.4.81\" Local-port=\"7002\" "
      "Src-ip=\"10.106.4.80\" Src-port=\"25000\" Flow-id=\"00ff\" "
      "Msg-Hash=\"6408589217409035266\"\nSIPMSG:\n|SIP/2.0 200 OK\nCSeq: 1 SERVICE\n\nbody\n|\n"));
}

TEST_CASE_FIXTURE(Fixture, "a folded line of a masked field is masked with it") {
  CHECK(dump("A: 1\r\n b\r\nAuthorization: Digest\r\n response=1,\r\n\tnonce=2\r\nB: 2\r\n c") ==
        "HTTPMSG:\n|A: 1\n b\nAuthorization: xxxxx\n\n\nB: 2\n c\n|\n");
}

TEST_CASE_FIXTURE(Fixture, "no line end in a message hides a masked field") {
  for (const std::string_view end : {"\r\n", "\n", "\r", "\r\r", "\n\r"}) {
    CAPTURE(escape_for_log(end));
    const std::string message = "A: b" + std::string(end) + "Cookie: secret" + std::string(end);
    CHECK(dump(message).find("secret") == std::string::npos);
  }
  CHECK(dump("A: b\rC: d") == "HTTPMSG:\n|A: b\\x0d\nC: d\n|\n");
}

TEST_CASE_FIXTURE(Fixture, "a message cannot close its dump or open a line") {
  struct Case {
    std::string_view message;
    std::string_view shown;
  };
  const Case cases[] = {
      {"", "|\n"},
      {"\r\n\r\n", "|\n"},
      {"|", "|\\x7c\n"},
      {"a\r\n|\r\nb", "|a\n\\x7c\nb\n"},
      {"a\n|", "|a\n\\x7c\n"},
      {"a\n||", "|a\n\\x7c|\n"},
      {"a|b", "|a|b\n"},
      {"X: UTCTime=\"2014\"", "|X: UTCTime=\\x222014\\x22\n"},
      {"Identity: \"AQ==\"", "|Identity: \"AQ==\"\n"},
      {"a='\n2026-11-20T11:50:00.123Z edge warn: link down core=\"x\"\n'",
       "|a='\n\\x32026-11-20T11:50:00.123Z edge warn: link down core=\"x\"\n'\n"},
      {"2026-\n202-1\n2026 -\n20261-", "|\\x32026-\n202-1\n2026 -\n20261-\n"},
      {std::string_view("a\0b\x1b[2J\x7f\x85\xe2\x80\xa8", 12),
       "|a\\x00b\\x1b[2J\\x7f\\x85\\xe2\\x80\\xa8\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    CHECK(dump(c.message) == "HTTPMSG:\n" + std::string(c.shown) + "|\n");
  }
}

TEST_CASE_FIXTURE(Fixture, "a value cannot forge a line or a key") {
  log.write(
      {.detail = "Receive Request",
       .msg = "GET /\" Event=\"x\r\n2014-09-01T20:59:14+00:00 h traffic_server[1]: HTTP/1.1"});
  const std::string text = sink.text();
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(
      text.ends_with("Msg=\"GET /\\x22 Event=\\x22x\\x0d\\x0a2014-09-01T20:59:14+00:00 h "
                     "traffic_server[1]: HTTP/1.1\"\n"));
}

TEST_CASE_FIXTURE(Fixture, "the host name in every line is escaped") {
  const TrafficLog odd(sink, "a\nb", 1);
  TrafficLog log2(sink, "a\nb", 1, Level::Info, clock);
  log2.write({.detail = "x"});
  CHECK(sink.text().find(" a\\x0ab traffic_server[1]: ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "values and dumps over their limit are cut, and say so") {
  const std::string longest(traffic::kMaxValueBytes, 'a');
  log.write({.msg = longest});
  CHECK(sink.text().ends_with("Msg=\"" + longest + "\"\n"));
  sink.clear();
  log.write({.msg = longest + "b"});
  CHECK(sink.text().ends_with("Msg=\"" + longest + "[cut]\"\n"));

  const std::string message(traffic::kMaxDumpBytes, 'a');
  CHECK(dump(message) == "HTTPMSG:\n|" + message + "\n|\n");
  CHECK(dump(message + "b") == "HTTPMSG:\n|" + message + "\n[cut]\n|\n");
}

TEST_CASE_FIXTURE(Fixture, "the level decides at run time") {
  log.set_level(Level::Error);
  log.write({.detail = "x"});
  log.dump({}, "GET / HTTP/1.1");
  CHECK(sink.text().empty());
  log.write({.level = Level::Error, .event = "No link"});
  CHECK(sink.text().ends_with("Level=\"ERROR\": Event=\"No link\"\n"));
  sink.clear();
  log.set_level(Level::Info);
  log.dump({}, "GET / HTTP/1.1");
  CHECK(sink.text().empty());
  CHECK_FALSE(log.enabled(Level::Debug));
}

TEST_CASE("a log by way of another sink writes the same lines, at the level of the whole") {
  fakes::MemorySink sink;
  fakes::MemorySink other;
  fakes::FakeClock clock;
  TrafficLog whole(sink, "edge", 7, Level::Warn, clock);
  TrafficLog part(other, whole);
  CHECK(&whole.sink() == &sink);
  CHECK_FALSE(part.enabled(Level::Info));
  part.write({.msg = "not written"});
  CHECK(other.text().empty());
  whole.set_level(Level::Debug);
  CHECK(part.enabled(Level::Debug));
  for (const TrafficModule module :
       {TrafficModule::Http, TrafficModule::Sip, TrafficModule::Xmpp}) {
    whole.write({.module = module, .msg = "same"});
    part.write({.module = module, .msg = "same"});
  }
  CHECK_FALSE(sink.text().empty());
  CHECK(other.text() == sink.text());
}

}  // namespace
}  // namespace base
