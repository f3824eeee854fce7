#include "net/http/client.h"

#include <doctest/doctest.h>

#include "tests/net/http/client_lab.h"

namespace client_lab {
namespace {

TEST_CASE("nothing is dialled before a call, and HTTP/1.1 keeps its connection for the next") {
  ServerLab lab({"http/1.1"});
  Client client(lab.loop, lab.client);
  fakes::run_turns(lab.loop);
  CHECK(client.connection_count() == 0);
  CHECK(client.last_stream().alpn.empty());
  for (int i = 0; i < 3; ++i) {
    const auto call = call_on(client, get("/x"));
    CHECK_FALSE(call->over());
    lab.until([&] { return call->over(); });
    CHECK(call->notes.response->status == 200);
    CHECK(call->notes.body == "fine\n");
  }
  CHECK(client.connection_count() == 1);
  CHECK(client.last_stream().alpn == "http/1.1");
  CHECK(lab.server->connection_count() == 1);
}

TEST_CASE("calls share one HTTP/2 connection, those from before it was open too") {
  ServerLab lab({"h2", "http/1.1"});
  lab.keep();
  Client client(lab.loop, lab.client);
  std::vector<std::unique_ptr<NotingCall>> calls;
  for (int i = 0; i < 20; ++i)
    calls.push_back(call_on(client, get("/x")));
  lab.until([&] { return lab.handler.kept.size() == 20; });
  CHECK(client.connection_count() == 1);
  CHECK(client.last_stream().alpn == "h2");
  for (Exchange* exchange : lab.handler.kept)
    answer(*exchange, text_response(200, "fine"));
  for (const auto& call : calls)
    lab.until([&] { return call->over(); });
  CHECK(client.connection_count() == 1);
}

TEST_CASE("HTTP/1.1 calls wait in line for a connection, and beyond the line they are refused") {
  RawServer lab;
  lab.options.connections = 2;
  lab.options.waiting = 3;
  Client client(lab.loop, lab.options);
  std::vector<std::unique_ptr<NotingCall>> calls;
  for (int i = 0; i < 4; ++i)
    calls.push_back(call_on(client, get("/" + std::to_string(i))));
  CHECK_FALSE(calls[3]->over());  // not from inside start()
  lab.until([&] { return calls[3]->over(); });
  CHECK(calls[3]->notes.failed->code == base::Errc::Refused);

  lab.asked(0);
  lab.asked(1);
  CHECK(client.connection_count() == 2);
  lab.connections[0]->say(kFine);
  lab.until([&] { return calls[0]->over() || calls[1]->over(); });
  lab.asked(0, 2);  // the third has the connection of the one that is over
  CHECK(lab.connections.size() == 2);
  lab.connections[0]->say(kFine);
  lab.connections[1]->say(kFine);
  for (std::size_t i = 0; i < 3; ++i) {
    lab.until([&] { return calls[i]->over(); });
    CHECK(calls[i]->notes.body == "ok");
  }
}

TEST_CASE("whoever filled the queue of a call that waits is told when it has gone") {
  for (const char* alpn : {"", "h2"}) {
    CAPTURE(alpn);
    ServerLab lab(*alpn ? std::vector<std::string>{alpn} : std::vector<std::string>{});
    lab.keep();
    Client client(lab.loop, lab.client);
    RequestHead head = post("/");
    head.content_length = std::nullopt;
    const auto call = call_on(client, std::move(head), false);
    call->call->write(std::string(Flow::kHighWater + 1, 'x'));
    CHECK(call->call->queued_bytes() > Flow::kHighWater);
    lab.until([&] { return call->notes.drained > 0; });
    CHECK(call->notes.drained == 1);
    CHECK(call->call->queued_bytes() <= Flow::kHighWater);
  }
}

TEST_CASE("a request is sent once more when its kept connection was stale, if it may be") {
  struct Case {
    std::string_view method;
    std::optional<std::uint64_t> length;
    bool again;
  };
  const Case cases[] = {{"GET", 0, true},  {"HEAD", 0, true},  {"DELETE", 0, true},
                        {"PUT", 3, false}, {"POST", 0, false}, {"POST", 3, false},
                        {"PUT", {}, false}};
  for (const Case& c : cases) {
    CAPTURE(c.method);
    RawServer lab;
    Client client(lab.loop, lab.options);
    const auto first = call_on(client, get("/first"));
    lab.asked(0).say(kFine);
    lab.until([&] { return first->over(); });

    RequestHead head = get("/again");
    head.method = c.method;
    head.content_length = c.length;
    const auto call = call_on(client, head, false);
    if (c.length != 0u) call->call->write("abc");
    call->call->finish();
    lab.asked(0, 2).stream->abort({base::Errc::Closed, "restarted"});
    if (!c.again) {
      lab.until([&] { return call->over(); });
      CHECK(call->notes.failed->code == base::Errc::Closed);
      CHECK(lab.connections.size() == 1);
      continue;
    }
    CHECK(lab.asked(1).notes.data.find(" /again ") != std::string::npos);
    CHECK_FALSE(call->over());
    lab.connections[1]->stream->abort({base::Errc::Closed, "again"});  // a fresh one is no excuse
    lab.until([&] { return call->over(); });
    CHECK(call->notes.failed->code == base::Errc::Closed);
    CHECK(lab.connections.size() == 2);
  }
}

TEST_CASE("a request whose fresh connection breaks is not repeated, nor one half answered") {
  for (const bool answered : {false, true}) {
    CAPTURE(answered);
    RawServer lab;
    Client client(lab.loop, lab.options);
    if (answered) {
      const auto first = call_on(client, get("/first"));
      lab.asked(0).say(kFine);
      lab.until([&] { return first->over(); });
    }
    const auto call = call_on(client, get("/x"));
    auto& connection = lab.asked(0, answered ? 2 : 1);
    if (answered) {
      connection.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort");
      lab.until([&] { return !call->notes.body.empty(); });
    }
    connection.stream->abort({base::Errc::Closed, "gone"});
    lab.until([&] { return call->over(); });
    CHECK(call->notes.failed->code == base::Errc::Closed);
    CHECK(lab.connections.size() == 1);
  }
}

TEST_CASE("the wait for the answer and for the rest of a body has a limit") {
  for (const bool head_came : {false, true}) {
    CAPTURE(head_came);
    RawServer lab;
    lab.options.first_byte = head_came ? milliseconds{30'000} : milliseconds{20};
    lab.options.idle = head_came ? milliseconds{20} : milliseconds{30'000};
    Client client(lab.loop, lab.options);
    const auto call = call_on(client, get("/x"));
    auto& connection = lab.asked(0);
    if (head_came) connection.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    lab.until([&] { return call->over(); });
    CHECK(call->notes.failed->code == base::Errc::Timeout);
    const std::string_view wait = head_came ? "no progress in the body" : "no answer within";
    CHECK(call->notes.failed->detail.starts_with(wait));
    lab.until([&] { return client.connection_count() == 0; });
  }
}

TEST_CASE("a call that never gets a connection is told so") {
  RawServer lab;
  lab.options.connections = 1;
  lab.options.dial.limits.connect = milliseconds{30};
  lab.options.first_byte = milliseconds{30};
  lab.options.idle = milliseconds{30'000};
  Client client(lab.loop, lab.options);
  const auto busy = call_on(client, post("/slow"), false);  // its body never ends
  lab.asked(0);
  const auto call = call_on(client, get("/x"));
  lab.until([&] { return call->over(); });
  CHECK(call->notes.failed->code == base::Errc::Timeout);
  CHECK_FALSE(busy->over());
}

TEST_CASE("all who wait are told when the server cannot be reached") {
  RawServer lab;
  lab.listener->close();
  Client client(lab.loop, lab.options);
  std::vector<std::unique_ptr<NotingCall>> calls;
  for (int i = 0; i < 5; ++i)
    calls.push_back(call_on(client, get("/x")));
  for (const auto& call : calls) {
    lab.until([&] { return call->over(); });
    CHECK(call->notes.failed->code == base::Errc::Refused);
  }
  CHECK(client.connection_count() == 0);
}

TEST_CASE("who is told of a failed dial may destroy others that wait, and start anew") {
  RawServer lab;
  lab.listener->close();
  Client client(lab.loop, lab.options);
  std::vector<std::unique_ptr<NotingCall>> calls;
  for (int i = 0; i < 4; ++i)
    calls.push_back(call_on(client, get("/x")));
  std::unique_ptr<NotingCall> anew;
  calls[0]->notes.on_failed = [&] {
    calls[1].reset();
    calls[3].reset();
    anew = call_on(client, get("/anew"));
  };
  calls[2]->notes.on_failed = [&] { calls[2]->call.reset(); };
  lab.until([&] { return calls[2]->over(); });
  lab.until([&] { return anew->over(); });
  CHECK(anew->notes.failed->code == base::Errc::Refused);
}

TEST_CASE("a server that is silent in the handshake or shows the wrong name is refused") {
  for (const bool silent : {false, true}) {
    CAPTURE(silent);
    ServerLab lab({"h2"});
    RawServer raw;
    Loop& loop = silent ? raw.loop : lab.loop;
    ClientOptions options = lab.client;
    if (silent) options.dial.remote = raw.options.dial.remote;
    options.dial.limits.handshake = milliseconds{silent ? 30 : 30'000};
    options.dial.expected = {certs::dns_name("other.lab.example")};
    Client client(loop, options);
    const auto call = call_on(client, get("/x"));
    fakes::run_until(loop, [&] { return call->over(); });
    CHECK(call->notes.failed->code == (silent ? base::Errc::Timeout : base::Errc::Refused));
    CHECK(client.connection_count() == 0);
  }
}

TEST_CASE("a connection that nobody uses is closed after its time") {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    CAPTURE(protocol);
    ServerLab lab({protocol});
    lab.client.keep = milliseconds{20};
    Client client(lab.loop, lab.client);
    const auto call = call_on(client, get("/x"));
    lab.until([&] { return call->over(); });
    CHECK(client.connection_count() == 1);
    lab.until([&] { return client.connection_count() == 0; });
    lab.until([&] { return lab.server->connection_count() == 0; });
    const auto next = call_on(client, get("/y"));  // dialled anew
    lab.until([&] { return next->over(); });
    CHECK(next->notes.response);
  }
}

TEST_CASE("a call may be destroyed at every stage, the client with it or not") {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    for (int turns = 0; turns < 24; ++turns) {
      CAPTURE(protocol);
      CAPTURE(turns);
      ServerLab lab({protocol});
      auto client = std::make_unique<Client>(lab.loop, lab.client);
      auto call = call_on(*client, post("/x", 5), false);
      auto other = call_on(*client, get("/y"));
      call->call->write("hel");
      fakes::run_turns(lab.loop, turns / 2);
      call->call->write("lo");
      if (turns % 2 == 0) call.reset();
      if (call) call->call->reset({base::Errc::Closed, "enough"});
      if (turns % 3 == 0) {
        call.reset();
        other.reset();
        client.reset();
        fakes::run_turns(lab.loop, 3);
        continue;
      }
      lab.until([&] { return other->over(); });
      CHECK(other->notes.response);
      if (call) CHECK_FALSE(call->notes.failed);
    }
  }
}

TEST_CASE("a call may be destroyed inside each of its own callbacks") {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    for (int where = 0; where < 3; ++where) {
      CAPTURE(protocol);
      CAPTURE(where);
      ServerLab lab({protocol});
      Client client(lab.loop, lab.client);
      bool gone = false;
      auto call = call_on(client, get("/x"));
      const auto destroy = [&] {
        call->call.reset();
        gone = true;
      };
      if (where == 0) call->notes.on_response = destroy;
      if (where == 1) call->notes.on_body = destroy;
      if (where == 2) call->notes.on_end = destroy;
      lab.until([&] { return gone; });
      const auto next = call_on(client, get("/y"));
      lab.until([&] { return next->over(); });
      CHECK(next->notes.response);
    }
  }
}

TEST_CASE("an answer before the end of the request leaves the connection for the next call") {
  RawServer lab;
  lab.options.connections = 1;
  Client client(lab.loop, lab.options);
  const auto call = call_on(client, post("/x", 5), false);
  auto& connection = lab.asked(0);
  connection.say(kFine);
  lab.until([&] { return call->notes.ended == 1; });
  const auto next = call_on(client, get("/next"));
  call->call->write("hello");
  call->call->finish();
  lab.asked(0, 2);
  connection.say(kFine);
  lab.until([&] { return next->over(); });
  CHECK(next->notes.body == "ok");
}

}  // namespace
}  // namespace client_lab
