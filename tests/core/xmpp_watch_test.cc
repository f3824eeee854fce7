#include "core/xmpp_watch.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "xmpp/sasl.h"

namespace core {
namespace {

using std::string;

const string kHeader =
    "<?xml version='1.0'?><stream:stream to='lab.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";
const string kAnswer =
    "<?xml version='1.0'?><stream:stream from='lab.example' id='1' version='1.0' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const string kPlainOffered =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const string kBindOffered =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
const string kFailure =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
const string kSuccess = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
const string kBind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const string kBound =
    "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<jid>mac.donald@lab.example/x</jid></bind></iq>";

string auth(const string& mechanism, const string& message) {
  return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" +
         base::encode_base64(message) + "</auth>";
}
string token(const string& user = "mac.donald@lab.example", const string& secret = "one-time") {
  return auth("CISCO-VTG-TOKEN", "userid=" + user + string(1, '\0') + "token=" + secret);
}
const string kPlain = auth("PLAIN", string("\0mac.donald\0one-time", 20));
const string kTokenFailure(xmpp::kVtgTokenFailure);

struct Stream final : XmppWatcher {
  explicit Stream(bool plain_only = true, std::size_t piece = string::npos)
      : watch(parser, *this, "lab.example", plain_only), piece_(piece) {}

  void client(const string& octets) {
    feed(octets, [this](std::string_view part) { return watch.from_client(part); });
  }
  void node(const string& octets) {
    feed(octets, [this](std::string_view part) {
      // Who owns it drops it then.
      if (!watch.is_over()) return watch.from_node(part);
      return base::Result<XmppWatch::Passage>(XmppWatch::Passage{{}, string(part)});
    });
  }
  string to_node() { return std::exchange(to_node_, {}); }
  string to_client() { return std::exchange(to_client_, {}); }

  void on_stanza(xmpp::Direction, std::string_view, bool bears_secret) override {
    secrets += bears_secret ? 1 : 0;
  }
  void on_authenticated(std::string_view user, std::string_view mechanism) override {
    events.push_back("authenticated " + string(user) + " " + string(mechanism));
  }
  void on_bound(std::string_view jid) override { events.push_back("bound " + string(jid)); }

  xmpp::Parser parser;
  XmppWatch watch;
  std::vector<string> events;
  int secrets = 0;
  bool failed = false;

 private:
  template <typename Take>
  void feed(const string& octets, Take take) {
    for (std::size_t at = 0; at < octets.size() && !failed; at += std::min(piece_, octets.size())) {
      const auto passage = take(std::string_view(octets).substr(at, piece_));
      failed = !passage;
      if (!passage) return;
      to_node_ += passage->to_node;
      to_client_ += passage->to_client;
    }
  }

  const std::size_t piece_;
  string to_node_, to_client_;
};

TEST_CASE("a token becomes PLAIN for a node that knows nothing else, however the octets come") {
  for (const std::size_t piece : {string::npos, std::size_t{1}, std::size_t{7}}) {
    CAPTURE(piece);
    Stream stream(true, piece);
    stream.client(kHeader);
    CHECK(stream.to_node() == kHeader);
    stream.node(kAnswer + kPlainOffered);
    const string offered = stream.to_client();
    CHECK(offered.find(">PLAIN<") != string::npos);
    CHECK(offered.find(">CISCO-VTG-TOKEN</mechanism></mechanisms>") != string::npos);
    stream.client(token());
    CHECK(stream.to_node() == kPlain);
    stream.node(kFailure);
    CHECK(stream.to_client() == kTokenFailure);
    stream.client(token());
    CHECK(stream.to_node() == kPlain);
    stream.node(kSuccess);
    CHECK(stream.to_client() == kSuccess);
    CHECK(stream.events ==
          std::vector<string>{"authenticated mac.donald@lab.example CISCO-VTG-TOKEN"});
    stream.client(kHeader + kBind);
    CHECK(stream.to_node() == kHeader + kBind);
    stream.node(kAnswer + kBindOffered + kBound + "<message/>");
    CHECK(stream.to_client() == kAnswer + kBindOffered + kBound + "<message/>");
    CHECK(stream.events.back() == "bound mac.donald@lab.example/x");
    CHECK(stream.watch.is_over());
    CHECK(stream.secrets >= 2);
  }
}

TEST_CASE("where nothing needs to be translated, nothing is changed") {
  for (const bool plain_only : {false, true}) {
    CAPTURE(plain_only);
    Stream stream(plain_only);
    stream.client(kHeader);
    // A node that offers the token itself, or no PLAIN, is left alone.
    const string native =
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>"
        "CISCO-VTG-TOKEN</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
    stream.node(kAnswer + native);
    CHECK(stream.to_client() == kAnswer + native);
    stream.client(token());
    CHECK(stream.to_node() == kHeader + token());
    stream.node(kFailure);
    CHECK(stream.to_client() == kFailure);
  }
  Stream stream(false);
  stream.client(kHeader);
  stream.node(kAnswer + kPlainOffered);
  CHECK(stream.to_client() == kAnswer + kPlainOffered);
}

TEST_CASE("PLAIN, its failure, and white space pass as they are where tokens are translated") {
  Stream stream;
  stream.client(kHeader);
  stream.node(kAnswer + kPlainOffered);
  stream.to_client();
  stream.client(" " + kPlain + "\n");
  CHECK(stream.to_node() == kHeader + " " + kPlain + "\n");
  stream.node(kFailure + " ");
  CHECK(stream.to_client() == kFailure + " ");
}

TEST_CASE("a token that cannot be put in terms of PLAIN never reaches the node") {
  struct Case {
    string auth;
    string answer;
  };
  const string malformed =
      "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><malformed-request/></failure>";
  const Case cases[] = {
      {token("mac.donald@elsewhere.example"), kTokenFailure},
      {token("mac.donald"), malformed},
      {token("@lab.example"), malformed},
      {auth("CISCO-VTG-TOKEN", "mac.donald"), malformed},
      {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='CISCO-VTG-TOKEN'/>", malformed},
  };
  for (const Case& c : cases) {
    CAPTURE(c.auth);
    Stream stream;
    stream.client(kHeader);
    stream.node(kAnswer + kPlainOffered);
    stream.to_client();
    stream.to_node();
    stream.client(c.auth);
    CHECK(stream.to_node().empty());
    CHECK(stream.to_client() == c.answer);
    // And the client may try again.
    stream.client(token());
    CHECK(stream.to_node() == kPlain);
  }
}

TEST_CASE("what could be taken for something else ends the stream") {
  const auto offered = [](Stream& stream) {
    stream.client(kHeader);
    stream.node(kAnswer + kPlainOffered);
  };
  SUBCASE("a second <auth/> before the first is answered") {
    Stream stream;
    offered(stream);
    stream.client(token() + kPlain);
    CHECK(stream.failed);
  }
  SUBCASE("octets behind <auth/> that the node accepts") {
    Stream stream;
    offered(stream);
    stream.client(kPlain + "<iq");
    stream.node(kSuccess);
    CHECK(stream.failed);
  }
  SUBCASE("a header for another domain") {
    Stream stream;
    string other = kHeader;
    other.replace(other.find("lab.example"), 11, "two.example");
    stream.client(other);
    CHECK(stream.failed);
    CHECK(stream.to_node().empty());
  }
  SUBCASE("what is no XMPP, from either side") {
    Stream one, other;
    one.client("GET / HTTP/1.1\r\n\r\n");
    CHECK(one.failed);
    other.client(kHeader);
    other.node(kAnswer + "<!DOCTYPE x>");
    CHECK(other.failed);
  }
}

TEST_CASE("what waited of a part of an element passes when a resource is bound") {
  Stream stream;
  stream.client(kHeader);
  stream.node(kAnswer + kPlainOffered);
  stream.client(kPlain);
  stream.node(kSuccess);
  stream.client(kHeader + kBind + "<message><bo");
  stream.to_node();
  stream.to_client();
  stream.node(kAnswer + kBindOffered + kBound + "<pres");
  CHECK(stream.to_node() == "<message><bo");
  CHECK(stream.to_client() == kAnswer + kBindOffered + kBound + "<pres");
}

}  // namespace
}  // namespace core
