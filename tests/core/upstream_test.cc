#include "core/upstream.h"

#include <doctest/doctest.h>

#include "tests/core/inside.h"

namespace core {
namespace {

namespace http = net::http;

// One call and what became of it.
struct Caller final : http::CallListener {
  Caller(Upstream& upstream, std::string target, std::string method = "GET",
         std::optional<std::uint64_t> length = 0) {
    http::RequestHead head;
    head.method = std::move(method);
    head.scheme = policy::to_string(upstream.node().scheme);
    head.authority = upstream.node().host + ":" + std::to_string(upstream.node().port);
    head.target = std::move(target);
    head.content_length = length;
    call = upstream.start(std::move(head), *this,
                          [this](const base::Endpoint& remote, const http::RequestHead&) {
                            tried.push_back(base::to_string(remote.address));
                          });
  }
  void on_response(http::ResponseHead head) override { status = head.status; }
  void on_body(std::string_view data) override { body += data; }
  void on_end() override { ended = true; }
  void on_drained() override {}
  void on_failed(const base::Error& why) override { failed = why; }
  bool over() const { return ended || failed; }

  int status = 0;
  std::string body;
  bool ended = false;
  std::optional<base::Error> failed;
  std::vector<std::string> tried;
  std::unique_ptr<http::Call> call;
};

struct Lab : Inside {
  const Node node{policy::Scheme::Http, "files.lab.example", 6970};
  const std::string first = base::to_string(pub.address);
  const std::string second = base::to_string(sub.address);

  Caller& get(std::string target = "/x") {
    callers.push_back(std::make_unique<Caller>(pool.at(node), std::move(target)));
    callers.back()->call->finish();
    fakes::run_until(loop, [this] { return callers.back()->over(); });
    return *callers.back();
  }
  void set(dns::Outcome outcome) { resolver.hosts[node.host] = {outcome, {}, {}, "words"}; }
  // Until the addresses at hand are to be asked for again. Time passes for real: a test does not
  // wait for kAddressAge, it makes the upstream believe that they may have moved.
  void forget_freshness() {
    pub.files->stop();
    sub.files->stop();
    get();
    REQUIRE(pub.files->start_again());
    REQUIRE(sub.files->start_again());
  }
  std::vector<std::unique_ptr<Caller>> callers;
};

TEST_CASE("an upstream is one for each scheme, host and port, and asks for its address once") {
  Lab lab;
  lab.resolver.add_host(lab.node.host, {lab.first});
  CHECK(&lab.pool.at(lab.node) == &lab.pool.at(lab.node));
  CHECK(&lab.pool.at(lab.node) !=
        &lab.pool.at({policy::Scheme::Https, lab.node.host, lab.node.port}));
  CHECK(lab.pool.size() == 2);
  CHECK(lab.get("/a").status == 200);
  CHECK(lab.get("/b").status == 200);
  CHECK(lab.resolver.asked == std::vector<std::string>{lab.node.host});
  CHECK(lab.pub.files->web.requests.size() == 2);
  CHECK(lab.pub.files->web.requests[0].head.authority == "files.lab.example:6970");
  CHECK(to_string(lab.node) == "http://files.lab.example:6970");
}

TEST_CASE("an address that refuses is passed over, and tried last afterwards") {
  Lab lab;
  lab.resolver.add_host(lab.node.host, {lab.first, lab.second});
  lab.pub.files->stop();
  Caller& one = lab.get();
  CHECK(one.status == 200);
  CHECK(one.tried == std::vector{lab.first, lab.second});
  CHECK(lab.get().tried == std::vector{lab.second});
  // When the other goes too, the one that failed before is still tried: last, not never.
  REQUIRE(lab.pub.files->start_again());
  lab.sub.files->stop();
  const Caller& three = lab.get();
  CHECK(three.status == 200);
  CHECK(three.tried == std::vector{lab.second, lab.first});
  // Its success took the mark away.
  CHECK(lab.get().tried == std::vector{lab.first});
}

TEST_CASE("when every address refuses the call fails, and the next asks the DNS anew") {
  Lab lab;
  lab.resolver.add_host(lab.node.host, {lab.first, lab.second});
  lab.pub.files->stop();
  lab.sub.files->stop();
  const Caller& one = lab.get();
  REQUIRE(one.failed);
  CHECK(one.failed->code == base::Errc::Refused);
  CHECK(one.failed->detail.find("http://files.lab.example:6970 at ") == 0);
  CHECK(one.tried.size() == 2);
  REQUIRE(lab.pub.files->start_again());
  CHECK(lab.get().status == 200);
  CHECK(lab.resolver.asked.size() == 2);
}

TEST_CASE("a body is sent whole to the address that takes it") {
  const std::size_t sizes[] = {1, 5'000, http::Flow::kHighWater, Upstream::kMaxKeptBytes};
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    Lab lab;
    lab.resolver.add_host(lab.node.host, {lab.first, lab.second});
    lab.pub.files->stop();
    const std::string body(size, 'b');
    Caller caller(lab.pool.at(lab.node), "/up", "POST", size);
    // Part of it before the address is known, part while the first one is tried.
    caller.call->write(std::string_view(body).substr(0, size / 2));
    fakes::run_until(lab.loop, [&] { return !caller.tried.empty(); });
    if (size - size / 2 > 0) caller.call->write(std::string_view(body).substr(size / 2));
    caller.call->finish();
    fakes::run_until(lab.loop, [&] { return caller.over(); });
    CHECK(caller.status == 200);
    REQUIRE(lab.sub.files->web.requests.size() == 1);
    CHECK(lab.sub.files->web.requests[0].body == body);
  }
}

TEST_CASE("a body beyond what is kept goes to one address only") {
  Lab lab;
  lab.resolver.add_host(lab.node.host, {lab.first, lab.second});
  lab.pub.files->stop();
  const std::string body(Upstream::kMaxKeptBytes + 1, 'b');
  Caller caller(lab.pool.at(lab.node), "/up", "POST", body.size());
  fakes::run_until(lab.loop, [&] { return !caller.tried.empty(); });
  caller.call->write(body);
  caller.call->finish();
  fakes::run_until(lab.loop, [&] { return caller.over(); });
  REQUIRE(caller.failed);
  CHECK(caller.tried.size() == 1);
  CHECK(lab.sub.files->web.begun_count == 0);
}

TEST_CASE("no address is NotFound, a DNS that is silent a Timeout") {
  struct Case {
    dns::Outcome outcome;
    base::Errc code;
  };
  const Case cases[] = {{dns::Outcome::NameError, base::Errc::NotFound},
                        {dns::Outcome::ServerError, base::Errc::NotFound},
                        {dns::Outcome::Timeout, base::Errc::Timeout}};
  for (const Case& c : cases) {
    CAPTURE(dns::to_string(c.outcome));
    Lab lab;
    lab.set(c.outcome);
    const Caller& caller = lab.get();
    REQUIRE(caller.failed);
    CHECK(caller.failed->code == c.code);
    CHECK(caller.failed->detail.find("no address for files.lab.example") == 0);
    CHECK(caller.tried.empty());
  }
}

TEST_CASE("addresses that were good stay in use while the DNS is away, but not when it says no") {
  struct Case {
    dns::Outcome outcome;
    bool served;
  };
  const Case cases[] = {{dns::Outcome::Timeout, true},
                        {dns::Outcome::ServerError, true},
                        {dns::Outcome::NameError, false}};
  for (const Case& c : cases) {
    CAPTURE(dns::to_string(c.outcome));
    Lab lab;
    lab.resolver.add_host(lab.node.host, {lab.first});
    REQUIRE(lab.get().status == 200);
    lab.forget_freshness();
    lab.set(c.outcome);
    const Caller& caller = lab.get();
    CHECK((caller.status == 200) == c.served);
    CHECK(lab.resolver.asked.size() == 2);
  }
}

TEST_CASE("a call that is dropped while its address is looked up calls nobody") {
  Lab lab;
  lab.resolver.add_host(lab.node.host, {lab.first});
  {
    Caller dropped(lab.pool.at(lab.node), "/dropped");
    dropped.call.reset();
    fakes::run_turns(lab.loop);
    CHECK_FALSE(dropped.over());
  }
  Caller reset(lab.pool.at(lab.node), "/reset");
  reset.call->reset({base::Errc::Closed, "enough"});
  fakes::run_turns(lab.loop);
  CHECK_FALSE(reset.over());
  CHECK(lab.pub.files->web.begun_count == 0);
}

TEST_CASE("what was paused before the server is known stays paused until it is let go") {
  Lab lab;
  lab.resolver.add_host(lab.node.host, {lab.first});
  Caller caller(lab.pool.at(lab.node), "/x");
  caller.call->pause();
  caller.call->finish();
  fakes::run_until(lab.loop, [&] { return lab.pub.files->web.requests.size() == 1; });
  fakes::run_turns(lab.loop, 50);
  CHECK(caller.body.empty());
  caller.call->resume();
  fakes::run_until(lab.loop, [&] { return caller.over(); });
  CHECK(caller.body == "hello\n");
}

TEST_CASE("a server inside must prove its name") {
  Lab lab;
  lab.resolver.add_host("other.lab.example", {lab.first});
  Caller caller(lab.pool.at({policy::Scheme::Https, "other.lab.example", 8443}), "/x");
  caller.call->finish();
  fakes::run_until(lab.loop, [&] { return caller.over(); });
  REQUIRE(caller.failed);
  CHECK(caller.failed->code == base::Errc::Refused);
  CHECK(lab.pub.uds->web.begun_count == 0);
}

}  // namespace
}  // namespace core
