#pragma once
// A SIP edge on loopback: challenges, registers, sends requests from inside, or does what a test
// wants to go wrong.

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/listener.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "sip/digest.h"
#include "sip/headers.h"
#include "sip/message.h"
#include "sip/response.h"
#include "sip/transport/connection.h"
#include "tests/fakes/test_certs.h"

namespace support {

class FakeSipEdge final : private sip::transport::ConnectionHandler {
 public:
  using Connection = sip::transport::Connection;

  FakeSipEdge(net::Loop& loop, const fakes::TestCa& ca, std::vector<std::string> names,
              std::uint16_t port = 0)
      : loop_(loop) {
    fakes::LeafSpec leaf;
    leaf.names = std::move(names);
    net::TlsServerOptions tls;
    tls.credentials = ca.credentials(leaf);
    tls_ = *net::TlsContext::server(tls);
    listen(port);
  }

  // Listens, again after stop_listening().
  void listen(std::uint16_t port) {
    auto listener = net::Listener::open(
        loop_, {*base::parse_ip("127.0.0.1"), port},
        [this](net::Socket socket, const base::Endpoint&) { accept(std::move(socket)); });
    REQUIRE(listener);
    listener_ = std::move(*listener);
  }
  std::uint16_t port() const { return listener_->local().port; }
  void stop_listening() { listener_->close(); }
  void drop_all() {
    for (auto& connection : connections_)
      connection->abort({base::Errc::Closed, "the test ends it"});
  }
  void close_all() {  // after what is queued
    for (auto& connection : connections_)
      connection->close();
  }
  // To every client.
  void send(const std::string& text) {
    for (auto& connection : connections_)
      connection->send(text);
  }
  static std::string request(const std::string& method, const std::string& call_id) {
    return method +
           " sip:phone@127.0.0.1 SIP/2.0\r\n"
           "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK" +
           call_id + "\r\nFrom: <sip:ucm@uclabcucm-pub>;tag=1\r\nTo: <sip:5002@uclabcucm-pub>\r\n" +
           "Call-ID: " + call_id + "\r\nCSeq: 7 " + method +
           "\r\nMax-Forwards: 70\r\nContact: <sip:ucm@127.0.0.1>\r\nContent-Length: 0\r\n\r\n";
  }

  // What it does.
  std::string password = "s3cret";
  std::vector<std::string> algorithms = {"MD5", "SHA-256"};
  std::string granted = "120";
  bool challenges = true;
  bool silent = false;               // takes messages and answers none
  bool probes = true;                // OPTIONS behind the first 200
  std::string first_bytes;           // sent in place of an answer
  int refusal = 0;                   // answers what was authenticated with this, if not 0
  std::string phrase;                // of the refusal; empty: the usual words
  int refusals = -1;                 // how many; -1: all
  int stale = 0;                     // so many good answers count as stale
  bool drops = false;                // ends the connection in place of an answer
  bool lists_contact = true;         // in a 200
  std::function<void()> on_request;  // after each

  // What it saw.
  std::vector<sip::Message> requests;
  std::vector<sip::Message> responses;
  std::vector<std::string> used;  // algorithms of the credentials that fitted
  int clients = 0;
  int pings = 0;
  bool registered = false;

 private:
  void accept(net::Socket socket) {
    ++clients;
    sip::transport::ConnectionHandler& handler = *this;
    connections_.push_back(std::make_unique<Connection>(loop_, std::move(socket), tls_, handler));
  }

  void on_open(Connection&) override {}
  void on_bad(Connection&, std::string_view, const base::Error&) override {}
  void on_keep_alive(Connection&) override { ++pings; }
  void on_closed(Connection& connection, const base::Error&) override {
    for (auto& owned : connections_) {
      if (owned.get() != &connection) continue;
      loop_.retire(std::move(owned));
      connections_.erase(connections_.begin() + (&owned - connections_.data()));
      return;
    }
  }

  void on_message(Connection& connection, sip::Message message, std::string_view) override {
    if (!message.is_request()) {
      responses.push_back(std::move(message));
    } else {
      requests.push_back(std::move(message));
      answer(connection, requests.back());
    }
    if (on_request) on_request();
  }

  void answer(Connection& connection, const sip::Message& request) {
    if (silent) return;
    if (drops) return connection.abort({base::Errc::Closed, "the test ends it"});
    if (!first_bytes.empty()) return connection.send(first_bytes);
    if (challenges && !fits(request)) return challenge(connection, request, false);
    if (stale > 0) {
      --stale;
      return challenge(connection, request, true);
    }
    if (refusal != 0 && refusals != 0) {
      if (refusals > 0) --refusals;
      return connection.send(sip::make_response(request, refusal, phrase));
    }
    accept_register(connection, request);
  }

  bool fits(const sip::Message& request) {
    const auto given = sip::parse_credentials(request.value(sip::FieldId::ProxyAuthorization));
    if (!given || given->nonce != nonce_ || given->uri != request.uri()) return false;
    const std::string ha1 =
        sip::digest_ha1(given->algorithm, "mac.donald", "edge1.uclab.com", password);
    if (given->username != "mac.donald" || given->nonce_count <= count_) return false;
    if (!sip::digest_matches(*given, ha1, "REGISTER")) return false;
    count_ = given->nonce_count;
    used.emplace_back(sip::to_string(given->algorithm));
    return true;
  }

  void challenge(Connection& connection, const sip::Message& request, bool too_old) {
    nonce_ = "nonce" + std::to_string(++nonces_);
    count_ = 0;
    sip::Message answer = sip::make_response(request, 407);
    for (const std::string& algorithm : algorithms) {
      answer.add(sip::FieldId::ProxyAuthenticate,
                 "Digest realm=\"edge1.uclab.com\", nonce=\"" + nonce_ +
                     "\", qop=\"auth\", algorithm=" + algorithm + (too_old ? ", stale=true" : ""));
    }
    connection.send(answer);
  }

  void accept_register(Connection& connection, const sip::Message& request) {
    const bool leaves = request.value(sip::FieldId::Expires) == "0";
    sip::Message answer = sip::make_response(request, 200);
    if (!leaves) {
      answer.add(sip::FieldId::Contact,
                 lists_contact ? request.value(sip::FieldId::Contact) : "<sip:another@10.0.0.1>");
      answer.add(sip::FieldId::Expires, granted);
    }
    connection.send(answer);
    if (!leaves && !registered && probes) connection.send(FakeSipEdge::request("OPTIONS", "probe"));
    registered = !leaves;
  }

  net::Loop& loop_;
  std::shared_ptr<const net::TlsContext> tls_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::string nonce_;
  int nonces_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace support
