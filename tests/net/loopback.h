#pragma once
// A server's and a client's stream over a real connection on 127.0.0.1, each with a recording
// handler; and the certificates they use.

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "certs/identity.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/socket_stream.h"
#include "net/ticket_keys.h"
#include "net/tls_context.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/test_certs.h"

namespace net {

inline const fakes::TestCa& test_ca() {
  static const fakes::TestCa ca;
  return ca;
}

inline TlsServerOptions server_options(std::vector<std::string> alpn = {}) {
  TlsServerOptions options;
  options.credentials =
      test_ca().credentials({.names = {"DNS:edge.lab.example"}, .common_name = "edge"});
  options.alpn = std::move(alpn);
  return options;
}

inline TlsClientOptions client_options(std::vector<std::string> alpn = {}) {
  TlsClientOptions options;
  options.trust = test_ca().trust();
  options.alpn = std::move(alpn);
  return options;
}

inline std::shared_ptr<const TlsContext> server_context(const TlsServerOptions& options) {
  return *TlsContext::server(options);
}
inline std::shared_ptr<const TlsContext> client_context(const TlsClientOptions& options) {
  return *TlsContext::client(options);
}

struct Loopback {
  explicit Loopback(std::shared_ptr<const TlsContext> server_tls = nullptr,
                    std::shared_ptr<const TlsContext> client_tls = nullptr) {
    dial.tls = std::move(client_tls);
    dial.expected = {certs::dns_name("edge.lab.example")};
    listener = std::move(*Listener::open(
        loop, {base::IpAddress::v4({127, 0, 0, 1}), 0},
        [this, tls = std::move(server_tls)](Socket socket, const base::Endpoint&) {
          server_stream = accept_stream(loop, std::move(socket), tls, server, limits);
        }));
    dial.remote = listener->local();
  }

  static std::unique_ptr<Loopback> tls() {
    return std::make_unique<Loopback>(server_context(server_options()),
                                      client_context(client_options()));
  }

  void start() {
    dial.limits = limits;
    client_stream = dial_stream(loop, dial, client);
  }
  void open() {
    start();
    fakes::run_until(loop, [this] { return server.opened == 1 && client.opened == 1; });
  }
  void until(const std::function<bool()>& done) { fakes::run_until(loop, done); }
  void until_both_closed() {
    until([this] { return server.closed.has_value() && client.closed.has_value(); });
  }

  Loop loop;
  StreamLimits limits;  // of both
  DialOptions dial;     // `remote` and `limits` are filled in
  fakes::RecordingHandler server;
  fakes::RecordingHandler client;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Stream> server_stream;
  std::unique_ptr<Stream> client_stream;
};

// Runs `test` once over plain TCP and once over TLS.
template <typename Test>
inline void over_both(Test test) {
  {
    INFO("over plain TCP");
    Loopback plain;
    test(plain);
  }
  {
    INFO("over TLS");
    test(*Loopback::tls());
  }
}

}  // namespace net
