#include "edge/xmpp_gateway.h"

#include <doctest/doctest.h>

#include <string>

#include "net/http/fields.h"
#include "tests/edge/xmpp_lab.h"

namespace edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE_FIXTURE(XmppLab, "a client signs in through STARTTLS, and stanzas pass both ways") {
  add_core();
  XmppUser& user = add_user();
  user.say(xmpp_header("to='LAB.example.' from='mac.donald@lab.example' version='1.0'"));
  const std::string offer = user.expect("</stream:features>");
  CHECK(offer.find(" from='lab.example' to='mac.donald@lab.example' version='1.0'") !=
        std::string::npos);
  CHECK(
      offer.ends_with("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
                      "<required/></starttls></stream:features>"));
  user.say(kXmppStartTls);
  CHECK(user.expect("<proceed") == "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  user.start_tls();
  CHECK(core().nodes.empty());

  user.say(xmpp_header());
  until([&] { return !core().nodes.empty() && !node().got.empty(); });
  const net::http::RequestHead& request = node().request;
  CHECK(request.method == "CONNECT");
  CHECK(request.protocol == "xmpp");
  CHECK(request.authority == "lab.example");
  CHECK(request.target == "/");
  CHECK(request.fields.joined("sallyport-flow").size() == 32);
  CHECK(request.fields.joined("sallyport-client") == base::to_string(user.stream->info().local));
  CHECK(node().got == xmpp_header());
  node().say(xmpp_header("id='n' from='lab.example' version='1.0'") + kXmppFeatures);
  CHECK(user.expect("</stream:features>") ==
        xmpp_header("id='n' from='lab.example' version='1.0'") + kXmppFeatures);

  node().got.clear();
  user.say(kXmppPlain);
  until([&] { return node().got == kXmppPlain; });
  node().say(kXmppSuccess);
  user.expect(kXmppSuccess);
  node().got.clear();
  user.say(xmpp_header() + "<iq type='set' id='b'/>");
  until([&] { return node().got == xmpp_header() + "<iq type='set' id='b'/>"; });
  node().say(xmpp_header("id='n2'") + "<stream:features/>" + kXmppBound);
  user.expect("</iq>");
  CHECK(counters.xmpp_streams == 1);

  node().got.clear();
  user.say(" <message/>\n");
  until([&] { return node().got == " <message/>\n"; });
  node().say("<message>\xc3\xa4</message> ");
  CHECK(user.expect("</message> ") == "<message>\xc3\xa4</message> ");

  user.say("</stream:stream>");
  until([&] { return node().ended; });
  node().say("<presence/></stream:stream>");
  node().exchange->finish();
  CHECK(user.last_words() == "<presence/></stream:stream>");
  until([&] { return gateway->connection_count() == 0; });
  CHECK_FALSE(node().failed);
  CHECK(counters.xmpp_streams == 0);
  CHECK(counters.xmpp_connections == 0);
  CHECK(counters.xmpp_opened == 1);
  CHECK(counters.xmpp_secured == 1);
  CHECK(counters.xmpp_signed_in == 1);
  CHECK(counters.xmpp_refused == 0);

  const std::string flow = "Flow-id=\"" + request.fields.joined("sallyport-flow") + "\"";
  std::size_t at = 0;
  for (const char* words : {"Detail=\"XMPP Stream Opened\"", "Detail=\"XMPP Stream Secured\"",
                            "Detail=\"XMPP Stream Authenticated\"", "Detail=\"XMPP Stream Bound\"",
                            "Detail=\"XMPP Stream Closed\""}) {
    CAPTURE(words);
    const std::string text = sink.text();
    const std::size_t found = text.find(words, at);
    REQUIRE(found != std::string::npos);
    const std::string line = text.substr(found, text.find('\n', found) - found);
    CHECK(line.find(flow) != std::string::npos);
    CHECK(line.find("To=\"lab.example\"") != std::string::npos);
    at = found;
  }
  CHECK(logged("User=\"mac.donald\" Mechanism=\"PLAIN\""));
  CHECK(logged("Jid=\"mac.donald@lab.example/x\""));
  CHECK(logged("Reason=\"the client ended its stream\""));
}

TEST_CASE_FIXTURE(XmppLab, "what comes behind <starttls/> is dropped") {
  add_core();
  for (const std::string& behind : {std::string("\n"), kXmppPlain, xmpp_header() + kXmppPlain,
                                    std::string("<a></b>"), std::string(1, '\x16')}) {
    CAPTURE(behind);
    core().nodes.clear();
    XmppUser& user = add_user();
    user.say(xmpp_header());
    user.expect("</stream:features>");
    user.say(kXmppStartTls + behind);
    CHECK(user.expect("<proceed") == "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    user.start_tls();
    CHECK(core().nodes.empty());
    user.say(xmpp_header());
    until([&] { return !core().nodes.empty() && !node().got.empty(); });
    CHECK(node().got == xmpp_header());
  }
}

TEST_CASE_FIXTURE(XmppLab, "before TLS nothing is taken but <starttls/>, and nothing goes inside") {
  add_core();
  struct Case {
    std::string octets;
    const char* condition;
  };
  const std::string header = xmpp_header();
  const Case cases[] = {
      {xmpp_header("to='evil.example' version='1.0'"), "host-unknown"},
      {xmpp_header("to='a@lab.example' version='1.0'"), "host-unknown"},
      {xmpp_header("version='1.0'"), "host-unknown"},
      {xmpp_header("to='lab.example'"), "unsupported-version"},
      {xmpp_header("to='lab.example' version='0.9'"), "unsupported-version"},
      {header + "<iq type='get'/>", "policy-violation"},
      {header + "<starttls xmlns='jabber:client'/>", "policy-violation"},
      {header + "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AA==</response>",
       "policy-violation"},
      {header + header, "restricted-xml"},
      {header + "text", "bad-format"},
      {header + "<a></b>", "not-well-formed"},
      {header + "<!-- -->", "restricted-xml"},
      {"<!DOCTYPE x [<!ENTITY a 'b'>]>", "restricted-xml"},
      {header + "<a>&b;</a>", "restricted-xml"},
      {header + "<a>" + std::string(16 * 1024, 'x'), "policy-violation"},
      {"<stream:stream a='" + std::string(4 * 1024, 'x'), "policy-violation"},
      {header + "<a><a><a><a><a><a><a><a><a>", "policy-violation"},
      {"GET / HTTP/1.1\r\n", "bad-format"},
      {"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>",
       "invalid-namespace"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.octets);
    XmppUser& user = add_user();
    user.say(c.octets);
    const std::string words = user.last_words();
    CHECK(words.starts_with("<?xml version='1.0'?><stream:stream "));
    CHECK(words.ends_with(xmpp_error(c.condition)));
    CHECK(words.find("<proceed") == std::string::npos);
    CHECK(words.find("mechanism") == std::string::npos);
    // One header and one end.
    CHECK(words.find("<stream:stream", 30) == std::string::npos);
    CHECK(logged(std::string("Reason=\"") + c.condition));
    sink.clear();
  }
  until([&] { return gateway->connection_count() == 0; });
  CHECK(core().nodes.empty());
  CHECK(counters.xmpp_secured == 0);
  CHECK(counters.xmpp_refused == std::size(cases));
}

TEST_CASE_FIXTURE(XmppLab, "a password in clear is refused, and its connection ends") {
  add_core();
  traffic.set_level(base::Level::Debug);
  XmppUser& user = add_user();
  user.say(xmpp_header() + kXmppPlain);
  const std::string words = user.last_words();
  CHECK(words.ends_with(
      "</stream:features><failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><encryption-required/>"
      "</failure></stream:stream>"));
  CHECK(core().nodes.empty());
  CHECK(logged("mechanism='PLAIN'>xxxxx</auth>"));
  CHECK_FALSE(logged(base::encode_base64(std::string("\0mac.donald\0se:cret", 19))));
}

TEST_CASE_FIXTURE(XmppLab, "octet by octet the same") {
  add_core();
  const auto slowly = [&](XmppUser& user, const std::string& octets) {
    for (const char c : octets) {
      user.say({&c, 1});
      fakes::run_turns(loop, 3);
    }
  };
  XmppUser& user = add_user();
  slowly(user, xmpp_header());
  user.expect("</stream:features>");
  slowly(user, kXmppStartTls);
  user.expect("<proceed");
  user.start_tls();
  slowly(user, xmpp_header());
  until([&] { return !core().nodes.empty() && node().got == xmpp_header(); });
  slowly(user, kXmppPlain);
  until([&] { return node().got == xmpp_header() + kXmppPlain; });
}

TEST_CASE_FIXTURE(XmppLab, "direct TLS on the same port, with its ALPN only") {
  add_core();
  for (const bool with_alpn : {true, false}) {
    CAPTURE(with_alpn);
    fakes::RecordingHandler wire;
    net::DialOptions options;
    options.remote = listener->local();
    options.tls = XmppUser::tls(with_alpn ? std::vector<std::string>{"xmpp-client"}
                                          : std::vector<std::string>{});
    options.expected = {certs::dns_name("edge.lab.example")};
    const auto stream = net::dial_stream(loop, options, wire);
    stream->write(xmpp_header());
    if (with_alpn) {
      until([&] { return !core().nodes.empty() && node().got == xmpp_header(); });
      CHECK(logged("XMPP Stream Opened"));
      continue;
    }
    wire.ending = [&] { stream->close(); };
    until([&] { return wire.closed_count > 0; });
    CHECK(wire.data.ends_with(xmpp_error("policy-violation")));
    CHECK(core().nodes.size() == 1);
  }
}

TEST_CASE_FIXTURE(XmppLab, "after TLS it is the same domain, and a header comes first") {
  add_core();
  struct Case {
    std::string octets;
    const char* condition;
  };
  const Case cases[] = {
      {xmpp_header("to='other.example' version='1.0'"), "host-unknown"},
      {xmpp_header("to='evil.example' version='1.0'"), "host-unknown"},
      {xmpp_header("to='lab.example'"), "unsupported-version"},
      {kXmppPlain, "bad-format"},
      {"<!DOCTYPE x>", "restricted-xml"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.octets);
    XmppUser& user = add_secure_user();
    user.say(c.octets);
    const std::string words = user.last_words();
    CHECK(words.starts_with("<?xml version='1.0'?><stream:stream "));
    CHECK(words.ends_with(xmpp_error(c.condition)));
  }
  CHECK(core().nodes.empty());
}

TEST_CASE_FIXTURE(XmppLab, "a domain that was good for SASL is asked for again after it") {
  add_core();
  XmppUser& user = add_joined_user();
  user.say(kXmppPlain);
  until([&] { return node().got.ends_with("</auth>"); });
  node().say(kXmppSuccess);
  user.expect("<success");
  user.say(xmpp_header("to='other.example' version='1.0'"));
  const std::string words = user.last_words();
  CHECK(words.starts_with("<?xml version='1.0'?><stream:stream "));
  CHECK(words.ends_with(xmpp_error("host-unknown")));
  until([&] { return node().failed; });
}

TEST_CASE_FIXTURE(XmppLab, "each wait before the sign-in has its end") {
  add_core();
  const auto after = [&](XmppUser& user, seconds wait) {
    fakes::run_turns(loop);
    clock.advance(wait);
    return user.last_words();
  };
  XmppUser& silent = add_user();
  until([&] { return gateway->connection_count() == 1; });
  CHECK(after(silent, seconds{10}).ends_with(xmpp_error("connection-timeout")));
  XmppUser& slow = add_user();
  slow.say(xmpp_header());
  slow.expect("</stream:features>");
  CHECK(after(slow, seconds{10}) == xmpp_error("connection-timeout"));
  XmppUser& shy = add_user();  // asks for TLS and does not begin it
  shy.say(xmpp_header() + kXmppStartTls);
  shy.expect("<proceed");
  CHECK(after(shy, seconds{10}) == "");
  XmppUser& secure = add_secure_user();
  CHECK(after(secure, seconds{30}).ends_with(xmpp_error("connection-timeout")));
  XmppUser& joined = add_joined_user();
  CHECK(after(joined, seconds{30}) == xmpp_error("connection-timeout"));
  until([&] { return node().failed; });
  // Who has signed in may be silent.
  XmppUser& signed_in = add_signed_in_user();
  clock.advance(std::chrono::hours{24});
  until([turns = 0]() mutable { return ++turns > 3; });
  node().say("<message/>");
  signed_in.expect("<message/>");
}

TEST_CASE_FIXTURE(XmppLab, "a limit that a reload made longer is the new one for who waits") {
  add_user();
  until([&] { return gateway->connection_count() == 1; });
  settings->secure_limit = seconds{60};
  clock.advance(seconds{59});
  fakes::run_past(loop, kTick);
  CHECK(gateway->connection_count() == 1);
  clock.advance(seconds{1});
  until([&] { return gateway->connection_count() == 0; });
}

TEST_CASE_FIXTURE(XmppLab, "connections of one network without a sign-in are bounded") {
  settings->strangers = 2;
  add_core();
  add_user();
  add_user();
  until([&] { return gateway->connection_count() == 2; });
  XmppUser& third = add_user();
  CHECK(third.last_words() == "");
  CHECK(gateway->connection_count() == 2);
  users.clear();
  until([&] { return gateway->connection_count() == 0; });
  // Who has signed in is no stranger any more.
  add_signed_in_user();
  add_user();
  add_user();
  until([&] { return gateway->connection_count() == 3; });
  users.clear();
  until([&] { return gateway->connection_count() == 0; });
  add_secure_user();
}

TEST_CASE_FIXTURE(XmppLab, "when the edge stops every stream is told so") {
  add_core();
  XmppUser& silent = add_user();
  XmppUser& offered = add_user();
  offered.say(xmpp_header());
  offered.expect("</stream:features>");
  XmppUser& secure = add_secure_user();
  XmppUser& signed_in = add_signed_in_user();
  node().say("<message>not whole");
  until([&] { return gateway->connection_count() == 4; });
  fakes::run_turns(loop);
  bool done = false;
  gateway->drain([&] { done = true; });
  const std::string error = xmpp_error("system-shutdown");
  CHECK(silent.last_words().ends_with(error));
  CHECK(offered.last_words() == error);
  CHECK(secure.last_words().ends_with(error));
  CHECK(signed_in.last_words() == error);
  until([&] { return done; });
  CHECK(gateway->connection_count() == 0);
  CHECK(logged("Reason=\"system-shutdown: the edge stops\""));
  XmppUser& late = add_user();
  CHECK(late.last_words() == "");
}

TEST_CASE_FIXTURE(XmppLab, "who only connects leaves no line, who began a stream does") {
  XmppUser& probe = add_user();
  until([&] { return gateway->connection_count() == 1; });
  probe.stream->close();
  until([&] { return gateway->connection_count() == 0; });
  CHECK(sink.text().empty());
  XmppUser& user = add_user();
  user.say(xmpp_header());
  user.expect("</stream:features>");
  user.stream->close();
  until([&] { return gateway->connection_count() == 0; });
  CHECK(logged("Reason=\"the client closed the connection\""));
}

TEST_CASE_FIXTURE(XmppLab, "a gateway without connections stops at once") {
  bool done = false;
  gateway->drain([&] { done = true; });
  until([&] { return done; });
}

}  // namespace
}  // namespace edge
