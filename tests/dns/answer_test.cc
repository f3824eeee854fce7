#include "dns/answer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/fakes/dns_server.h"

namespace dns {
namespace {

using fakes::dns_address;
using fakes::dns_cname;
using fakes::dns_message;
using fakes::dns_soa;
using fakes::dns_srv;
using fakes::DnsRecord;
using fakes::DnsReply;
using fakes::DnsServer;

constexpr std::string_view kName = "_cisco-uds._tcp.example.com";
constexpr std::string_view kHost = "ucm.example.com";

std::string srv_message() {
  return dns_message(7, kName, DnsServer::kSrv,
                     {0,
                      {dns_srv(kName, 10, 20, 8443, "UCM-Pub.example.com", 60),
                       dns_srv(kName, 20, 0, 8443, "ucm-sub.example.com", 30)},
                      {}});
}

TEST_CASE("SRV records come with priority, weight, port, host and the smallest TTL") {
  const Records records = parse_answer(srv_message(), kName, RecordType::Srv);
  REQUIRE(records.outcome == Outcome::Ok);
  REQUIRE(records.targets.size() == 2);
  CHECK(records.targets[0] == SrvTarget{10, 20, 8443, "ucm-pub.example.com"});
  CHECK(records.targets[1] == SrvTarget{20, 0, 8443, "ucm-sub.example.com"});
  CHECK(records.ttl == std::chrono::seconds{30});
}

TEST_CASE("addresses come from A and AAAA records, each for its question") {
  const std::string v4 =
      dns_message(1, kHost, DnsServer::kA, {0, {dns_address(kHost, "10.1.2.3", 5)}, {}});
  const Records a = parse_answer(v4, kHost, RecordType::A);
  REQUIRE(a.outcome == Outcome::Ok);
  CHECK(base::to_string(a.addresses.at(0)) == "10.1.2.3");
  CHECK(a.ttl == std::chrono::seconds{5});
  const std::string v6 =
      dns_message(1, kHost, DnsServer::kAaaa, {0, {dns_address(kHost, "2001:db8::1")}, {}});
  const Records aaaa = parse_answer(v6, kHost, RecordType::Aaaa);
  REQUIRE(aaaa.outcome == Outcome::Ok);
  CHECK(base::to_string(aaaa.addresses.at(0)) == "2001:db8::1");
}

TEST_CASE("aliases are followed in any order, and their TTL counts") {
  const std::string message = dns_message(
      1, kHost, DnsServer::kA,
      {0,
       {dns_address("c.example.com", "10.0.0.1", 100),
        dns_cname("b.example.com", "c.example.com", 9), dns_cname(kHost, "b.example.com", 50)},
       {}});
  const Records records = parse_answer(message, kHost, RecordType::A);
  REQUIRE(records.outcome == Outcome::Ok);
  CHECK(records.addresses.size() == 1);
  CHECK(records.ttl == std::chrono::seconds{9});
}

TEST_CASE("a chain of aliases that is too long or a ring is a server error") {
  std::vector<DnsRecord> chain;
  for (std::size_t i = 0; i <= kMaxAliases; ++i) {
    const std::string from = i == 0 ? std::string(kHost) : "h" + std::to_string(i) + ".example.com";
    chain.push_back(dns_cname(from, "h" + std::to_string(i + 1) + ".example.com"));
  }
  const std::string last = "h" + std::to_string(kMaxAliases) + ".example.com";
  std::vector<DnsRecord> longest(chain.begin(), chain.end() - 1);
  longest.push_back(dns_address(last, "10.0.0.1"));
  CHECK(parse_answer(dns_message(1, kHost, DnsServer::kA, {0, longest, {}}), kHost, RecordType::A)
            .outcome == Outcome::Ok);
  chain.push_back(dns_address("h" + std::to_string(kMaxAliases + 1) + ".example.com", "10.0.0.1"));
  CHECK(parse_answer(dns_message(1, kHost, DnsServer::kA, {0, chain, {}}), kHost, RecordType::A)
            .outcome == Outcome::ServerError);
  const DnsReply ring{
      0, {dns_cname(kHost, "b.example.com"), dns_cname("b.example.com", kHost)}, {}};
  CHECK(parse_answer(dns_message(1, kHost, DnsServer::kA, ring), kHost, RecordType::A).outcome ==
        Outcome::ServerError);
}

TEST_CASE("each kind of failure has its outcome") {
  struct Case {
    const char* what;
    DnsReply reply;
    Outcome outcome;
    int ttl;
  };
  const Case cases[] = {
      {"NXDOMAIN with SOA", {3, {}, {dns_soa("example.com", 600, 120)}}, Outcome::NameError, 120},
      {"the SOA's own TTL is less",
       {3, {}, {dns_soa("example.com", 6, 120)}},
       Outcome::NameError,
       6},
      {"NXDOMAIN without SOA", {3, {}, {}}, Outcome::NameError, 0},
      {"no record", {0, {}, {dns_soa("example.com", 60, 60)}}, Outcome::NameError, 60},
      {"service not here", {0, {dns_srv(kName, 0, 0, 0, ".", 40)}, {}}, Outcome::NameError, 40},
      {"record of another name",
       {0, {dns_srv("x.example.com", 0, 0, 1, "h.example.com")}, {}},
       Outcome::NameError,
       0},
      {"FORMERR", {1, {}, {}}, Outcome::ServerError, 0},
      {"SERVFAIL", {2, {}, {}}, Outcome::ServerError, 0},
      {"REFUSED", {5, {}, {}}, Outcome::ServerError, 0},
      {"an unknown code", {15, {}, {}}, Outcome::ServerError, 0},
      {"a target that is an address",
       {0, {dns_srv(kName, 0, 0, 1, "127.0.0.1")}, {}},
       Outcome::ServerError,
       60},
      {"a short record", {0, {{std::string(kName), 33, 60, "abc"}}, {}}, Outcome::ServerError, 0},
      {"bytes behind the name",
       {0, {{std::string(kName), 33, 60, dns_srv(kName, 1, 2, 3, "h.example").data + "x"}}, {}},
       Outcome::ServerError,
       0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const Records records =
        parse_answer(dns_message(1, kName, DnsServer::kSrv, c.reply), kName, RecordType::Srv);
    CHECK(records.outcome == c.outcome);
    if (c.outcome == Outcome::NameError) CHECK(records.ttl == std::chrono::seconds{c.ttl});
    CHECK_FALSE(records.detail.empty());
  }
}

TEST_CASE("an answer to another question, a query and a truncated answer are not taken") {
  const std::string good = srv_message();
  CHECK(parse_answer(good, "other.example.com", RecordType::Srv).outcome == Outcome::ServerError);
  CHECK(parse_answer(good, kName, RecordType::A).outcome == Outcome::ServerError);
  std::string query = good;
  query[2] = 0;
  CHECK(parse_answer(query, kName, RecordType::Srv).detail == "not a response");
  const std::string cut = dns_message(1, kName, DnsServer::kSrv, {}, true);
  CHECK(parse_answer(cut, kName, RecordType::Srv).detail == "truncated");
}

TEST_CASE("a message cut at any length is a server error") {
  const std::string good = srv_message();
  for (std::size_t length = 0; length < good.size(); ++length) {
    CAPTURE(length);
    CHECK(parse_answer(good.substr(0, length), kName, RecordType::Srv).outcome ==
          Outcome::ServerError);
  }
}

TEST_CASE("compression pointers lead back only, never in a circle") {
  const std::string header = std::string("\0\1\x81\x80\0\1\0\1\0\0\0\0", 12);
  const std::string question = fakes::dns_name(kHost) + fakes::dns_u16(1) + fakes::dns_u16(1);
  const std::string rest = fakes::dns_u16(1) + fakes::dns_u16(1) + fakes::dns_u32(60) +
                           fakes::dns_u16(4) + std::string("\x0a\0\0\1", 4);
  const auto with_owner = [&](const std::string& owner) {
    return parse_answer(header + question + owner + rest, kHost, RecordType::A).outcome;
  };
  CHECK(with_owner(std::string("\xc0\x0c", 2)) == Outcome::Ok);
  CHECK(with_owner(std::string("\x03ucm\xc0\x10", 6)) == Outcome::Ok);
  const auto here = static_cast<char>(header.size() + question.size());
  CHECK(with_owner(std::string("\xc0") + here) == Outcome::ServerError);
  CHECK(with_owner(std::string("\xc0") + static_cast<char>(here + 2)) == Outcome::ServerError);
  CHECK(with_owner("\xff\xff") == Outcome::ServerError);
  CHECK(with_owner(std::string("\x01") + "a\xc0" + here) == Outcome::ServerError);
  CHECK(with_owner(std::string("\x40") + std::string(64, 'a') + '\0') == Outcome::ServerError);
}

TEST_CASE("names and counts beyond the limits are refused, lists are cut to what is kept") {
  std::string long_name;
  for (int i = 0; i < 5; ++i)
    long_name += std::string(60, 'a') + '.';
  long_name += "com";
  const DnsReply too_long{0, {dns_srv(long_name, 0, 0, 1, "h.example.com")}, {}};
  CHECK(parse_answer(dns_message(1, kName, DnsServer::kSrv, too_long), kName, RecordType::Srv)
            .outcome == Outcome::ServerError);
  std::vector<DnsRecord> many(kMaxRecords, dns_srv(kName, 0, 0, 1, "h.example.com"));
  const Records kept =
      parse_answer(dns_message(1, kName, DnsServer::kSrv, {0, many, {}}), kName, RecordType::Srv);
  CHECK(kept.outcome == Outcome::Ok);
  CHECK(kept.targets.size() == kMaxKept);
  many.push_back(many.front());
  CHECK(parse_answer(dns_message(1, kName, DnsServer::kSrv, {0, many, {}}), kName, RecordType::Srv)
            .detail == "too many records");
}

TEST_CASE("a TTL with its top bit set is zero") {
  const std::string message =
      dns_message(1, kHost, DnsServer::kA, {0, {dns_address(kHost, "10.0.0.1", 0x80000001u)}, {}});
  CHECK(parse_answer(message, kHost, RecordType::A).ttl == std::chrono::seconds{0});
}

}  // namespace
}  // namespace dns
