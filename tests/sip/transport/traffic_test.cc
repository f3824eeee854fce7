#include "sip/transport/traffic.h"

#include <doctest/doctest.h>

#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"
#include "tests/sip/transport/wire.h"

namespace sip::transport {
namespace {

struct Fixture {
  fakes::MemorySink sink;
  fakes::FakeClock clock;
  base::TrafficLog log{sink, "edge", 1, base::Level::Debug, clock};

  std::string logged(std::string_view text, Direction direction) {
    sink.clear();
    const auto message = parse_message(text);
    REQUIRE(message);
    log_message(log,
                {direction, *base::parse_endpoint("10.0.0.1:5061"),
                 *base::parse_endpoint("10.0.0.2:4000"), "00ff"},
                *message, text);
    return sink.text();
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST_CASE_FIXTURE(Fixture, "a request received, a response sent") {
  const std::string request = logged(options_request("id1"), Direction::Received);
  CHECK(has(request,
            "Action=\"Received\" Local-ip=\"10.0.0.1\" Local-port=\"5061\" Src-ip=\"10.0.0.2\" "
            "Src-port=\"4000\" Detail=\"Receive Request Method=OPTIONS, CSeq=7, "
            "Request-URI=sip:edge.lab.example, To=sip:b@lab.example, Call-ID=id1, From-Tag=f, "
            "To-Tag=, Msg-Hash="));
  CHECK(has(request, " Flow-id=\"00ff\""));
  CHECK(has(request, "\nSIPMSG:\n|OPTIONS sip:edge.lab.example SIP/2.0\n"));
  const std::string response = logged(
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h\r\nFrom: <sip:a@h>;tag=f\r\nTo: <sip:b@h>;tag=t\r\n"
      "Call-ID: id2\r\nCSeq: 9 SERVICE\r\nContent-Length: 0\r\n\r\n",
      Direction::Sent);
  CHECK(has(response, "Action=\"Sent\""));
  CHECK(has(response, "Dst-ip=\"10.0.0.2\""));
  CHECK(has(response,
            "Detail=\"Sending Response Code=200, Method=SERVICE, CSeq=9, To=sip:b@h, "
            "Call-ID=id2, From-Tag=f, To-Tag=t, Msg-Hash="));
}

TEST_CASE_FIXTURE(Fixture, "the same message has the same hash wherever it is seen") {
  const auto hash_in = [](const std::string& text) {
    const std::size_t at = text.find("Msg-Hash=") + 9;
    return text.substr(at, text.find_first_not_of("0123456789", at) - at);
  };
  const std::string sent = hash_in(logged(options_request("a"), Direction::Sent));
  CHECK(sent == hash_in(logged(options_request("a"), Direction::Received)));
  CHECK(sent != hash_in(logged(options_request("b"), Direction::Received)));
}

TEST_CASE_FIXTURE(Fixture, "no credentials, neither in fields nor in a SERVICE's body") {
  const std::string body =
      "<digestSA><ha1 algorithm=\"MD5\">secret1</ha1><ha1 algorithm=\"SHA-256\">secret2</ha1>"
      "</digestSA><ha1>secret3";
  const std::string text =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h\r\nCSeq: 9 SERVICE\r\nProxy-Authorization: Digest "
      "secret4,\r\n  secret5\r\nAuthorization: secret6\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  const std::string shown = logged(text, Direction::Received);
  CHECK_FALSE(has(shown, "secret"));
  CHECK(has(shown, "<ha1 algorithm=\"MD5\">xxxxx</ha1>"));
}

TEST_CASE_FIXTURE(Fixture, "a refusal says the cause in words, a quiet log says nothing") {
  log_event(log, base::Level::Info, {.remote = *base::parse_endpoint("10.0.0.2:4000")},
            "Request Refused", "403 line 5003 is not of \"mac\"");
  CHECK(has(sink.text(), "Event=\"Request Refused\" Reason=\"403 line 5003 is not of "));
  log.set_level(base::Level::Error);
  CHECK(logged(options_request(), Direction::Sent).empty());
}

}  // namespace
}  // namespace sip::transport
