#include "support/explain.h"
#include "tests/support/has.h"

#include <doctest/doctest.h>

namespace support {
namespace {

using base::Errc;

net::http::ResponseHead answer(int status, std::string_view name = {},
                               std::string_view value = {}) {
  net::http::ResponseHead head;
  head.status = status;
  if (!name.empty()) head.fields.add(name, value);
  return head;
}

TEST_CASE("a status is explained by what was asked for") {
  constexpr std::string_view kChallenge = "WWW-Authenticate";
  constexpr std::string_view kOurs = "Basic realm=\"Cisco-Edge\"";
  constexpr std::string_view kTheirs = "Basic realm=\"Cisco Web Services Realm\"";
  struct Case {
    Asked asked;
    net::http::ResponseHead head;
    std::string_view problem;
    std::string_view advice;
  };
  const Case cases[] = {
      {Asked::EdgeConfig, answer(401, kChallenge, kOurs), "wrong user name or password", "core"},
      {Asked::EdgeConfig, answer(401), "not by this edge", "proxy"},
      {Asked::Uds, answer(401, kChallenge, kOurs), "session of this sign-in", "clocks"},
      {Asked::Uds, answer(401, kChallenge, kTheirs), "call manager itself", "nodes"},
      {Asked::EdgeConfig, answer(403), "not enabled for remote access", "access control"},
      {Asked::DeviceFile, answer(403), "own user", "devices"},
      {Asked::SharedFile, answer(403), "ucm:6970", "allow list"},
      {Asked::EdgeConfig, answer(404), "does not serve this domain", "domains"},
      {Asked::DeviceFile, answer(404), "ucm:6970", "TFTP"},
      {Asked::EdgeConfig, answer(429, "Retry-After", "300"), "tried again after 300 s", "clients"},
      {Asked::Uds, answer(502), "ucm:6970", "core's log"},
      {Asked::EdgeConfig, answer(503, "Retry-After", "5"), "no link to a core", "port 7001"},
      {Asked::EdgeConfig, answer(503, "Retry-After", "5"), "after 5 s", "port 7001"},
      {Asked::Uds, answer(504), "did not answer the core in time", "server runs"},
      {Asked::Uds, answer(500), "failed with 500", "logs"},
      {Asked::EdgeConfig, answer(400), "form of the request", "edge's log"},
      {Asked::EdgeConfig, answer(302), "elsewhere", "portal"},
      {Asked::Uds, answer(418), "418", "edge's log"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.head.status);
    CAPTURE(c.problem);
    const Explanation explanation = explain_status(c.asked, c.head, "ucm:6970");
    CAPTURE(explanation.problem);
    CHECK(has(explanation.problem, c.problem));
    CHECK(has(explanation.advice, c.advice));
  }
}

TEST_CASE("every status of every question has a problem and an advice") {
  for (int status = 200; status < 600; ++status) {
    for (const Asked asked :
         {Asked::EdgeConfig, Asked::Uds, Asked::DeviceFile, Asked::SharedFile}) {
      CAPTURE(status);
      const Explanation explanation = explain_status(asked, answer(status), "ucm:8443");
      CHECK(!explanation.problem.empty());
      CHECK(!explanation.advice.empty());
    }
  }
}

TEST_CASE("a connection that failed in TCP is told from one that failed in TLS") {
  struct Case {
    base::Error why;
    bool reached;
    bool http2;
    std::string_view problem;
    std::string_view advice;
  };
  const Case cases[] = {
      {{Errc::Refused, "refused"}, false, false, "no connection", "listens on this port"},
      {{Errc::Timeout, "5000 ms"}, false, false, "in time", "firewalls"},
      {{Errc::Refused, "name: no SAN fits"},
       true,
       false,
       "certificate is not accepted",
       "_collab-edge._tls.lab.example"},
      {{Errc::Closed, "alert"}, true, true, "no HTTP/2", "without --http2"},
      {{Errc::Closed, "peer closed"}, true, false, "TLS handshake failed", "what listens"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.problem);
    const Explanation explanation =
        explain_no_connection(c.why, {"edge (10.1.2.3:8443)", "lab.example", c.reached, c.http2});
    CHECK(has(explanation.problem, "edge (10.1.2.3:8443)"));
    CHECK(has(explanation.problem, c.problem));
    CHECK(has(explanation.advice, c.advice));
  }
}

TEST_CASE("an answer that did not come is explained by how it ended") {
  for (const Errc code : {Errc::Timeout, Errc::Closed, Errc::TooLarge, Errc::Malformed,
                          Errc::Refused, Errc::System, Errc::Unsupported, Errc::NotFound}) {
    const Explanation explanation = explain_no_answer({code, "the detail"});
    CHECK(has(explanation.problem, "the detail"));
    CHECK(!explanation.advice.empty());
  }
}

TEST_CASE("what the server said is one printable line of limited length") {
  const auto plain = answer(403, "Content-Type", "text/plain; charset=utf-8");
  CHECK(server_said(plain, " host not allowed \nmore") == "host not allowed");
  CHECK(server_said(plain, "a\x1b[31mb\x9b") == "a\\x1b[31mb\\x9b");
  CHECK(server_said(plain, std::string(5000, 'x')).size() == kMaxSaidBytes + 3);
  CHECK(server_said(plain, "") == "");
  CHECK(server_said(answer(403, "Content-Type", "text/html"), "<h1>no</h1>") == "");
  CHECK(server_said(answer(403), "no") == "");
}

}  // namespace
}  // namespace support
