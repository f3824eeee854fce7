// What passes between a client and a presence node, and what becomes of it when one of them goes.

#include <doctest/doctest.h>

#include <string>

#include "tests/edge/xmpp_lab.h"

namespace edge {
namespace {

using std::chrono::seconds;

TEST_CASE_FIXTURE(XmppLab, "without a core the stream fails at once, in a stream of our own") {
  XmppUser& user = add_secure_user();
  user.say(xmpp_header());
  const std::string words = user.last_words();
  CHECK(words.starts_with("<?xml version='1.0'?><stream:stream "));
  CHECK(words.find(" from='lab.example'") != std::string::npos);
  CHECK(words.ends_with(xmpp_error("remote-connection-failed")));
  CHECK(logged("Reason=\"remote-connection-failed: no core"));
  CHECK(counters.xmpp_unavailable == 1);
}

TEST_CASE_FIXTURE(XmppLab, "a core that has no node says so, and the client hears it") {
  add_core();
  for (const int status : {404, 502, 503}) {
    CAPTURE(status);
    core().status = status;
    XmppUser& user = add_secure_user();
    user.say(xmpp_header());
    const std::string words = user.last_words();
    CHECK(words.starts_with("<?xml version='1.0'?><stream:stream "));
    CHECK(words.ends_with(xmpp_error("remote-connection-failed")));
    CHECK(node().got == "");
  }
}

TEST_CASE_FIXTURE(XmppLab, "nothing is sent to a core before it has a node") {
  add_core();
  core().status = 0;
  XmppUser& user = add_secure_user();
  user.say(xmpp_header() + kXmppPlain);
  until([&] { return !core().nodes.empty(); });
  fakes::run_turns(loop, 20);
  CHECK(node().got == "");
  XmppCoreFake::accept(node(), 200);
  until([&] { return node().got == xmpp_header() + kXmppPlain; });
}

TEST_CASE_FIXTURE(XmppLab,
                  "a node or a core that dies ends the stream after the last whole stanza") {
  add_core();
  for (const int how : {0, 1, 2, 3}) {
    CAPTURE(how);
    XmppUser& user = add_signed_in_user();
    node().say("<message>one</message><message>two</mess");
    user.expect("one</message>");
    if (how == 0) node().reset();
    if (how == 1) node().exchange->finish();
    if (how == 2) node().say("<a></b>");
    if (how == 3) core().link.reset();
    CHECK(user.last_words() == xmpp_error("remote-connection-failed"));
  }
  CHECK(counters.xmpp_streams == 0);
  CHECK(counters.xmpp_unavailable == 4);
}

TEST_CASE_FIXTURE(XmppLab, "who waits for a new stream after SASL gets its header with the error") {
  add_core();
  XmppUser& user = add_joined_user();
  user.say(kXmppPlain);
  until([&] { return node().got.ends_with("</auth>"); });
  node().say(kXmppSuccess);
  user.expect(kXmppSuccess);
  node().reset();
  const std::string words = user.last_words();
  CHECK(words.starts_with("<?xml version='1.0'?><stream:stream "));
  CHECK(words.ends_with(xmpp_error("remote-connection-failed")));
}

TEST_CASE_FIXTURE(XmppLab, "the error fits into a stream with another prefix") {
  add_core();
  XmppUser& user = add_secure_user();
  user.say(xmpp_header());
  until([&] { return !core().nodes.empty() && !node().got.empty(); });
  node().say("<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' id='1'>");
  user.expect("id='1'>");
  node().reset();
  CHECK(user.last_words() ==
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><remote-connection-failed "
        "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></s:stream>");
}

TEST_CASE_FIXTURE(XmppLab, "a node's own end reaches the client, and nothing comes behind it") {
  add_core();
  const std::string end =
      "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
      "</stream:stream>";
  for (const bool resets : {true, false}) {
    CAPTURE(resets);
    XmppUser& user = add_signed_in_user();
    node().say(end);
    user.expect(end);
    until([&] { return node().ended; });
    if (resets) {
      node().reset();
    } else {
      node().exchange->finish();
    }
    CHECK(user.last_words() == "");
  }
  CHECK(logged("Reason=\"the presence node ended the stream\""));
}

TEST_CASE_FIXTURE(XmppLab, "a node that does not end its stream is not waited for") {
  add_core();
  XmppUser& user = add_signed_in_user();
  user.say("</stream:stream><message/>");
  until([&] { return node().ended; });
  CHECK(node().got == "</stream:stream>");
  clock.advance(XmppClient::kLeaveLimit);
  CHECK(user.last_words() == "");
}

TEST_CASE_FIXTURE(XmppLab, "nor is one that goes on and on, to a client that reads slowly") {
  add_core();
  XmppUser& user = add_signed_in_user();
  user.say("</stream:stream>");
  until([&] { return node().ended; });
  const std::string stanza = "<message>" + std::string(10'000, 'x') + "</message>";
  for (int round = 0; round < 2; ++round) {
    user.stream->pause_reading();
    for (int i = 0; i < 2'000; ++i)
      node().say(stanza);
    fakes::run_turns(loop, 200);
    REQUIRE(node().exchange->queued_bytes() > 0);  // held back
    user.stream->resume_reading();
    until([&] { return node().exchange->queued_bytes() == 0; });
    clock.advance(std::chrono::milliseconds{XmppClient::kLeaveLimit} / 2);
  }
  until([&] { return user.closed(); });
  CHECK(logged("Reason=\"the stream was not ended from both sides in time\""));
}

TEST_CASE_FIXTURE(XmppLab, "a client that goes without a word ends its node's stream") {
  add_core();
  XmppUser& polite = add_signed_in_user();
  polite.stream->close();
  until([&] { return node().ended; });
  node().exchange->finish();
  XmppUser& rude = add_signed_in_user();
  rude.say("<message>not whole");
  fakes::run_turns(loop, 20);
  rude.stream->abort({base::Errc::Closed, "gone"});
  until([&] { return node().failed; });
  CHECK(node().got == "");
  until([&] { return gateway->connection_count() == 0; });
}

TEST_CASE_FIXTURE(XmppLab, "before SASL only SASL passes") {
  add_core();
  for (const std::string& element :
       {std::string("<iq type='set'><query xmlns='jabber:iq:register'/></iq>"),
        std::string("<iq type='set'><query xmlns='jabber:iq:auth'/></iq>"),
        std::string("<message/>"), kXmppStartTls,
        std::string("<compress xmlns='http://jabber.org/protocol/compress'/>")}) {
    CAPTURE(element);
    XmppUser& user = add_joined_user();
    node().got.clear();
    user.say(element);
    CHECK(user.last_words() == xmpp_error("not-authorized"));
    until([&] { return node().failed; });
    CHECK(node().got == "");
  }
}

TEST_CASE_FIXTURE(XmppLab, "limits rise with the sign-in") {
  add_core();
  const auto element = [](std::size_t size) {
    return "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + std::string(size - 56, 'x') +
           "</abort>";
  };
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i)
      text += "<a>";
    for (int i = 0; i < depth; ++i)
      text += "</a>";
    return text;
  };
  constexpr std::size_t kBefore = 16 * 1024, kAfter = 64 * 1024;
  XmppUser& early = add_joined_user();
  early.say(element(kBefore));
  until([&] { return node().got.ends_with("</abort>"); });
  early.say(element(kBefore + 1));
  CHECK(early.last_words() == xmpp_error("policy-violation"));
  XmppUser& user = add_signed_in_user();
  user.say(element(kAfter) + nested(64));
  until([&] { return node().got.size() == kAfter + nested(64).size(); });
  user.say(element(kAfter + 1));
  CHECK(user.last_words() == xmpp_error("policy-violation"));
  XmppUser& deep = add_signed_in_user();
  deep.say(nested(65));
  CHECK(deep.last_words() == xmpp_error("policy-violation"));
  XmppUser& huge = add_signed_in_user();
  huge.say("<a>" + std::string(1024 * 1024, 'x'));
  CHECK(huge.last_words() == xmpp_error("policy-violation"));
  XmppUser& bomb = add_signed_in_user();
  bomb.say(nested(1000));
  CHECK(bomb.last_words() == xmpp_error("policy-violation"));
  CHECK(node().got == "");
}

TEST_CASE_FIXTURE(XmppLab, "a roster of many contacts passes, and more than that is refused") {
  add_core();
  XmppUser& user = add_signed_in_user();
  std::string roster = "<iq type='result'><query xmlns='jabber:iq:roster'>";
  while (roster.size() < 900'000)
    roster += "<item jid='somebody@lab.example' subscription='both'/>";
  roster += "</query></iq>";
  node().say(roster);
  until([&] { return user.got().size() == roster.size(); });
  CHECK(user.expect("</iq>") == roster);
  node().say("<a>" + std::string(1024 * 1024, 'x'));
  CHECK(user.last_words() == xmpp_error("remote-connection-failed"));
}

TEST_CASE_FIXTURE(XmppLab, "octets that were there before SASL was over end the stream") {
  add_core();
  XmppUser& user = add_joined_user();
  user.say(kXmppPlain + "<stream");
  until([&] { return node().got.ends_with("</auth>"); });
  fakes::run_turns(loop, 20);
  node().say(kXmppSuccess);
  CHECK(user.last_words().ends_with(xmpp_error("policy-violation")));
}

TEST_CASE_FIXTURE(XmppLab, "a stream that is resumed is as good as bound") {
  add_core();
  XmppUser& user = add_joined_user();
  user.say(kXmppPlain);
  until([&] { return node().got.ends_with("</auth>"); });
  node().say(kXmppSuccess);
  user.expect("<success");
  user.say(xmpp_header());
  node().say(xmpp_header("id='2'") + "<resumed xmlns='urn:xmpp:sm:3' h='1' previd='p'/>");
  user.expect("<resumed");
  CHECK(logged("XMPP Stream Bound"));
}

std::string auth_as(const std::string& name) {
  return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
         base::encode_base64(std::string(1, '\0') + name + std::string("\0guess", 6)) + "</auth>";
}

// A different name in each attempt: one that a node may take for an existing one, being no user
// name of ours, and users who do not exist.
TEST_CASE_FIXTURE(XmppLab, "wrong passwords are counted whatever names they are of") {
  struct Case {
    std::string prefix;
    std::string suffix;
    int allowed;
  };
  const Case cases[] = {{"mac.donald", "\u00ad", 20}, {"nobody", "", 64}};
  add_core();
  for (const Case& c : cases) {
    CAPTURE(c.prefix);
    clock.advance(seconds{301});
    const std::uint64_t before = counters.xmpp_failed_sign_ins;
    std::string name = c.prefix;
    bool refused = false;
    for (int i = 0; i < 100 && !refused; ++i) {
      XmppUser& user = add_joined_user();
      for (int k = 1; k < XmppClient::kMaxFailures && !refused; ++k) {
        name += c.suffix.empty() ? "x" : c.suffix;
        node().got.clear();
        user.say(auth_as(name));
        until([&] { return !node().got.empty() || user.closed(); });
        refused = user.closed();
        if (refused) break;
        node().say(kXmppFailure);
        user.expect("</failure>");
      }
    }
    CHECK(counters.xmpp_failed_sign_ins - before == static_cast<std::uint64_t>(c.allowed));
  }
}

TEST_CASE_FIXTURE(XmppLab, "who does not wait for the node's word has failed") {
  add_core();
  for (int i = 0; i < 64; ++i) {
    XmppUser& user = add_joined_user();
    node().got.clear();
    user.say(auth_as("nobody" + std::to_string(i)));
    until([&] { return !node().got.empty(); });
    switch (i % 4) {
      case 0:
        user.stream->abort({base::Errc::Closed, "gone"});
        until([&] { return node().failed; });
        break;
      case 1:
        user.stream->close();
        until([&] { return node().ended; });
        break;
      case 2:
        user.say(auth_as("another"));
        CHECK(user.last_words().ends_with(xmpp_error("policy-violation")));
        break;
      default:
        user.say("<!DOCTYPE x>");
        CHECK(user.last_words().ends_with(xmpp_error("restricted-xml")));
        break;
    }
  }
  XmppUser& late = add_joined_user();
  late.say(auth_as("somebody"));
  CHECK(late.last_words().ends_with(xmpp_error("policy-violation")));
  clock.advance(seconds{11});
  add_signed_in_user();
}

TEST_CASE_FIXTURE(XmppLab, "one sign-in of a stream is judged at a time") {
  add_core();
  XmppUser& user = add_joined_user();
  user.say(auth_as("ada") + auth_as("bob"));
  CHECK(user.last_words().ends_with(xmpp_error("policy-violation")));
  CHECK(logged("a sign-in while another is under way"));
}

TEST_CASE_FIXTURE(XmppLab, "wrong passwords are counted, on one stream and of one user") {
  add_core();
  const std::string names[] = {"mac.donald", "Mac.Donald", "mac.donald@LAB.example", "MAC.DONALD"};
  const auto fail = [&](XmppUser& user, const std::string& name) {
    node().got.clear();
    user.say(auth_as(name));
    until([&] { return !node().got.empty() || user.closed(); });
    if (!user.closed()) node().say(kXmppFailure);
  };
  for (const std::string& name : names) {
    XmppUser& user = add_joined_user();
    for (int i = 1; i < XmppClient::kMaxFailures; ++i) {
      fail(user, name);
      user.expect("</failure>");
    }
    fail(user, name);
    CHECK(user.last_words() == kXmppFailure + xmpp_error("policy-violation"));
  }
  CHECK(counters.xmpp_failed_sign_ins == 20);
  // The 21st is not passed on.
  XmppUser& late = add_joined_user();
  node().got.clear();
  late.say(kXmppPlain);
  CHECK(late.last_words() ==
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>" +
            xmpp_error("policy-violation"));
  CHECK(node().got == "");
  // Somebody else may go on.
  XmppUser& other = add_joined_user();
  other.say(auth_as("rknotts"));
  until([&] { return node().got.ends_with("</auth>"); });
  clock.advance(seconds{301});
  // What succeeds is not counted.
  for (int i = 0; i < 25; ++i)
    add_signed_in_user();
}

TEST_CASE_FIXTURE(XmppLab, "a node that does not read holds its client back, and loses nothing") {
  add_core();
  XmppUser& user = add_signed_in_user();
  node().exchange->pause();
  const std::string stanza = "<message>" + std::string(10'000, 'x') + "</message>";
  constexpr std::size_t kCount = 2000;
  for (std::size_t i = 0; i < kCount; ++i)
    user.say(stanza);
  fakes::run_turns(loop, 200);
  CHECK(node().got.size() < 1024 * 1024);
  CHECK(user.stream->queued_bytes() > 8 * 1024 * 1024);
  node().exchange->resume();
  until([&] { return node().got.size() == kCount * stanza.size(); });
}

TEST_CASE_FIXTURE(XmppLab, "a client that does not read holds its node back, for a while") {
  add_core();
  XmppUser& user = add_signed_in_user();
  user.stream->pause_reading();
  const std::string stanza = "<message>" + std::string(10'000, 'x') + "</message>";
  constexpr std::size_t kCount = 2000;
  for (std::size_t i = 0; i < kCount; ++i)
    node().say(stanza);
  fakes::run_turns(loop, 200);
  CHECK(node().exchange->queued_bytes() > 8 * 1024 * 1024);
  user.stream->resume_reading();
  until([&] { return user.got().size() == kCount * stanza.size(); });
  user.stream->pause_reading();
  for (std::size_t i = 0; i < kCount; ++i)
    node().say(stanza);
  // However long it takes until all that lies between is full.
  until([&] {
    clock.advance(XmppClient::kStallLimit);
    return node().failed;
  });
  CHECK(logged("Reason=\"the client does not read what it is sent\""));
}

TEST_CASE_FIXTURE(XmppLab, "stanzas are dumped at DEBUG, passwords masked") {
  traffic.set_level(base::Level::Debug);
  add_core();
  XmppUser& user = add_signed_in_user();
  user.say("<message><body>hi</body></message>");
  until([&] { return !node().got.empty(); });
  CHECK(logged("|<message><body>hi</body></message>\n|"));
  CHECK(logged("mechanism='PLAIN'>xxxxx</auth>"));
  CHECK_FALSE(logged(base::encode_base64(std::string("\0mac.donald\0se:cret", 19))));
}

}  // namespace
}  // namespace edge
