#include "net/tls_layer.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/net/loopback.h"
#include "tests/net/raw_tls_client.h"

namespace net {
namespace {

using std::chrono::milliseconds;

TEST_CASE("both ends know who the other proved to be") {
  TlsServerOptions options = server_options();
  options.client_trust = test_ca().trust();
  options.client_names = {certs::dns_name("core.lab.example")};
  TlsClientOptions from = client_options();
  from.credentials = test_ca().credentials({.names = {"DNS:core.lab.example"}});
  from.min_version = TlsVersion::Tls13;
  Loopback l(server_context(options), client_context(from));
  l.open();
  CHECK(l.server_stream->info().peer->dns_names == std::vector<std::string>{"core.lab.example"});
  CHECK(l.client_stream->info().peer->dns_names == std::vector<std::string>{"edge.lab.example"});
  CHECK(l.client_stream->info().tls_version == "TLSv1.3");
  CHECK(l.client_stream->info().cipher == "TLS_AES_128_GCM_SHA256");
}

TEST_CASE("a peer that shows no certificate where none is asked for has an empty identity") {
  const auto l = Loopback::tls();
  l->open();
  CHECK(l->server_stream->info().peer == nullptr);
}

TEST_CASE("an intermediate authority in the chain leads to the root") {
  const fakes::TestCa below(test_ca(), "intermediate");
  TlsServerOptions options;
  options.credentials = below.credentials({.names = {"DNS:edge.lab.example"}});
  Loopback l(server_context(options), client_context(client_options()));
  l.open();
  CHECK(l.client.opened == 1);
}

TEST_CASE("a server that is not who it should be is refused, with the rule in the detail") {
  static const fakes::TestCa foreign("foreign CA");
  struct Case {
    const fakes::TestCa& ca;
    fakes::LeafSpec leaf;
    std::string rule;
  };
  using std::chrono::hours;
  const Case cases[] = {
      {test_ca(), {.names = {"DNS:other.lab.example"}}, "name"},
      {test_ca(), {.names = {}, .common_name = "edge.lab.example"}, "name"},
      {foreign, {.names = {"DNS:edge.lab.example"}}, "chain"},
      {test_ca(), {.names = {"DNS:edge.lab.example"}, .valid_until = hours(-1)}, "time"},
      {test_ca(), {.names = {"DNS:edge.lab.example"}, .usage = "clientAuth"}, "usage"},
      {test_ca(), {.names = {"DNS:edge.lab.example"}, .key = "RSA-1024"}, "key-strength"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.rule);
    TlsServerOptions options;
    options.credentials = c.ca.credentials(c.leaf);
    Loopback l(server_context(options), client_context(client_options()));
    l.start();
    l.until_both_closed();
    CHECK(l.client.opened == 0);
    CHECK(l.client.closed->code == base::Errc::Refused);
    CHECK(l.client.closed->detail.starts_with("certificate refused: " + c.rule + ": "));
    CHECK(l.server.closed->code == base::Errc::Refused);
    CHECK(l.server.closed->detail.find("alert") != std::string::npos);
  }
}

TEST_CASE("one of several expected names is enough, and an address is a name too") {
  TlsServerOptions options;
  options.credentials = test_ca().credentials({.names = {"IP:127.0.0.1"}});
  Loopback l(server_context(options), client_context(client_options()));
  l.dial.expected = {certs::dns_name("edge.lab.example"), {certs::Name::Kind::Ip, "127.0.0.1"}};
  l.open();
  CHECK(l.client.opened == 1);
}

TEST_CASE("a client that was told no name to expect calls nobody") {
  const auto l = Loopback::tls();
  l->dial.expected.clear();
  l->start();
  l->until([&] { return l->client.closed.has_value(); });
  CHECK(l->client.closed->code == base::Errc::Refused);
  CHECK(l->client.closed->detail == "TLS: no name given that the peer must prove");
  CHECK(l->server.opened == 0);
}

TEST_CASE("a client with no certificate, or the wrong one, is refused by who asks for one") {
  struct Case {
    std::shared_ptr<const certs::Credentials> shown;
    std::string detail;
  };
  const Case cases[] = {
      {nullptr, "TLS handshake: peer did not return a certificate"},
      {test_ca().credentials({.names = {"DNS:mallory.lab.example"}}),
       "certificate refused: name: "},
      {test_ca().credentials({.names = {"DNS:core.lab.example"}, .usage = "serverAuth"}),
       "certificate refused: usage: "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.detail);
    TlsServerOptions options = server_options();
    options.client_trust = test_ca().trust();
    options.client_names = {certs::dns_name("core.lab.example")};
    TlsClientOptions from = client_options();
    from.credentials = c.shown;
    Loopback l(server_context(options), client_context(from));
    l.start();
    l.until_both_closed();
    CHECK(l.server.opened == 0);
    CHECK(l.server.closed->code == base::Errc::Refused);
    CHECK(l.server.closed->detail.starts_with(c.detail));
    // In TLS 1.3 the client is done before the server has judged it; then it hears the alert.
    CHECK(l.client.closed->detail.find("alert") != std::string::npos);
  }
}

TEST_CASE("what is not TLS is refused with words that say what it was") {
  struct Case {
    std::string sent;
    std::string detail;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: edge\r\n\r\n", "TLS handshake: the peer sent plain HTTP"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "TLS handshake: wrong version number"},
      {std::string(64, '\0'), "TLS handshake: wrong version number"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.detail);
    Loopback l(server_context(server_options()));
    l.start();
    l.client_stream->write(c.sent);
    l.client.ending = [&] { l.client_stream->close(); };
    l.until_both_closed();
    CHECK(l.server.closed->code == base::Errc::Refused);
    CHECK(l.server.closed->detail == c.detail);
  }
}

TEST_CASE("a peer that says nothing, or stops in the middle, runs into the handshake limit") {
  for (const std::string& sent : {std::string(), std::string("\x16\x03\x01\x02\x00\x01", 6)}) {
    CAPTURE(sent.size());
    Loopback l(server_context(server_options()));
    l.limits.handshake = milliseconds(30);
    l.start();
    l.client_stream->write(sent);
    l.until([&] { return l.server.closed.has_value(); });
    CHECK(l.server.closed->code == base::Errc::Timeout);
    CHECK(l.server.closed->detail == "TLS handshake with " +
                                         to_string(l.server_stream->info().remote) +
                                         ": not done within 30 ms");
  }
}

TEST_CASE("a peer that hangs up in the handshake is told apart") {
  Loopback l(server_context(server_options()));
  l.start();
  l.until([&] { return l.client.opened == 1; });
  l.client_stream->close();
  l.until_both_closed();
  CHECK(l.server.closed->code == base::Errc::Closed);
  CHECK(l.server.closed->detail ==
        "TLS handshake: the peer ended the connection without close_notify");
}

TEST_CASE("an end without close_notify is no end but a loss") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local());
  client.wire.ending = [&] { client.stream->close(); };
  l.until([&] { return l.server.opened == 1; });
  client.write("half a mess");
  client.stream->close();
  l.until([&] { return l.server.closed.has_value(); });
  CHECK(l.server.data == "half a mess");
  CHECK(l.server.ended == 0);
  CHECK(l.server.closed->code == base::Errc::Closed);
  CHECK(l.server.closed->detail == "TLS: the peer ended the connection without close_notify");
}

TEST_CASE("after the peer's close_notify we can still answer, and say goodbye ourselves") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local());
  client.wire.ending = [&] { client.stream->close(); };
  l.until([&] { return l.server.opened == 1 && client.finished(); });
  l.server.ending = [&] {
    l.server_stream->write("answer");
    l.server_stream->close();
  };
  client.write("question");
  SSL_shutdown(client.ssl());
  client.pump();
  l.until([&] { return l.server.closed.has_value(); });
  fakes::run_turns(l.loop);
  client.pump();
  CHECK(l.server.data == "question");
  CHECK(client.data == "answer");
  CHECK((SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("a record that was tampered with ends the connection") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local());
  l.until([&] { return l.server.opened == 1 && client.finished(); });
  client.stream->write(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  client.wire.ending = [&] { client.stream->close(); };
  l.until([&] { return l.server.closed.has_value(); });
  CHECK(l.server.closed->code == base::Errc::Refused);
  CHECK(l.server.data.empty());
}

// In one read: what is answered, and what breaks the connection before the answer is sealed.
TEST_CASE("a bad record behind data that is answered ends the connection, and nothing else") {
  for (const bool tls13 : {true, false}) {
    for (const bool closes : {true, false}) {
      CAPTURE(tls13);
      CAPTURE(closes);
      Loopback l(server_context(server_options()));
      RawTlsClient client(l.loop, l.listener->local(), [&](SSL_CTX* context) {
        if (!tls13) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      });
      l.until([&] { return l.server.opened == 1 && client.finished(); });
      l.server.take = [&](std::string_view data) {
        l.server_stream->write("answer");
        if (closes) l.server_stream->close();
        return data.size();
      };
      client.hold = true;
      client.write("question");
      client.unsent += std::string("\x15\x03\x03\x00\x01", 5);
      client.unsent += std::string(40, 'x');
      client.hold = false;
      client.wire.ending = [&] { client.stream->close(); };
      client.pump();
      l.until([&] { return l.server.closed.has_value(); });
      CHECK(l.server.offers == 1);
      CHECK(l.server.closed->code == base::Errc::Refused);
    }
  }
}

TEST_CASE("a handshake that arrives byte by byte is as good as any") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local());
  client.trickle = true;
  l.until([&] { return client.finished() && client.unsent.empty(); });
  l.until([&] { return l.server.opened == 1; });
  client.write("drop by drop");
  l.until([&] { return l.server.data == "drop by drop"; });
}

TEST_CASE("the key of a connection may be changed while it is in use") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local());
  l.until([&] { return l.server.opened == 1 && client.finished(); });
  for (int i = 0; i < 20; ++i) {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
    client.write("x");
  }
  l.until([&] { return l.server.data.size() == 20; });
  l.server_stream->write("done");
  l.until([&] { return client.data == "done"; });
}

TEST_CASE("a renegotiation in TLS 1.2 is not entered into") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local(), [](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  });
  l.until([&] { return l.server.opened == 1 && client.finished(); });
  client.write("before");
  l.until([&] { return l.server.data == "before"; });
  SSL_renegotiate(client.ssl());
  client.pump();
  fakes::run_turns(l.loop);
  CHECK(client.data.empty());
  CHECK_FALSE(client.finished());
}

// Records of a TLS 1.2 client with AES128-GCM that its OpenSSL would not send (RFC 5246 section 6).
class RecordForger final {
 public:
  // `sent`: how many records the client has sealed.
  RecordForger(SSL* ssl, std::uint64_t sent)
      : sequence_(sent), context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
    std::array<unsigned char, 48> master{};
    SSL_SESSION_get_master_key(SSL_get0_session(ssl), master.data(), master.size());
    std::string seed(32, '\0'), client(32, '\0');
    SSL_get_server_random(ssl, reinterpret_cast<unsigned char*>(seed.data()), 32);
    SSL_get_client_random(ssl, reinterpret_cast<unsigned char*>(client.data()), 32);
    seed = "key expansion" + seed + client;
    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(
        EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr), EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> derive(
        EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string("digest", digest, 0),
        OSSL_PARAM_construct_octet_string("secret", master.data(), master.size()),
        OSSL_PARAM_construct_octet_string("seed", seed.data(), seed.size()),
        OSSL_PARAM_construct_end()};
    // Of both sides: the keys, then what is fixed of the nonces (RFC 5288 section 3).
    std::array<unsigned char, 40> keys{};
    REQUIRE(EVP_KDF_derive(derive.get(), keys.data(), keys.size(), parameters) == 1);
    fixed_.assign(reinterpret_cast<char*>(&keys[32]), 4);
    REQUIRE(EVP_EncryptInit_ex(context_.get(), EVP_aes_128_gcm(), nullptr, keys.data(), nullptr) ==
            1);
  }

  std::string seal(char type, std::string_view content) {
    std::string number(8, '\0');
    for (int i = 0; i < 8; ++i)
      number[static_cast<std::size_t>(i)] = static_cast<char>(sequence_ >> (56 - 8 * i));
    ++sequence_;
    const std::string nonce = fixed_ + number;
    const std::string head = number + std::string{type, 3, 3, 0, static_cast<char>(content.size())};
    std::string sealed(content.size() + 16, '\0');
    int size = 0;
    EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, bytes(nonce));
    EVP_EncryptUpdate(context_.get(), nullptr, &size, bytes(head), static_cast<int>(head.size()));
    EVP_EncryptUpdate(context_.get(), reinterpret_cast<unsigned char*>(sealed.data()), &size,
                      bytes(content), static_cast<int>(content.size()));
    EVP_EncryptFinal_ex(context_.get(), nullptr, &size);
    EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, 16, &sealed[content.size()]);
    const std::string body = number + sealed;
    return std::string{type, 3, 3, 0, static_cast<char>(body.size())} + body;
  }

 private:
  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  std::uint64_t sequence_;
  std::string fixed_;
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
};

TEST_CASE("who asks for renegotiation without end gets no more turns than others, and no memory") {
  Loopback l(server_context(server_options()));
  RawTlsClient client(l.loop, l.listener->local(), [](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256");
  });
  l.until([&] { return l.server.opened == 1 && client.finished(); });
  RecordForger forger(client.ssl(), 1);  // Finished was the first
  const std::string hello("\1\0\0\0", 4);
  std::string flood = forger.seal(23, "begin");
  while (flood.size() < (4u << 20))
    flood += forger.seal(22, hello);
  client.stream->pause_reading();
  client.stream->write(flood);
  std::size_t most = 0;
  for (int turn = 0; turn < 1000; ++turn) {
    fakes::run_turns(l.loop, 1);
    most = std::max(most, l.server_stream->queued_bytes());
  }
  CHECK(l.server.data == "begin");
  CHECK(most > 0);
  CHECK(most < Stream::kHighWater + Loop::kReadBufferBytes);
  // Whoever reads what is answered is served as before.
  client.wire.take = [](std::string_view bytes) { return bytes.size(); };
  client.stream->resume_reading();
  client.stream->write(forger.seal(23, "end"));
  l.until([&] { return l.server.data == "beginend"; });
}

}  // namespace
}  // namespace net
