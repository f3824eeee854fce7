#pragma once
// A Server and a Client on one loop over 127.0.0.1, or a Client and a server that is nothing but
// bytes, so that it can do what ours never would.

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http/client.h"
#include "net/http/server.h"
#include "net/listener.h"
#include "tests/net/http/h2_lab.h"
#include "tests/net/loopback.h"

namespace client_lab {

using namespace net;
using namespace net::http;
using h2_lab::get;
using h2_lab::LabHandler;
using h2_lab::NotingCall;
using h2_lab::post;
using std::chrono::milliseconds;

inline base::Endpoint loopback() {
  return {base::IpAddress::v4({127, 0, 0, 1}), 0};
}

// A call, begun; `done` for one without a body.
inline std::unique_ptr<NotingCall> call_on(Caller& caller, RequestHead head, bool done = true) {
  auto call = std::make_unique<NotingCall>();
  call->call = caller.start(std::move(head), *call);
  if (done) call->call->finish();
  return call;
}

// Our server, with TLS and the ALPN given, or in the clear.
struct ServerLab {
  explicit ServerLab(std::vector<std::string> alpn, ServerOptions options = {}) {
    if (!alpn.empty()) {
      options.tls = server_context(server_options(alpn));
      client.dial.tls = client_context(client_options(alpn));
    }
    client.dial.expected = {certs::dns_name("edge.lab.example")};
    options.on_refused = [this](const StreamInfo&, const base::Error& why) {
      refused.push_back(why);
    };
    server = std::make_unique<Server>(loop, handler, std::move(options));
    listener = std::move(*Listener::open(loop, loopback(), [this](Socket s, const base::Endpoint&) {
      if (server) server->accept(std::move(s));
    }));
    client.dial.remote = listener->local();
    handler.act = [](Exchange& exchange) { answer(exchange, text_response(200, "fine")); };
  }
  void keep() {
    handler.act = [this](Exchange& exchange) { handler.keep(exchange); };
  }
  void until(const std::function<bool()>& done,
             std::source_location where = std::source_location::current()) {
    fakes::run_until(loop, done, fakes::kPatience, where);
  }

  Loop loop;
  LabHandler handler;
  ClientOptions client;  // for a Client of the test's own
  std::vector<base::Error> refused;
  std::unique_ptr<Server> server;
  std::unique_ptr<Listener> listener;
};

// A server of bytes in the clear.
struct RawServer {
  struct Connection {
    fakes::RecordingHandler notes;
    std::unique_ptr<Stream> stream;
    void say(std::string_view text) { stream->write(text); }
  };
  explicit RawServer() {
    listener = std::move(*Listener::open(loop, loopback(), [this](Socket s, const base::Endpoint&) {
      connections.push_back(std::make_unique<Connection>());
      Connection& c = *connections.back();
      c.stream = accept_stream(loop, std::move(s), nullptr, c.notes);
    }));
    options.dial.remote = listener->local();
  }
  void until(const std::function<bool()>& done,
             std::source_location where = std::source_location::current()) {
    fakes::run_until(loop, done, fakes::kPatience, where);
  }
  // Waits for the request number `count` on a connection.
  Connection& asked(std::size_t connection, std::size_t count = 1) {
    until([&] {
      if (connections.size() <= connection) return false;
      const std::string& data = connections[connection]->notes.data;
      std::size_t heads = 0;
      for (auto at = data.find("\r\n\r\n"); at != data.npos; at = data.find("\r\n\r\n", at + 1))
        ++heads;
      return heads >= count;
    });
    return *connections[connection];
  }

  Loop loop;
  ClientOptions options;
  std::vector<std::unique_ptr<Connection>> connections;
  std::unique_ptr<Listener> listener;
};

constexpr std::string_view kFine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace client_lab
