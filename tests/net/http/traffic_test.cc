#include "net/http/traffic.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"

namespace net::http {
namespace {

struct Traced {
  explicit Traced(base::Level level) : log(sink, "edge", 7, level, clock) {}
  // What was written since the last call, without what stands in front of every line.
  std::string written() {
    std::string text = sink.text();
    sink.clear();
    const std::string_view front =
        "2026-11-20T11:50:00+00:00 edge traffic_server[7]: UTCTime=\"2026-11-20 11:50:00,123\" "
        "Module=\"network.http.trafficserver\" ";
    for (std::size_t at = text.find(front); at != text.npos; at = text.find(front, at))
      text.erase(at, front.size());
    return text;
  }
  fakes::MemorySink sink;
  fakes::FakeClock clock;
  base::TrafficLog log;
  ExchangeTrace trace{log, "372", "00ff"};
};

const base::Endpoint kClient = *base::parse_endpoint("10.106.4.73:49243");

RequestHead request() {
  RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "edge.lab.example:8443";
  head.target = "/dWNsYWI/cucm-uds/version";
  head.fields.add("user-agent", "jabber");
  head.fields.add("authorization", "Basic c2VjcmV0");
  head.fields.add("cookie", "X-Auth=secret");
  return head;
}

TEST_CASE("each message of an exchange is one line with the same ids") {
  Traced t(base::Level::Info);
  t.trace.receive_request(kClient, request(), "https://dWNsYWI/cucm-uds/version");
  CHECK(t.written() ==
        "Level=\"INFO\": Detail=\"Receive Request\" Txn-id=\"372\" Flow-id=\"00ff\" "
        "Src-ip=\"10.106.4.73\" Src-port=\"49243\" "
        "Msg=\"GET https://dWNsYWI/cucm-uds/version HTTP/1.1\"\n");
  t.trace.sending_request(kClient, request(), "http://x/y", "core");
  CHECK(t.written() ==
        "Level=\"INFO\": Detail=\"Sending Request\" Txn-id=\"372\" Flow-id=\"00ff\" "
        "Dst-ip=\"10.106.4.73\" Dst-port=\"49243\" Tunnel-dst-host=\"core\" "
        "Msg=\"GET http://x/y HTTP/1.1\"\n");
  ResponseHead response;
  response.status = 404;
  t.trace.receive_response(kClient, response);
  CHECK(t.written() ==
        "Level=\"INFO\": Detail=\"Receive Response\" Txn-id=\"372\" Flow-id=\"00ff\" "
        "Src-ip=\"10.106.4.73\" Src-port=\"49243\" Msg=\"HTTP/1.1 404 Not Found\"\n");
  t.trace.sending_response(kClient, response);
  CHECK(t.written().find("Detail=\"Sending Response\"") != std::string::npos);
  t.trace.event(base::Level::Warn, "Refused", "not on the \"list\"\nat all");
  const std::string event = t.written();
  CHECK(event.find("Level=\"WARN\": Txn-id=\"372\" Flow-id=\"00ff\" Event=\"Refused\" Reason=") !=
        std::string::npos);
  CHECK(event.find('\n') == event.size() - 1);
}

TEST_CASE("a target may come in pieces") {
  Traced t(base::Level::Debug);
  t.trace.receive_request(kClient, request(), {"https:/", request().target});
  const std::string pieces = t.written();
  t.trace.receive_request(kClient, request(), "https:/" + request().target);
  CHECK(pieces == t.written());
  t.trace.sending_request(kClient, request(), {"http", "://", "host", "/x"}, "core");
  CHECK(t.written().find(" Tunnel-dst-host=\"core\" Msg=\"GET http://host/x HTTP/1.1\"\n") !=
        std::string::npos);
}

TEST_CASE("at DEBUG the head follows, names as people know them, secrets masked") {
  Traced t(base::Level::Debug);
  RequestHead head = request();
  head.content_length = 12;
  t.trace.receive_request(kClient, head, "/x");
  const std::string text = t.written();
  const std::size_t dump = text.find("HTTPMSG:\n|");
  REQUIRE(dump != std::string::npos);
  const std::string message = text.substr(dump);
  for (const std::string_view line :
       {"|GET /x HTTP/1.1\n", "\nHost: edge.lab.example:8443\n", "\nUser-Agent: jabber\n",
        "\nAuthorization: xxxxx", "\nCookie: ", "\nContent-Length: 12\n"}) {
    CAPTURE(line);
    CHECK(message.find(line) != std::string::npos);
  }
  CHECK(text.find("c2VjcmV0") == std::string::npos);
  CHECK(text.find("secret") == std::string::npos);

  ResponseHead response;
  response.content_length = 0;
  response.fields.add("set-cookie", "X-Auth=secret; Path=/");
  t.trace.sending_response(kClient, response);
  const std::string answer = t.written();
  CHECK(answer.find("|HTTP/1.1 200 OK\nSet-Cookie: ") != std::string::npos);
  CHECK(answer.find("secret") == std::string::npos);
  CHECK(answer.find("Content-Length") == std::string::npos);
}

TEST_CASE("what the level does not ask for is not written") {
  Traced t(base::Level::Error);
  t.trace.receive_request(kClient, request(), "/x");
  t.trace.sending_response(kClient, {});
  t.trace.event(base::Level::Warn, "Refused", "why");
  CHECK(t.written().empty());
}

TEST_CASE("a hop is named by its address") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"10.106.4.81", "vcs[0A6A0451]"},
      {"255.0.1.16", "vcs[FF000110]"},
      {"2001:db8::1", "vcs[2001:db8::1]"},
  };
  for (const auto& [address, name] : cases) {
    CAPTURE(address);
    CHECK(via_name(*base::parse_ip(address)) == name);
  }
}

}  // namespace
}  // namespace net::http
