#include <doctest/doctest.h>

#include "tests/net/http/h2_lab.h"

// serve_h2() and call_h2() against each other.
namespace h2_lab {
namespace {

ResponseHead ok(std::optional<std::uint64_t> length = {}) {
  ResponseHead head;
  head.content_length = length;
  return head;
}

// Starts a call whose request has no body, and ends it.
void ask(Lab& lab, NotingCall& to, RequestHead head) {
  to.call = lab.client->start(std::move(head), to);
  to.call->finish();
}

TEST_CASE("a request arrives as it was sent and its answer too") {
  Lab lab;
  lab.handler.act = [](Exchange& exchange) {
    ResponseHead head = ok(5);
    head.fields.add("X-Mixed", "Value");
    head.fields.add("set-cookie", "a=b");
    exchange.respond(std::move(head));
    exchange.write("hello");
    exchange.finish();
  };
  NotingCall call;
  RequestHead head = get("/path?q=1");
  head.fields.add("User-Agent", "test");
  head.fields.add("cookie", "a=1; b=2");
  ask(lab, call, head);
  lab.until([&] { return call.over(); });
  REQUIRE(lab.handler.heads.size() == 1);
  const RequestHead& seen = lab.handler.heads[0];
  CHECK(seen.target == "/path?q=1");
  CHECK(seen.authority == "edge.lab.example:8443");
  CHECK(seen.fields.get("user-agent") == "test");
  CHECK(seen.fields.get("cookie") == "a=1; b=2");
  CHECK(seen.content_length == 0u);
  REQUIRE(call.notes.response);
  CHECK(call.notes.response->status == 200);
  CHECK(call.notes.response->content_length == 5u);
  CHECK(call.notes.response->fields.get("x-mixed") == "Value");
  CHECK(call.notes.body == "hello");
  CHECK_FALSE(call.notes.failed);
  lab.turns();
  CHECK(lab.server->active_exchanges() == 0);
  CHECK(lab.client->active_calls() == 0);
}

TEST_CASE("everything works byte by byte") {
  Lab lab;
  lab.ends.pair.set_chunk(fakes::Side::Left, 1);
  lab.ends.pair.set_chunk(fakes::Side::Right, 1);
  lab.handler.act = [](Exchange& exchange) { answer(exchange, text_response(404, "nothing")); };
  NotingCall call;
  ask(lab, call, get("/"));
  lab.until([&] { return call.over(); });
  CHECK(call.notes.response->status == 404);
  CHECK(call.notes.ended == 1);
}

TEST_CASE("responses without a body end with their head") {
  struct Case {
    const char* method;
    int status;
    std::optional<std::uint64_t> length, shown;
  };
  const Case cases[] = {
      {"HEAD", 200, 10, 10}, {"GET", 204, {}, {}}, {"GET", 304, 10, 10}, {"GET", 200, 0, 0}};
  for (const Case& c : cases) {
    CAPTURE(c.method);
    CAPTURE(c.status);
    Lab lab;
    lab.handler.act = [&](Exchange& exchange) {
      ResponseHead head = ok(c.length);
      head.status = c.status;
      exchange.respond(std::move(head));
      exchange.finish();
    };
    NotingCall call;
    RequestHead head = get("/");
    head.method = c.method;
    ask(lab, call, head);
    lab.until([&] { return call.over(); });
    CHECK(call.notes.response->status == c.status);
    CHECK(call.notes.response->content_length == c.shown);
    CHECK(call.notes.ended == 1);
    CHECK(call.notes.body.empty());
  }
}

// Echoes with back-pressure, as a proxy would.
struct Echo {
  explicit Echo(Lab& lab) {
    lab.handler.act = [this, &lab](Exchange& exchange) {
      auto notes = lab.handler.keep(exchange);
      notes->keep_body = true;
      exchange.respond(ok());
      Exchange* e = &exchange;
      Notes* n = notes.get();
      n->on_body = [this, e, n] {
        e->write(n->body);
        n->body.clear();
        most = std::max(most, e->queued_bytes());
        if (e->queued_bytes() > Flow::kHighWater) e->pause();
      };
      n->on_drained = [e] { e->resume(); };
      n->on_end = [e] { e->finish(); };
    };
  }
  std::size_t most = 0;
};

TEST_CASE("64 MiB flow both ways with bounded queues") {
  constexpr std::size_t kTotal = 64u << 20;
  Lab lab;
  Echo echo(lab);
  NotingCall call;
  call.notes.keep_body = false;
  const std::string piece(32 * 1024, 'x');
  std::size_t left = kTotal, most = 0;
  const auto feed = [&] {
    while (left > 0 && call.call->queued_bytes() <= Flow::kHighWater) {
      call.call->write(piece);
      left -= piece.size();
    }
    most = std::max(most, call.call->queued_bytes());
    if (left == 0) call.call->finish();
  };
  call.notes.on_drained = feed;
  call.call = lab.client->start(post("/", kTotal), call);
  feed();
  lab.until([&] { return call.over(); });
  CHECK(call.notes.ended == 1);
  CHECK(call.notes.body_bytes == kTotal);
  CHECK(most <= Flow::kHighWater + piece.size());
  CHECK(echo.most <= Flow::kHighWater + 256 * 1024);
}

TEST_CASE("a paused body stops at the window and goes on from where it stopped") {
  Lab lab;
  lab.handler.act = [&](Exchange& exchange) {
    lab.handler.keep(exchange);
    exchange.pause();
  };
  NotingCall call;
  call.call = lab.client->start(post("/"), call);
  call.call->write(std::string(1 << 20, 'y'));
  call.call->finish();
  lab.until([&] { return !lab.handler.kept.empty(); });
  lab.turns(60);
  CHECK(lab.handler.notes[0]->body_bytes == 0);
  CHECK(call.call->queued_bytes() == (1u << 20) - H2Limits{}.stream_window_bytes);
  lab.handler.kept[0]->resume();
  CHECK(lab.handler.notes[0]->body_bytes == 0);  // not from inside resume()
  lab.until([&] { return lab.handler.notes[0]->ended == 1; });
  CHECK(lab.handler.notes[0]->body == std::string(1 << 20, 'y'));
}

TEST_CASE("a paused response is whole even when the server is gone") {
  Lab lab;
  lab.handler.act = [](Exchange& exchange) { answer(exchange, text_response(200, "late")); };
  NotingCall call;
  ask(lab, call, get("/"));
  call.call->pause();
  lab.until([&] { return call.notes.response.has_value(); });
  lab.turns();
  lab.ends.pair.break_with({base::Errc::Closed, "gone"});
  lab.turns();
  CHECK(call.notes.body.empty());
  CHECK_FALSE(call.over());
  CHECK_FALSE(lab.client_closed);
  call.call->resume();
  lab.until([&] { return call.over() && lab.client_closed; });
  CHECK(call.notes.ended == 1);
  CHECK(call.notes.body.starts_with("late"));
}

TEST_CASE("an answer before the request's end stops the request without an error") {
  Lab lab;
  lab.handler.act = [](Exchange& exchange) { answer(exchange, text_response(413, "too large")); };
  NotingCall call;
  call.call = lab.client->start(post("/", 1000), call);
  call.call->write("part");
  lab.until([&] { return call.over(); });
  CHECK(call.notes.response->status == 413);
  CHECK(call.notes.ended == 1);
  lab.turns();
  CHECK_FALSE(call.notes.failed);
  call.call->write("dropped");
  CHECK(lab.server->active_exchanges() == 0);
  CHECK_FALSE(lab.client_closed);
}

TEST_CASE("Expect: 100-continue is answered by an interim response that calls do not see") {
  Attack attack;
  attack.hello();
  attack.send(headers(1, with(good("POST"), {{"expect", "100-continue"}}), false));
  REQUIRE(attack.last(kHeaders, 1));
  CHECK(attack.last(kHeaders, 1)->flags == kEndHeaders);
  CHECK(attack.last(kHeaders, 1)->payload.size() < 8);  // ":status: 100" and nothing else
  attack.handler.kept[0]->respond(ok(0));
  attack.handler.kept[0]->finish();
  attack.send(frame(kData, kEndStream, 1, "x"));
  CHECK(attack.last(kHeaders, 1)->flags == (kEndHeaders | kEndStream));
}

TEST_CASE("resets from either side, at every stage, are told once") {
  struct Case {
    const char* name;
    bool server_side;  // who resets
    int stage;         // 0: head seen, 1: request body under way, 2: response under way
  };
  const Case cases[] = {{"client, head", false, 0},   {"client, body", false, 1},
                        {"client, answer", false, 2}, {"server, head", true, 0},
                        {"server, body", true, 1},    {"server, answer", true, 2}};
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    Lab lab;
    NotingCall call;
    call.call = lab.client->start(post("/"), call);
    lab.until([&] { return !lab.handler.kept.empty(); });
    Exchange* exchange = lab.handler.kept[0];
    const auto notes = lab.handler.notes[0];
    if (c.stage >= 1) {
      call.call->write("some");
      lab.until([&] { return notes->body == "some"; });
    }
    if (c.stage >= 2) {
      exchange->respond(ok());
      exchange->write("more");
      lab.until([&] { return call.notes.body == "more"; });
    }
    if (c.server_side) {
      exchange->reset({base::Errc::Closed, "test"});
      lab.until([&] { return call.over(); });
      CHECK(call.notes.failed->detail.find("INTERNAL_ERROR") != std::string::npos);
      CHECK_FALSE(notes->failed);  // no callback after reset()
    } else {
      call.call.reset();
      lab.until([&] { return notes->failed.has_value(); });
      CHECK(notes->failed->detail.find("CANCEL") != std::string::npos);
      CHECK_FALSE(call.notes.failed);
    }
    CHECK(call.notes.ended == 0);
    lab.turns();
    CHECK(lab.server->active_exchanges() == 0);
    CHECK(lab.client->active_calls() == 0);
    CHECK_FALSE(lab.client_closed);
  }
}

TEST_CASE("a call may be destroyed in any of its callbacks") {
  for (int stage = 0; stage < 5; ++stage) {
    CAPTURE(stage);
    Lab lab;
    lab.handler.act = [&](Exchange& exchange) {
      lab.handler.keep(exchange);
      if (stage == 4) return exchange.reset({base::Errc::Closed, "test"});
      exchange.respond(ok());
      exchange.write("body");
      exchange.finish();
    };
    NotingCall call;
    const auto drop = [&] { call.call.reset(); };
    (stage == 0   ? call.notes.on_response
     : stage == 1 ? call.notes.on_body
     : stage == 2 ? call.notes.on_end
     : stage == 3 ? call.notes.on_drained
                  : call.notes.on_failed) = drop;
    call.call = lab.client->start(post("/"), call);
    call.call->write(std::string(100 * 1024, 'z'));  // enough to be drained
    lab.until([&] { return !call.call || call.over(); });
    lab.turns();
    CHECK(lab.client->active_calls() == (call.call && !call.over() ? 1 : 0));
    CHECK_FALSE(lab.client_closed);
  }
}

TEST_CASE("a broken connection fails every exchange and call, then itself") {
  Lab lab;
  NotingCall a, b;
  a.call = lab.client->start(post("/a"), a);
  b.call = lab.client->start(post("/b"), b);
  a.notes.on_failed = [&] { b.call.reset(); };  // one failure may take others along
  lab.until([&] { return lab.handler.kept.size() == 2; });
  lab.ends.pair.break_with({base::Errc::Closed, "cable cut"});
  lab.until([&] { return lab.server_closed && lab.client_closed; });
  CHECK(a.notes.failed->detail == "cable cut");
  CHECK_FALSE(b.notes.failed);
  for (const auto& notes : lab.handler.notes)
    CHECK(notes->failed->code == base::Errc::Closed);
}

TEST_CASE("connections can be destroyed at any time, and calls outlive theirs") {
  Lab lab;
  NotingCall call;
  call.call = lab.client->start(post("/"), call);
  call.call->write("x");
  lab.until([&] { return !lab.handler.kept.empty(); });
  lab.server.reset();
  lab.client.reset();
  call.call->write("y");
  call.call->finish();
  call.call->resume();
  lab.turns();
  CHECK_FALSE(call.over());
}

TEST_CASE("drain lets exchanges end, takes none after them, and closes") {
  Lab lab;
  NotingCall call;
  call.call = lab.client->start(post("/"), call);
  lab.until([&] { return !lab.handler.kept.empty(); });
  lab.server->drain();
  lab.until([&] { return !lab.client->available(); });
  NotingCall late;
  ask(lab, late, get("/late"));
  lab.until([&] { return late.over(); });
  CHECK(late.notes.failed->code == base::Errc::Closed);
  CHECK(late.notes.failed->detail.find("not processed") != std::string::npos);
  CHECK_FALSE(lab.server_closed);
  call.call->finish();
  answer(*lab.handler.kept[0], text_response(200, "done"));
  lab.until([&] { return lab.server_closed && lab.client_closed; });
  CHECK(call.notes.ended == 1);
}

TEST_CASE("an idle connection drains at once, from either side") {
  for (const bool server_side : {true, false}) {
    CAPTURE(server_side);
    Lab lab;
    lab.turns();
    server_side ? lab.server->drain() : lab.client->drain();
    lab.until([&] { return lab.server_closed && lab.client_closed; });
  }
}

TEST_CASE("the last request a connection may carry drains it") {
  ServerLimits limits;
  limits.requests = 2;
  Lab lab({}, {}, limits);
  lab.handler.act = [](Exchange& exchange) { answer(exchange, text_response(200, "ok")); };
  NotingCall a, b;
  ask(lab, a, get("/1"));
  lab.until([&] { return a.over(); });
  ask(lab, b, get("/2"));
  lab.until([&] { return lab.server_closed && lab.client_closed; });
  CHECK(b.notes.ended == 1);
}

TEST_CASE("extended CONNECT is a tunnel both ways, where it is offered") {
  RequestHead connect = get("/");
  connect.method = "CONNECT";
  connect.protocol = "sip";
  connect.content_length.reset();
  SUBCASE("offered, and asked for before the server's SETTINGS came") {
    H2Limits h2;
    h2.extended_connect = true;
    Lab lab(h2, h2);
    Echo echo(lab);
    NotingCall call;
    call.call = lab.client->send(connect, call);
    call.call->write("REGISTER");
    lab.until([&] { return call.notes.body == "REGISTER"; });
    CHECK(lab.handler.heads[0].protocol == "sip");
    CHECK(lab.handler.heads[0].content_length == std::nullopt);
    call.call->finish();
    lab.until([&] { return call.notes.ended == 1; });
  }
  SUBCASE("what it leads to breaks off (RFC 9113 section 8.5)") {
    H2Limits h2;
    h2.extended_connect = true;
    Lab lab(h2, h2);
    NotingCall call;
    call.call = lab.client->send(connect, call);
    lab.until([&] { return !lab.handler.kept.empty(); });
    lab.handler.kept[0]->reset({base::Errc::Closed, "test"});
    lab.until([&] { return call.over(); });
    CHECK(call.notes.failed->detail.find("CONNECT_ERROR") != std::string::npos);
  }
  SUBCASE("not offered") {
    H2Limits expecting;
    expecting.extended_connect = true;
    Lab lab({}, expecting);
    NotingCall call;
    call.call = lab.client->send(connect, call);
    lab.until([&] { return call.over(); });
    CHECK(call.notes.failed->code == base::Errc::Unsupported);
    CHECK(lab.handler.heads.empty());
  }
}

TEST_CASE("a client keeps to the number of streams the server allows") {
  H2Limits h2;
  h2.streams = 2;
  Lab lab(h2);
  lab.turns();
  NotingCall a, b, c;
  a.call = lab.client->start(post("/a"), a);
  CHECK(lab.client->available());
  b.call = lab.client->start(post("/b"), b);
  CHECK_FALSE(lab.client->available());
  c.call = lab.client->start(post("/c"), c);
  lab.until([&] { return c.over(); });
  CHECK(c.notes.failed->code == base::Errc::Closed);
  a.call.reset();
  CHECK(lab.client->available());
}

TEST_CASE("a silent peer is found out by PING, from either side") {
  for (const bool server_side : {true, false}) {
    CAPTURE(server_side);
    H2Limits pinging, plain;
    pinging.ping_interval = std::chrono::milliseconds{5};
    Lab lab(server_side ? pinging : plain, server_side ? plain : pinging);
    NotingCall call;
    call.call = lab.client->start(post("/"), call);
    lab.until([&] { return !lab.handler.kept.empty(); });
    lab.ends.pair.hold(server_side ? fakes::Side::Left : fakes::Side::Right, true);
    auto& closed = server_side ? lab.server_closed : lab.client_closed;
    const auto& failed = server_side ? lab.handler.notes[0]->failed : call.notes.failed;
    lab.until([&] { return failed.has_value(); });
    CHECK(failed->code == base::Errc::Timeout);
    CHECK(failed->detail.starts_with("peer silent for "));
    lab.until([&] { return closed.has_value(); });
    CHECK(closed->code == base::Errc::Timeout);
  }
}

}  // namespace
}  // namespace h2_lab
