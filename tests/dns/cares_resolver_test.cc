#include "dns/cares_resolver.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>

#include "net/loop.h"
#include "tests/fakes/dns_server.h"
#include "tests/fakes/run_loop.h"

namespace dns {
namespace {

using fakes::dns_address;
using fakes::dns_srv;
using fakes::DnsServer;
using std::chrono::milliseconds;

constexpr std::string_view kService = "_cisco-uds._tcp.example.com";
constexpr std::string_view kHost = "ucm.example.com";

struct Lab {
  net::Loop loop;
  DnsServer server{loop};
  std::unique_ptr<CaresResolver> resolver;

  explicit Lab(Families families = Families::V4First) {
    ResolverOptions options;
    options.servers = {server.endpoint()};
    options.timeout = milliseconds{250};
    options.tries = 1;
    options.families = families;
    auto opened = CaresResolver::open(loop, options);
    REQUIRE(opened);
    resolver = std::move(*opened);
  }

  void run_until(const std::function<bool()>& done) { fakes::run_until(loop, done); }

  SrvAnswer srv(std::string_view name) {
    std::optional<SrvAnswer> answer;
    const auto query = resolver->srv(name, [&](const SrvAnswer& a) { answer = a; });
    CHECK_FALSE(answer);
    run_until([&] { return answer.has_value(); });
    return *answer;
  }

  AddressAnswer addresses(std::string_view host) {
    std::optional<AddressAnswer> answer;
    const auto query = resolver->addresses(host, [&](const AddressAnswer& a) { answer = a; });
    CHECK_FALSE(answer);
    run_until([&] { return answer.has_value(); });
    return *answer;
  }
};

TEST_CASE("SRV records are found, and asked for once as long as they are fresh") {
  Lab lab;
  lab.server.set(kService, DnsServer::kSrv,
                 {0, {dns_srv(kService, 1, 2, 8443, "ucm.example.com", 60)}, {}});
  for (const std::string_view name :
       {"_cisco-uds._tcp.example.com", "_CISCO-UDS._tcp.Example.COM."}) {
    CAPTURE(name);
    const SrvAnswer answer = lab.srv(name);
    CHECK(answer.outcome == Outcome::Ok);
    CHECK(answer.targets.at(0) == SrvTarget{1, 2, 8443, "ucm.example.com"});
    CHECK(answer.ttl <= std::chrono::seconds{60});
  }
  CHECK(lab.server.asked(kService, DnsServer::kSrv) == 1);
}

TEST_CASE("each way to fail is told apart") {
  Lab lab;
  lab.server.set("broken.example.com", DnsServer::kSrv, {2, {}, {}});
  lab.server.set("odd.example.com", DnsServer::kSrv,
                 {0, {{"odd.example.com", DnsServer::kSrv, 60, "x"}}, {}});
  lab.server.silence("silent.example.com");
  CHECK(lab.srv("missing.example.com").outcome == Outcome::NameError);
  CHECK(lab.srv("broken.example.com").outcome == Outcome::ServerError);
  CHECK(lab.srv("odd.example.com").outcome == Outcome::ServerError);
  CHECK(lab.srv("silent.example.com").outcome == Outcome::Timeout);
  CHECK(lab.srv("not a name").outcome == Outcome::NameError);
  CHECK(lab.srv("").outcome == Outcome::NameError);
  CHECK(lab.srv(std::string(300, 'a')).outcome == Outcome::NameError);
}

TEST_CASE("a missing name is remembered, a failed server is asked again") {
  Lab lab;
  lab.server.set("broken.example.com", DnsServer::kSrv, {2, {}, {}});
  lab.srv("missing.example.com");
  lab.srv("missing.example.com");
  CHECK(lab.server.asked("missing.example.com", DnsServer::kSrv) == 1);
  lab.srv("broken.example.com");
  const int before = lab.server.asked("broken.example.com", DnsServer::kSrv);
  lab.srv("broken.example.com");
  CHECK(lab.server.asked("broken.example.com", DnsServer::kSrv) > before);
}

TEST_CASE("addresses of both families come in the configured order") {
  for (const Families families : {Families::V4First, Families::V6First}) {
    Lab lab(families);
    lab.server.set(kHost, DnsServer::kA, {0, {dns_address(kHost, "10.0.0.1")}, {}});
    lab.server.set(kHost, DnsServer::kAaaa, {0, {dns_address(kHost, "2001:db8::1")}, {}});
    const AddressAnswer answer = lab.addresses(kHost);
    REQUIRE(answer.addresses.size() == 2);
    CHECK(answer.addresses[0].is_v4() == (families == Families::V4First));
  }
}

TEST_CASE("one family is enough, and one that is not wanted is not asked for") {
  Lab lab(Families::V4Only);
  lab.server.set(kHost, DnsServer::kA, {0, {dns_address(kHost, "10.0.0.1")}, {}});
  CHECK(lab.addresses(kHost).addresses.size() == 1);
  CHECK(lab.server.asked(kHost, DnsServer::kAaaa) == 0);
  CHECK(lab.addresses("missing.example.com").outcome == Outcome::NameError);
}

TEST_CASE("an address is answered with itself and asks nobody") {
  Lab lab;
  CHECK(base::to_string(lab.addresses("10.1.2.3").addresses.at(0)) == "10.1.2.3");
  CHECK(base::to_string(lab.addresses("[2001:db8::1]").addresses.at(0)) == "2001:db8::1");
  CHECK(lab.addresses("127.1").outcome == Outcome::NameError);
}

TEST_CASE("equal questions at the same time are asked once, and each asker is answered") {
  Lab lab;
  lab.server.set(kService, DnsServer::kSrv, {0, {dns_srv(kService, 1, 2, 3, "h.example")}, {}});
  int answers = 0;
  std::vector<std::unique_ptr<Query>> queries;
  for (int i = 0; i < 5; ++i) {
    queries.push_back(lab.resolver->srv(kService, [&](const SrvAnswer& a) {
      CHECK(a.outcome == Outcome::Ok);
      ++answers;
    }));
  }
  lab.run_until([&] { return answers == 5; });
  CHECK(lab.server.asked(kService, DnsServer::kSrv) == 1);
}

TEST_CASE("a dropped query is not called, also when its answer was known or on its way") {
  Lab lab;
  lab.server.set(kService, DnsServer::kSrv, {0, {dns_srv(kService, 1, 2, 3, "h.example")}, {}});
  bool called = false;
  auto dropped = lab.resolver->srv(kService, [&](const SrvAnswer&) { called = true; });
  dropped.reset();
  lab.srv(kService);
  dropped = lab.resolver->srv(kService, [&](const SrvAnswer&) { called = true; });
  dropped.reset();
  // One that the callback before it drops, and one that drops itself.
  std::unique_ptr<Query> second;
  std::unique_ptr<Query> first = lab.resolver->srv(kService, [&](const SrvAnswer&) {
    second.reset();
    first.reset();
  });
  second = lab.resolver->srv(kService, [&](const SrvAnswer&) { called = true; });
  lab.run_until([&] { return first == nullptr; });
  lab.srv(kService);
  CHECK_FALSE(called);
}

TEST_CASE("an address query may drop itself in its callback") {
  Lab lab;
  lab.server.set(kHost, DnsServer::kA, {0, {dns_address(kHost, "10.0.0.1")}, {}});
  std::unique_ptr<Query> query;
  query = lab.resolver->addresses(kHost, [&](const AddressAnswer& answer) {
    CHECK(answer.outcome == Outcome::Ok);
    query.reset();
  });
  lab.run_until([&] { return query == nullptr; });
}

TEST_CASE("a resolver may die with questions in flight, or in a callback") {
  Lab lab;
  lab.server.silence("silent.example.com");
  bool called = false;
  const auto waiting =
      lab.resolver->addresses("silent.example.com", [&](const AddressAnswer&) { called = true; });
  std::unique_ptr<Query> query;
  query = lab.resolver->srv("missing.example.com", [&](const SrvAnswer&) {
    lab.resolver.reset();
    query.reset();
  });
  lab.run_until([&] { return lab.resolver == nullptr; });
  CHECK_FALSE(called);
}

TEST_CASE("a truncated answer is fetched over TCP") {
  Lab lab;
  std::vector<fakes::DnsRecord> many(40, dns_srv(kService, 1, 2, 3, "ucm.example.com"));
  lab.server.set(kService, DnsServer::kSrv, {0, many, {}});
  lab.server.truncate_udp(kService);
  CHECK(lab.srv(kService).targets.size() == 40);
  CHECK(lab.server.asked_by_tcp() == 1);
}

TEST_CASE("a family whose questions are dropped does not hold up the other for long") {
  Lab lab;
  lab.server.set(kHost, DnsServer::kA, {0, {dns_address(kHost, "10.0.0.1")}, {}});
  lab.server.silence_type(kHost, DnsServer::kAaaa);
  const auto start = std::chrono::steady_clock::now();
  const AddressAnswer answer = lab.addresses(kHost);
  CHECK(answer.outcome == Outcome::Ok);
  CHECK(answer.addresses.size() == 1);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
  // Once it is known that nobody answers, the silence is waited for no more.
  lab.run_until([&] {
    const auto before = std::chrono::steady_clock::now();
    CHECK(lab.addresses(kHost).addresses == answer.addresses);
    return std::chrono::steady_clock::now() - before < CaresResolver::kOtherFamilyWait / 2;
  });
  CHECK(lab.server.asked(kHost, DnsServer::kAaaa) == 1);
}

}  // namespace
}  // namespace dns
