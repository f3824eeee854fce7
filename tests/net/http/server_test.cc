#include "net/http/server.h"

#include <doctest/doctest.h>

#include "tests/net/http/client_lab.h"

namespace client_lab {
namespace {

TEST_CASE("ALPN decides which protocol is spoken, and without TLS it is HTTP/1.1") {
  for (const std::string protocol : {"h2", "http/1.1", ""}) {
    CAPTURE(protocol);
    ServerLab lab(protocol.empty() ? std::vector<std::string>{} : std::vector{protocol});
    std::string alpn;
    bool secure = false;
    std::vector<std::string> flows;
    lab.handler.act = [&](Exchange& exchange) {
      alpn = exchange.peer().stream.alpn;
      secure = exchange.peer().secure;
      flows.push_back(exchange.peer().flow_id);
      answer(exchange, text_response(200, "fine"));
    };
    Client client(lab.loop, lab.client);
    Client other(lab.loop, lab.client);
    for (Client* each : {&client, &client, &other}) {
      const auto call = call_on(*each, get("/x"));
      lab.until([&] { return call->over(); });
      CHECK(call->notes.body == "fine\n");
    }
    CHECK(alpn == protocol);
    CHECK(secure == !protocol.empty());
    REQUIRE(flows.size() == 3);
    CHECK(flows[0].size() == 32);
    CHECK(flows[0] == flows[1]);  // one connection
    CHECK(flows[0] != flows[2]);
    CHECK(lab.server->connection_count() == 2);
  }
}

TEST_CASE("a connection that never comes to speak HTTP is reported") {
  ServerLab lab({"h2"});
  fakes::RecordingHandler notes;
  DialOptions plain;
  plain.remote = lab.client.dial.remote;
  const auto stream = dial_stream(lab.loop, plain, notes);
  notes.ending = [&] { stream->close(); };
  lab.until([&] { return notes.opened == 1; });
  stream->write("GET / HTTP/1.1\r\n\r\n");
  lab.until([&] { return !lab.refused.empty(); });
  CHECK(lab.server->connection_count() == 0);
}

TEST_CASE("beyond the limit connections are closed at once, and one that ends makes room") {
  ServerOptions options;
  options.connections = 1;
  ServerLab lab({}, options);
  auto first = std::make_unique<Client>(lab.loop, lab.client);
  auto call = call_on(*first, get("/x"));
  lab.until([&] { return call->over(); });
  Client second(lab.loop, lab.client);
  const auto refused = call_on(second, get("/y"));
  lab.until([&] { return refused->over(); });
  CHECK(refused->notes.failed);
  CHECK(lab.server->connection_count() == 1);
  call.reset();
  first.reset();
  lab.until([&] { return lab.server->connection_count() == 0; });
  const auto served = call_on(second, get("/z"));
  lab.until([&] { return served->over(); });
  CHECK(served->notes.response);
}

TEST_CASE("draining closes idle connections at once and busy ones after their exchanges") {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    CAPTURE(protocol);
    ServerLab lab({protocol});
    Client idle(lab.loop, lab.client);
    Client busy(lab.loop, lab.client);
    const auto first = call_on(idle, get("/x"));
    lab.until([&] { return first->over(); });
    lab.keep();
    const auto call = call_on(busy, get("/slow"));
    lab.until([&] { return lab.handler.kept.size() == 1; });

    int done = 0;
    lab.server->drain([&] { ++done; });
    lab.server->drain([&] { done += 100; });  // no effect
    lab.until([&] { return lab.server->connection_count() == 1; });
    lab.until([&] { return idle.connection_count() == 0; });
    CHECK(done == 0);
    answer(*lab.handler.kept[0], text_response(200, "late"));
    lab.until([&] { return call->over() && done > 0; });
    CHECK(call->notes.body == "late\n");
    CHECK(lab.server->connection_count() == 0);
    const auto late = call_on(idle, get("/late"));
    lab.until([&] { return late->over(); });
    CHECK(late->notes.failed);
    CHECK(done == 1);
  }
}

TEST_CASE("draining with nothing to wait for is done with the next turn, not inside the call") {
  ServerLab lab({});
  bool done = false;
  lab.server->drain([&] {
    done = true;
    lab.server.reset();  // it may go then
  });
  CHECK_FALSE(done);
  lab.until([&] { return done; });
}

TEST_CASE("a server that is destroyed while it drains calls nobody") {
  for (int turns = 0; turns < 6; ++turns) {
    ServerLab lab({"h2"});
    Client client(lab.loop, lab.client);
    const auto call = call_on(client, get("/x"));
    fakes::run_turns(lab.loop, turns);
    bool done = false;
    lab.server->drain([&] { done = true; });
    lab.server.reset();
    fakes::run_turns(lab.loop, 5);
    CHECK_FALSE(done);
  }
}

TEST_CASE("a server may be destroyed with live connections at any moment") {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    for (int turns = 0; turns < 24; ++turns) {
      CAPTURE(protocol);
      CAPTURE(turns);
      ServerLab lab({protocol});
      lab.keep();
      Client client(lab.loop, lab.client);
      const auto call = call_on(client, post("/x", 5), false);
      call->call->write("hel");
      fakes::run_turns(lab.loop, turns);
      for (std::size_t i = 0; i < lab.handler.kept.size(); ++i)
        if (turns % 2 == 0) lab.handler.kept[i]->respond({.fields = {}, .content_length = {}});
      lab.server.reset();
      lab.until([&] { return call->over(); });
      CHECK(call->notes.failed);
    }
  }
}

TEST_CASE("new certificates serve the connections that come after them") {
  ServerLab lab({"h2"});
  Client before(lab.loop, lab.client);
  const auto first = call_on(before, get("/x"));
  lab.until([&] { return first->over(); });
  TlsServerOptions fresh = server_options({"h2"});
  fresh.credentials = test_ca().credentials({.names = {"DNS:new.lab.example"}});
  lab.server->set_tls(server_context(fresh));
  lab.client.dial.expected = {certs::dns_name("new.lab.example")};
  Client after(lab.loop, lab.client);
  const auto second = call_on(after, get("/y"));
  lab.until([&] { return second->over(); });
  CHECK(second->notes.response);
  const auto third = call_on(before, get("/z"));  // the old connection goes on
  lab.until([&] { return third->over(); });
  CHECK(third->notes.response);
}

TEST_CASE("new limits hold for the connections that come after them") {
  ServerLab lab({"h2"});
  Client before(lab.loop, lab.client);
  const auto first = call_on(before, get("/x"));
  lab.until([&] { return first->over(); });
  ServerLimits quick;
  quick.idle = std::chrono::milliseconds{50};
  StreamLimits stream;
  stream.handshake = std::chrono::milliseconds{50};
  lab.server->set_limits(stream, quick);
  Client after(lab.loop, lab.client);
  const auto second = call_on(after, get("/y"));
  lab.until([&] { return second->over(); });
  fakes::RecordingHandler silent;  // never begins its handshake
  DialOptions plain;
  plain.remote = lab.client.dial.remote;
  const auto stream_of_silent = dial_stream(lab.loop, plain, silent);
  silent.ending = [&] { stream_of_silent->close(); };
  lab.until([&] { return silent.opened > 0; });
  lab.until([&] { return lab.server->connection_count() == 1; });
  const auto third = call_on(before, get("/z"));
  lab.until([&] { return third->over(); });
  CHECK(third->notes.response);
}

}  // namespace
}  // namespace client_lab
