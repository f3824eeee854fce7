#include "net/http/joint.h"

#include <doctest/doctest.h>

#include "tests/net/http/client_lab.h"

namespace client_lab {
namespace {

// A client, our proxy with a joint in it, and a server behind it.
struct ProxyLab {
  explicit ProxyLab(const std::string& protocol = "h2") : front({protocol}) {
    server = std::make_unique<Server>(front.loop, upstream, ServerOptions{});
    listener =
        std::move(*Listener::open(front.loop, loopback(), [this](Socket s, const base::Endpoint&) {
          if (server) server->accept(std::move(s));
        }));
    upstream.act = [this](Exchange& exchange) { upstream.keep(exchange); };
    ClientOptions options;
    options.dial.remote = listener->local();
    caller = std::make_unique<Client>(front.loop, options);
    front.handler.act = [this](Exchange& exchange) { join(exchange); };
    client = std::make_unique<Client>(front.loop, front.client);
  }
  // The joints' calls go before the client that carries them.
  ~ProxyLab() { front.server.reset(); }
  ProxyLab(const ProxyLab&) = delete;
  ProxyLab& operator=(const ProxyLab&) = delete;

  class Hooks final : public JointHooks {
   public:
    explicit Hooks(ProxyLab& lab) : lab_(lab) {}

   private:
    void on_response(ResponseHead& head) override { lab_.on_response(head); }
    std::unique_ptr<Call> start_again(CallListener& listener) override {
      return lab_.start_again(listener);
    }
    TextResponse on_failure(const base::Error&) override { return lab_.failure; }
    void on_over(const base::Error* why) override {
      ++lab_.over_count;
      lab_.failed = why != nullptr;
    }

    ProxyLab& lab_;
  };

  void join(Exchange& exchange) {
    auto joint = std::make_unique<Joint>(exchange, std::make_unique<Hooks>(*this));
    RequestHead head = exchange.request();
    head.scheme = "http";
    joint->begin(caller->start(std::move(head), joint->answer()));
    exchange.attach(std::move(joint));
  }
  std::unique_ptr<NotingCall> call(RequestHead head, bool done = true) {
    return call_on(*client, std::move(head), done);
  }
  // The exchange number `index` that came through.
  Exchange& through(std::size_t index = 0) {
    until([&] { return upstream.kept.size() > index; });
    return *upstream.kept[index];
  }
  void until(const std::function<bool()>& done,
             std::source_location where = std::source_location::current()) {
    front.until(done, where);
  }

  ServerLab front;
  LabHandler upstream;
  std::unique_ptr<Server> server;
  std::unique_ptr<Listener> listener;
  // What the joints' hooks do.
  std::function<void(ResponseHead&)> on_response = [](ResponseHead&) {};
  std::function<std::unique_ptr<Call>(CallListener&)> start_again = [](CallListener&) {
    return std::unique_ptr<Call>();
  };
  TextResponse failure = text_response(502, "the server failed");
  int over_count = 0;
  bool failed = false;
  std::unique_ptr<Client> caller;
  std::unique_ptr<Client> client;
};

const std::string kProtocols[] = {"h2", "http/1.1"};

TEST_CASE("both bodies pass, and the response may be changed on its way") {
  for (const std::string& protocol : kProtocols) {
    CAPTURE(protocol);
    ProxyLab lab(protocol);
    lab.on_response = [](ResponseHead& head) { head.fields.add("x-seen", "yes"); };
    const auto call = lab.call(post("/x"), false);
    call->call->write("hello");
    Exchange& exchange = lab.through();
    call->call->finish();
    lab.until([&] { return lab.upstream.notes[0]->ended == 1; });
    CHECK(lab.upstream.notes[0]->body == "hello");
    answer(exchange, text_response(201, "made"));
    lab.until([&] { return call->over() && lab.over_count == 1; });
    CHECK(call->notes.response->status == 201);
    CHECK(call->notes.response->fields.get("x-seen") == "yes");
    CHECK(call->notes.body == "made\n");
    CHECK_FALSE(lab.failed);
  }
}

TEST_CASE("a reader that stops holds the writer back, in both directions") {
  constexpr std::size_t kBytes = 24 * 1024 * 1024;
  const std::string piece(64 * 1024, 'x');
  for (const std::string& protocol : kProtocols) {
    CAPTURE(protocol);
    ProxyLab lab(protocol);
    const auto call = lab.call(post("/x"), false);
    Exchange& exchange = lab.through();
    const auto notes = lab.upstream.notes[0];
    notes->keep_body = call->notes.keep_body = false;
    // Writes what fits until all is written, as a source with a brake does.
    const auto push = [&](Flow& flow, std::size_t& sent) {
      while (sent < kBytes && flow.queued_bytes() <= Flow::kHighWater) {
        flow.write(piece);
        sent += piece.size();
      }
    };
    std::size_t up = 0;
    exchange.pause();
    for (int turn = 0; turn < 400; ++turn) {
      push(*call->call, up);
      fakes::run_turns(lab.front.loop, 1);
    }
    CHECK(up < kBytes);  // held back
    exchange.resume();
    lab.until([&] {
      push(*call->call, up);
      return notes->body_bytes == kBytes;
    });
    call->call->finish();
    lab.until([&] { return notes->ended == 1; });

    std::size_t down = 0;
    exchange.respond({.fields = {}, .content_length = {}});
    call->call->pause();
    for (int turn = 0; turn < 400; ++turn) {
      push(exchange, down);
      fakes::run_turns(lab.front.loop, 1);
    }
    CHECK(down < kBytes);
    call->call->resume();
    lab.until([&] {
      push(exchange, down);
      return call->notes.body_bytes == kBytes;
    });
    exchange.finish();
    lab.until([&] { return call->over(); });
    CHECK(call->notes.ended == 1);
  }
}

TEST_CASE("a client that goes away takes the call with it") {
  for (const std::string& protocol : kProtocols) {
    for (const bool responded : {false, true}) {
      CAPTURE(protocol);
      CAPTURE(responded);
      ProxyLab lab(protocol);
      const auto call = lab.call(get("/slow"));
      Exchange& exchange = lab.through();
      if (responded) {
        exchange.respond({.fields = {}, .content_length = {}});
        exchange.write("part");
        lab.until([&] { return call->notes.body == "part"; });
      }
      call->call.reset();
      lab.until([&] { return lab.upstream.notes[0]->failed && lab.over_count == 1; });
      CHECK(lab.failed);
    }
  }
}

TEST_CASE("a server that fails before the response head gives the failure response") {
  ProxyLab lab;
  lab.failure = text_response(504, "too late");
  const auto call = lab.call(post("/x"), false);
  call->call->write("half a body");
  Exchange& exchange = lab.through();
  exchange.reset({base::Errc::Closed, "gone"});
  lab.until([&] { return call->notes.ended == 1 || call->notes.failed; });
  CHECK(call->notes.response->status == 504);
  CHECK(lab.over_count == 1);
}

TEST_CASE("a server that fails inside its body never makes a short body look whole") {
  for (const std::string& protocol : kProtocols) {
    CAPTURE(protocol);
    ProxyLab lab(protocol);
    const auto call = lab.call(get("/x"));
    Exchange& exchange = lab.through();
    exchange.respond({.fields = {}, .content_length = {}});
    exchange.write("part");
    lab.until([&] { return !call->notes.body.empty(); });
    exchange.reset({base::Errc::Closed, "gone"});
    lab.until([&] { return call->over(); });
    CHECK(call->notes.failed);
    CHECK(call->notes.ended == 0);
    CHECK(lab.over_count == 1);
  }
}

TEST_CASE("a request without a body is started again elsewhere, once, if it may be repeated") {
  struct Case {
    std::string_view method;
    std::optional<std::uint64_t> length;
    bool again;
  };
  const Case cases[] = {
      {"GET", 0, true}, {"POST", 0, false}, {"PUT", 3, false}, {"PUT", {}, false}};
  for (const Case& c : cases) {
    CAPTURE(c.method);
    ProxyLab lab;
    int asked = 0;
    lab.start_again = [&](CallListener& listener) {
      ++asked;
      RequestHead head = get("/again");
      head.scheme = "http";
      return lab.caller->start(std::move(head), listener);
    };
    RequestHead head = get("/first");
    head.method = c.method;
    head.content_length = c.length;
    const auto call = lab.call(head, false);
    if (c.length != 0u) call->call->write("abc");
    call->call->finish();
    lab.through(0).reset({base::Errc::Closed, "gone"});
    if (c.again) {
      Exchange& second = lab.through(1);
      CHECK(second.request().target == "/again");
      second.reset({base::Errc::Closed, "gone too"});
    }
    lab.until([&] { return call->over(); });
    CHECK(call->notes.response->status == 502);
    CHECK(asked == (c.again ? 1 : 0));
    CHECK(lab.over_count == 1);
  }
}

TEST_CASE("when there is nowhere to start again the failure response comes") {
  ProxyLab lab;
  const auto call = lab.call(get("/x"));
  lab.through().reset({base::Errc::Closed, "gone"});
  lab.until([&] { return call->over(); });
  CHECK(call->notes.response->status == 502);
}

TEST_CASE("an answer that comes before the request is complete is passed on whole") {
  for (const std::string& protocol : kProtocols) {
    CAPTURE(protocol);
    ProxyLab lab(protocol);
    const auto call = lab.call(post("/x"), false);
    call->call->write("the beginning");
    answer(lab.through(), text_response(413, "too much"));
    lab.until([&] { return call->notes.ended == 1; });
    CHECK(call->notes.response->status == 413);
    CHECK(call->notes.body == "too much\n");
    CHECK(lab.over_count == 1);
    CHECK_FALSE(lab.failed);
    call->call->write("the rest, of no use");
    call->call->finish();
    fakes::run_turns(lab.front.loop, 10);
  }
}

TEST_CASE("a response without a body passes") {
  for (const int status : {204, 304, 200}) {
    CAPTURE(status);
    ProxyLab lab("http/1.1");
    RequestHead head = get("/x");
    if (status == 200) head.method = "HEAD";
    const auto call = lab.call(head);
    Exchange& exchange = lab.through();
    exchange.respond({.status = status, .fields = {}, .content_length = {}});
    exchange.finish();
    lab.until([&] { return call->over(); });
    CHECK(call->notes.response->status == status);
    CHECK(call->notes.ended == 1);
  }
}

TEST_CASE("a proxy may end at any moment of an exchange") {
  for (const std::string& protocol : kProtocols) {
    for (int turns = 0; turns < 24; ++turns) {
      CAPTURE(protocol);
      CAPTURE(turns);
      ProxyLab lab(protocol);
      lab.upstream.act = [](Exchange& exchange) {
        answer(exchange, text_response(200, std::string(100, 'x')));
      };
      const auto call = lab.call(post("/x", 4), false);
      call->call->write("ab");
      fakes::run_turns(lab.front.loop, turns);
      if (turns % 3 == 0) lab.server.reset();
      if (turns % 3 == 1) lab.front.server.reset();
      call->call->write("cd");
      call->call->finish();
      lab.until([&] { return call->over(); });
    }
  }
}

}  // namespace
}  // namespace client_lab
