#include "net/tls_context.h"

#include <doctest/doctest.h>

#include "tests/net/loopback.h"
#include "tests/net/raw_tls_client.h"

namespace net {
namespace {

// A server over TLS, and raw clients that call it one after another.
struct Calls {
  explicit Calls(const TlsServerOptions& options) : l(server_context(options)) {}

  // Calls and waits until the handshake is done on both sides, or the server refused.
  void call(const std::function<void(SSL_CTX*)>& configure = nullptr,
            SSL_SESSION* resume = nullptr) {
    l.server = {};
    client = std::make_unique<RawTlsClient>(l.loop, l.listener->local(), configure, resume);
    l.until([&] {
      return (l.server.opened == 1 && client->finished()) || l.server.closed.has_value();
    });
    fakes::run_turns(l.loop);  // for the tickets of TLS 1.3
  }
  bool opened() const { return l.server.opened == 1; }
  const StreamInfo& info() const { return l.server_stream->info(); }

  Loopback l;
  std::unique_ptr<RawTlsClient> client;
};

std::string ticket_of(const Session& session) {
  REQUIRE(session != nullptr);
  const unsigned char* ticket = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session.get(), &ticket, &size);
  return {reinterpret_cast<const char*>(ticket), size};
}

void only_tls12(SSL_CTX* context) {
  SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
}

TEST_CASE("contexts without certificate, without trust or with a bad ALPN name are refused") {
  CHECK_FALSE(TlsContext::server({}));
  CHECK_FALSE(TlsContext::client({}));
  for (const std::string& name : {std::string(), std::string(256, 'a')}) {
    CAPTURE(name.size());
    CHECK_FALSE(TlsContext::server(server_options({"h2", name})));
    CHECK_FALSE(TlsContext::client(client_options({name})));
  }
  CHECK(TlsContext::client(client_options({std::string(255, 'a')})));
}

TEST_CASE("TLS 1.2 and 1.3 are spoken with AEAD suites, older versions are not") {
  struct Case {
    int version;
    TlsVersion min;
    const char* expected;  // null: refused
  };
  const Case cases[] = {
      {TLS1_3_VERSION, TlsVersion::Tls12, "TLSv1.3"},
      {TLS1_2_VERSION, TlsVersion::Tls12, "TLSv1.2"},
      {TLS1_3_VERSION, TlsVersion::Tls13, "TLSv1.3"},
      {TLS1_2_VERSION, TlsVersion::Tls13, nullptr},
      {TLS1_1_VERSION, TlsVersion::Tls12, nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version);
    TlsServerOptions options = server_options();
    options.min_version = c.min;
    Calls calls(options);
    calls.call([&](SSL_CTX* context) {
      SSL_CTX_set_security_level(context, 0);
      SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context, c.version);
    });
    CHECK(calls.opened() == (c.expected != nullptr));
    if (c.expected != nullptr) {
      CHECK(calls.info().tls_version == c.expected);
      CHECK_FALSE(calls.info().resumed);
    } else {
      CHECK(calls.l.server.closed->code == base::Errc::Refused);
      CHECK(calls.l.server.closed->detail == "TLS handshake: unsupported protocol");
    }
  }
}

TEST_CASE("a client with only weak suites, groups or signatures is refused in plain words") {
  struct Case {
    std::function<void(SSL_CTX*)> weaken;
    std::string detail;
  };
  const Case cases[] = {
      {[](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, "AES128-GCM-SHA256"); }, "no shared cipher"},
      {[](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-SHA"); },
       "no shared cipher"},
      {[](SSL_CTX* c) { SSL_CTX_set1_groups_list(c, "P-521"); }, "no shared cipher"},
      {[](SSL_CTX* c) { SSL_CTX_set1_sigalgs_list(c, "ECDSA+SHA1"); },
       "no shared signature algorithms"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.detail);
    Calls calls(server_options());
    calls.call([&](SSL_CTX* context) {
      SSL_CTX_set_security_level(context, 0);
      only_tls12(context);
      c.weaken(context);
    });
    REQUIRE(calls.l.server.closed.has_value());
    CHECK(calls.l.server.closed->detail == "TLS handshake: " + c.detail);
  }
}

TEST_CASE("a server shows a weak certificate of its own, for its peers to judge") {
  const fakes::TestCa ca;
  const fakes::LeafSpec specs[] = {
      {.names = {"DNS:edge.lab.example"}, .digest = "SHA1"},
      {.names = {"DNS:edge.lab.example"}, .key = "RSA-1024"},
  };
  for (const fakes::LeafSpec& spec : specs) {
    for (const bool tls12 : {false, true}) {
      CAPTURE(spec.digest);
      CAPTURE(spec.key);
      CAPTURE(tls12);
      TlsServerOptions options = server_options();
      options.credentials = ca.credentials(spec);
      REQUIRE(TlsContext::server(options));
      Calls careless(options);
      careless.call([&](SSL_CTX* context) {
        SSL_CTX_set_security_level(context, 0);
        if (tls12) only_tls12(context);
      });
      CHECK(careless.opened());
    }
  }
}

TEST_CASE("ALPN takes our first that the client knows, and refuses one that knows none") {
  struct Case {
    std::vector<std::string> ours;
    std::vector<std::string> theirs;
    std::string agreed;
    bool refused;
  };
  const Case cases[] = {
      {{"h2", "http/1.1"}, {"http/1.1", "h2"}, "h2", false},
      {{"h2", "http/1.1"}, {"http/1.1"}, "http/1.1", false},
      {{"h2", "http/1.1"}, {"h3", "http/1.1"}, "http/1.1", false},
      {{"h2", "http/1.1"}, {}, "", false},
      {{}, {"h2"}, "", false},
      {{"h2", "http/1.1"}, {"h3"}, "", true},
      {{"h2"}, {"h2c", "h"}, "", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.agreed);
    CAPTURE(c.theirs.size());
    Loopback l(server_context(server_options(c.ours)), client_context(client_options(c.theirs)));
    l.start();
    l.until([&] { return l.client.opened == 1 || l.client.closed.has_value(); });
    CHECK(l.client.closed.has_value() == c.refused);
    if (c.refused) {
      l.until([&] { return l.server.closed.has_value(); });
      CHECK(l.client.closed->detail == "TLS handshake: tlsv1 alert no application protocol");
      CHECK(l.server.closed->detail == "TLS handshake: no application protocol");
    } else {
      l.until([&] { return l.server.opened == 1; });
      CHECK(l.client_stream->info().alpn == c.agreed);
      CHECK(l.server_stream->info().alpn == c.agreed);
    }
  }
}

TEST_CASE("sessions are resumed by ticket, also after the key was rotated, until it is too old") {
  for (const bool tls12 : {true, false}) {
    CAPTURE(tls12);
    std::function<void(SSL_CTX*)> configure;
    if (tls12) configure = only_tls12;
    auto now = std::chrono::steady_clock::now();
    TlsServerOptions options = server_options();
    options.tickets = std::make_shared<TicketKeys>([&now] { return now; });
    Calls calls(options);
    calls.call(configure);
    CHECK_FALSE(calls.info().resumed);
    const Session first = calls.client->newest_session();
    REQUIRE(first != nullptr);

    calls.call(configure, first.get());
    CHECK(calls.client->resumed());
    CHECK(calls.info().resumed);
    // A fresh ticket each time in TLS 1.3, where one serves once; in 1.2 the old one goes on.
    CHECK((ticket_of(calls.client->newest_session()) == ticket_of(first)) == tls12);

    now += TicketKeys::kPeriod * 2;
    calls.call(configure, first.get());
    CHECK(calls.client->resumed());
    const Session second = calls.client->newest_session();
    CHECK(ticket_of(second) != ticket_of(first));  // sealed anew with the newer key

    now += TicketKeys::kPeriod;
    calls.call(configure, first.get());
    CHECK(calls.opened());
    CHECK_FALSE(calls.client->resumed());
    calls.call(configure, second.get());
    CHECK(calls.client->resumed());
  }
}

TEST_CASE("a context opens the tickets of another with the same keys, as workers do") {
  TlsServerOptions options = server_options();
  options.tickets = std::make_shared<TicketKeys>();
  Calls first(options);
  Calls second(options);
  first.call();
  const Session session = first.client->newest_session();
  second.call(nullptr, session.get());
  CHECK(second.client->resumed());
}

TEST_CASE("no tickets are issued without keys, nor to clients that were judged") {
  for (const bool judged : {false, true}) {
    for (const bool tls12 : {false, true}) {
      CAPTURE(judged);
      CAPTURE(tls12);
      TlsServerOptions options = server_options();
      const auto shown = test_ca().credentials({.names = {"DNS:core.lab.example"}});
      if (judged) {
        options.client_trust = test_ca().trust();
        options.tickets = std::make_shared<TicketKeys>();
      }
      Calls calls(options);
      calls.call([&](SSL_CTX* context) {
        if (tls12) only_tls12(context);
        SSL_CTX_use_certificate(context, shown->leaf());
        SSL_CTX_use_PrivateKey(context, shown->key());
      });
      CHECK(calls.opened());
      CHECK((calls.client->session == nullptr ||
             SSL_SESSION_has_ticket(calls.client->session.get()) == 0));
    }
  }
}

}  // namespace
}  // namespace net
