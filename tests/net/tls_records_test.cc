#include "net/tls_records.h"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <functional>
#include <utility>

#include "base/hex.h"

namespace net {
namespace {

using Side = TlsRecords::Side;
using Status = TlsRecords::Status;

std::string from_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits += c;
  }
  return *base::decode_hex(digits);
}

// The trace of RFC 8448 section 3: "Simple 1-RTT Handshake".
TlsRecords::Agreement rfc_8448(Side side) {
  return {side, 0x1301,
          from_hex("9e 40 64 6c e7 9a 7f 9d c0 5a f8 88 9b ce 65 52"
                   "87 5a fa 0b 06 df 00 87 f7 92 eb b7 c1 75 04 a5"),
          from_hex("a1 1a f9 f0 55 31 f8 56 ad 47 11 6b 45 a9 50 32"
                   "82 04 b4 f4 4b fb 6b 3a 4b 4f 1f 3f cb 63 16 43"),
          0};
}
const std::string kClientData = from_hex(
    "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa"
    "66 bc ab 3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2"
    "97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4");
const std::string kClientAlert =
    from_hex("17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3");

std::string fifty_bytes() {
  std::string bytes;
  for (char c = 0; c < 50; ++c)
    bytes += c;
  return bytes;
}

// One end, and what it has to send.
struct End {
  explicit End(Side side) : End(rfc_8448(side)) {}
  explicit End(const TlsRecords::Agreement& agreed) : tls(TlsRecords::start(agreed, output)) {}
  std::string take_output() {
    std::string bytes(output.view());
    output.clear();
    return bytes;
  }
  // What `bytes` carry. They must be whole records.
  std::string open(std::string bytes) {
    const TlsRecords::Opened opened = tls->open(bytes);
    status = opened.status;
    if (status == Status::Open) CHECK(opened.taken == bytes.size());
    return bytes.substr(0, opened.plain);
  }
  ByteQueue output;
  std::unique_ptr<TlsRecords> tls;
  Status status = Status::Open;
};

// A peer that seals what TlsRecords never would.
class Forger {
 public:
  explicit Forger(Side side = Side::Client) {
    const TlsRecords::Agreement agreed = rfc_8448(side);
    const bool client = side == Side::Client;
    REQUIRE(key_.start(TrafficKey::Use::Seal, agreed.suite,
                       client ? agreed.client_secret : agreed.server_secret, 0));
  }
  // `inner` is content and type, with zeros or not.
  Forger& send(std::string_view inner) {
    const std::size_t size = inner.size() + TrafficKey::kTagBytes;
    std::string record = {23, 3, 3, static_cast<char>(size >> 8), static_cast<char>(size)};
    record += inner;
    record.append(TrafficKey::kTagBytes, '\0');
    REQUIRE(key_.seal(record));
    bytes_ += record;
    return *this;
  }
  Forger& send(char type, std::string_view content) { return send(std::string(content) + type); }
  Forger& send_bare(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  Forger& advance() {
    REQUIRE(key_.advance());
    return *this;
  }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  TrafficKey key_;
  std::string bytes_;
};

constexpr char kAlert = 21;
constexpr char kHandshake = 22;
constexpr char kData = 23;
const std::string kUpdate("\x18\0\0\1\0", 5);
const std::string kUpdateBoth("\x18\0\0\1\1", 5);

TEST_CASE("the records of RFC 8448 are sealed and opened as they stand there") {
  End client(Side::Client);
  REQUIRE(client.tls->seal(fifty_bytes()));
  CHECK(client.take_output() == kClientData);
  client.tls->shut_down();
  CHECK(client.take_output() == kClientAlert);

  End server(Side::Server);
  CHECK(server.open(kClientData) == fifty_bytes());
  CHECK(server.status == Status::Open);
  CHECK(server.open(kClientAlert).empty());
  CHECK(server.status == Status::Ended);
  CHECK(server.output.empty());
}

TEST_CASE("every suite of ours carries data both ways, in records of at most 16 KiB") {
  for (const std::uint16_t suite : std::initializer_list<std::uint16_t>{0x1301, 0x1302, 0x1303}) {
    CAPTURE(suite);
    const std::size_t secret = suite == 0x1302 ? 48 : 32;
    TlsRecords::Agreement agreed{Side::Client, suite, std::string(secret, 'c'),
                                 std::string(secret, 's'), 0};
    End client(agreed);
    agreed.side = Side::Server;
    End server(agreed);
    const std::string big(40'000, 'x');
    REQUIRE(client.tls->seal(big));
    CHECK(client.output.size() == big.size() + 3 * (5 + 1 + 16));
    CHECK(server.open(client.take_output()) == big);
    REQUIRE(server.tls->seal("answer"));
    CHECK(client.open(server.take_output()) == "answer");
  }
}

TEST_CASE("a peer that takes small records only gets no larger ones") {
  TlsRecords::Agreement agreed = rfc_8448(Side::Server);
  agreed.max_plain = 512;
  End server(agreed);
  End client(Side::Client);
  const std::string data(1300, 'x');
  REQUIRE(server.tls->seal(data));
  const std::string sealed = server.take_output();
  CHECK(sealed.size() == data.size() + 3 * (5 + 1 + 16));
  CHECK(client.open(sealed) == data);
}

TEST_CASE("a suite that is not known, or a secret of another length, starts nothing") {
  TlsRecords::Agreement agreed = rfc_8448(Side::Server);
  ByteQueue output;
  agreed.suite = 0x1304;
  CHECK(TlsRecords::start(agreed, output) == nullptr);
  agreed.suite = 0x1302;
  CHECK(TlsRecords::start(agreed, output) == nullptr);
}

TEST_CASE("what a server sealed in the handshake counts") {
  TlsRecords::Agreement agreed = rfc_8448(Side::Server);
  End first(agreed);
  REQUIRE(first.tls->seal("ticket"));
  const std::string ticket = first.take_output();
  agreed.sealed = 1;
  End second(agreed);
  REQUIRE(second.tls->seal("data"));
  End client(Side::Client);
  CHECK(client.open(ticket + second.take_output()) == "ticketdata");
}

TEST_CASE("records are opened however the bytes are cut") {
  Forger peer;
  peer.send(kData, "one").send(kData, "");
  peer.send(kHandshake, kUpdate.substr(0, 2)).send(kHandshake, kUpdate.substr(2));
  const std::string all = peer.advance().send({"two\x17\0\0\0", 7}).take();
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CAPTURE(cut);
    End server(Side::Server);
    std::string first = all.substr(0, cut);
    const TlsRecords::Opened opened = server.tls->open(first);
    REQUIRE(opened.status == Status::Open);
    std::string data = first.substr(0, opened.plain);
    data += server.open(all.substr(opened.taken));
    CHECK(data == "onetwo");
    CHECK(server.status == Status::Open);
  }
}

TEST_CASE("what breaks a rule ends the connection with its alert") {
  struct Case {
    const char* what;
    std::function<void(Forger&)> send;
    int alert;
    int reason;
  };
  const auto sealed = [](char type, std::string content) {
    return [=](Forger& peer) { peer.send(type, content); };
  };
  const auto plain = [](std::string bytes) { return [=](Forger& peer) { peer.send_bare(bytes); }; };
  const std::string ticket("\x04\0\0\1x", 5);
  const Case cases[] = {
      {"a record in the clear", plain({kAlert, 3, 3, 0, 2, 1, 0}), SSL_AD_UNEXPECTED_MESSAGE,
       SSL_R_BAD_RECORD_TYPE},
      {"a change of cipher", plain({20, 3, 3, 0, 1, 1}), SSL_AD_UNEXPECTED_MESSAGE,
       SSL_R_BAD_RECORD_TYPE},
      {"another version", plain({kData, 3, 1, 0, 20}), SSL_AD_DECODE_ERROR,
       SSL_R_WRONG_VERSION_NUMBER},
      {"too long", plain({kData, 3, 3, 0x41, 1}), SSL_AD_RECORD_OVERFLOW,
       SSL_R_ENCRYPTED_LENGTH_TOO_LONG},
      {"too short", plain({kData, 3, 3, 0, 16}), SSL_AD_BAD_RECORD_MAC,
       SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC},
      {"not sealed with the key", plain(std::string{kData, 3, 3, 0, 32} + std::string(32, 'x')),
       SSL_AD_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC},
      {"plaintext too long", sealed(kData, std::string(16'385, 'x')), SSL_AD_RECORD_OVERFLOW,
       SSL_R_DATA_LENGTH_TOO_LONG},
      {"zeros alone", [](Forger& peer) { peer.send(std::string(9, '\0')); },
       SSL_AD_UNEXPECTED_MESSAGE, SSL_R_BAD_RECORD_TYPE},
      {"a type nobody knows", sealed(24, "x"), SSL_AD_UNEXPECTED_MESSAGE, SSL_R_BAD_RECORD_TYPE},
      {"half an alert", sealed(kAlert, "\x01"), SSL_AD_UNEXPECTED_MESSAGE, SSL_R_INVALID_ALERT},
      {"no handshake at all", sealed(kHandshake, ""), SSL_AD_UNEXPECTED_MESSAGE,
       SSL_R_LENGTH_TOO_SHORT},
      {"a ticket from a client", sealed(kHandshake, ticket), SSL_AD_UNEXPECTED_MESSAGE,
       SSL_R_UNEXPECTED_MESSAGE},
      {"another handshake", sealed(kHandshake, {"\x01\0\0\1x", 5}), SSL_AD_UNEXPECTED_MESSAGE,
       SSL_R_UNEXPECTED_MESSAGE},
      {"a long key update", sealed(kHandshake, {"\x18\0\0\2\0\0", 6}), SSL_AD_DECODE_ERROR,
       SSL_R_BAD_KEY_UPDATE},
      {"a key update that asks what none asks", sealed(kHandshake, {"\x18\0\0\1\2", 5}),
       SSL_AD_ILLEGAL_PARAMETER, SSL_R_BAD_KEY_UPDATE},
      {"more under a key that is gone", sealed(kHandshake, kUpdate + kUpdate),
       SSL_AD_UNEXPECTED_MESSAGE, SSL_R_NOT_ON_RECORD_BOUNDARY},
      {"data in the middle of a message",
       [](Forger& peer) { peer.send(kHandshake, "\x18").send(kData, "x"); },
       SSL_AD_UNEXPECTED_MESSAGE, SSL_R_MIXED_HANDSHAKE_AND_NON_HANDSHAKE_DATA},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Forger peer;
    End server(Side::Server);
    c.send(peer.send(kData, "before"));
    CHECK(server.open(peer.take()) == "before");
    CHECK(server.status == Status::Failed);
    CHECK(server.tls->reason() == c.reason);
    End client(Side::Client);
    client.open(server.take_output());
    CHECK(client.tls->reason() == SSL_AD_REASON_OFFSET + c.alert);
  }
}

TEST_CASE("an alert of the peer's is the end, but for the one that says nothing") {
  Forger peer;
  End server(Side::Server);
  server.open(peer.send(kAlert, {"\x01\x5a", 2}).take());  // user_canceled
  CHECK(server.status == Status::Open);
  server.open(peer.send(kAlert, {"\x01\x30", 2}).take());  // unknown_ca, as if it were a warning
  CHECK(server.status == Status::Failed);
  CHECK(server.tls->reason() == SSL_AD_REASON_OFFSET + SSL_AD_UNKNOWN_CA);
  CHECK(server.output.empty());
}

TEST_CASE("records without data are borne for a while, and data makes up for them") {
  Forger peer;
  End server(Side::Server);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < TlsRecords::kMaxIdleRecords; ++i)
      peer.send(kData, "");
    CHECK(server.open(peer.send(kData, "x").take()) == "x");
  }
  for (int i = 0; i < TlsRecords::kMaxIdleRecords; ++i)
    peer.send(kData, "");
  server.open(peer.take());
  CHECK(server.status == Status::Open);
  server.open(peer.send(kData, "").take());
  CHECK(server.status == Status::Failed);
  CHECK(server.tls->reason() == SSL_R_RECORD_TOO_SMALL);
}

TEST_CASE("a key update changes the peer's key, and ours when it asks for that") {
  for (const bool both : {false, true}) {
    CAPTURE(both);
    Forger peer;
    End server(Side::Server);
    peer.send(kHandshake, both ? kUpdateBoth : kUpdate).advance().send(kData, "new key");
    CHECK(server.open(peer.take()) == "new key");
    CHECK(server.output.empty() == !both);
    REQUIRE(server.tls->seal("answer"));
    End client(Side::Client);
    CHECK(client.open(server.take_output()) == "answer");
    CHECK(client.output.empty());
  }
}

TEST_CASE("keys may be changed as often as there is data for it") {
  Forger peer;
  End server(Side::Server);
  const auto change = [&] {
    return server.open(peer.send(kHandshake, kUpdate).advance().send(kData, "x").take()) == "x";
  };
  for (std::uint64_t i = 0; i < TlsRecords::kFreeKeyUpdates; ++i)
    CHECK(change());
  for (int i = 0; i < 4; ++i)
    server.open(peer.send(kData, std::string(TlsRecords::kMaxPlainBytes, 'x')).take());
  CHECK(change());
  CHECK_FALSE(change());
  CHECK(server.status == Status::Failed);
  CHECK(server.tls->reason() == SSL_R_TOO_MANY_KEY_UPDATES);
}

TEST_CASE("a key that sealed as much as it may is changed in time") {
  TlsRecords::Agreement agreed = rfc_8448(Side::Server);
  agreed.sealed = TrafficKey::kMaxSealed - 1;
  End server(agreed);
  REQUIRE(server.tls->seal("last of the old"));
  const std::size_t record = server.output.size();
  REQUIRE(server.tls->seal("first of the new"));
  const std::string update = server.take_output().substr(record);
  CHECK(update.size() == 5 + 5 + 1 + 16 + 5 + 16 + 1 + 16);
  TrafficKey next;
  REQUIRE(next.start(TrafficKey::Use::Open, 0x1301, agreed.server_secret, 0));
  REQUIRE(next.advance());
  std::string fresh = update.substr(5 + 5 + 1 + 16);
  REQUIRE(next.open(fresh));
  CHECK(fresh.substr(5, 17) == "first of the new\x17");
}

TEST_CASE("session tickets are passed over by a client, in pieces too") {
  const std::string tickets = std::string("\x04\0\x01\0", 4) + std::string(256, 't') +
                              std::string("\x04\0\0\0", 4) + std::string("\x04\0\0\2tt", 6);
  for (const std::size_t step : {std::size_t{1000}, std::size_t{200}, std::size_t{30}}) {
    CAPTURE(step);
    Forger peer(Side::Server);
    for (std::size_t i = 0; i < tickets.size(); i += step)
      peer.send(kHandshake, tickets.substr(i, step));
    End client(Side::Client);
    CHECK(client.open(peer.send(kData, "data").take()) == "data");
    CHECK(client.status == Status::Open);
  }
  Forger peer(Side::Server);
  End client(Side::Client);
  client.open(peer.send(kHandshake, "\x04\x7f\xff\xff").take());
  CHECK(client.status == Status::Failed);
}

TEST_CASE("after our goodbye nothing is sealed, whatever the peer does") {
  Forger peer;
  End server(Side::Server);
  server.tls->shut_down();
  const std::size_t goodbye = server.output.size();
  server.tls->shut_down();
  server.open(peer.send(kHandshake, kUpdateBoth).take());
  CHECK(server.status == Status::Open);
  server.open("garbage, not a record");
  CHECK(server.status == Status::Failed);
  CHECK_FALSE(server.tls->seal("an answer"));
  CHECK(server.output.size() == goodbye);
}

}  // namespace
}  // namespace net
