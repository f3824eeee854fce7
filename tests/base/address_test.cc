#include "base/address.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace base {
namespace {

TEST_CASE("addresses are read and written in their canonical form") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"10.1.2.3", "10.1.2.3"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:0db8::0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // RFC 5952 section 4.2.2
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"::ffff:10.1.2.3", "10.1.2.3"},
      {"::ffff:a01:203", "10.1.2.3"},
  };
  for (const auto& [text, canonical] : cases) {
    CAPTURE(text);
    const auto address = parse_ip(text);
    REQUIRE(address);
    CHECK(to_string(*address) == canonical);
    CHECK(IpText(*address).view() == canonical);
    CHECK(*parse_ip(to_string(*address)) == *address);
  }
}

TEST_CASE("each number of an IPv4 address is written in plain decimals") {
  for (unsigned number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    const std::string text = std::to_string(number);
    CHECK(to_string(IpAddress::v4({byte, 0, 10, byte})) == text + ".0.10." + text);
    CHECK(to_string(IpAddress::v4({255, byte, byte, 0})) == "255." + text + "." + text + ".0");
  }
}

TEST_CASE("what is only nearly an address is refused") {
  const std::string_view cases[] = {
      "",
      "127.1",
      "1",
      "2130706433",
      "0177.0.0.1",
      "0x7f.0.0.1",
      "0x7f.1",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "1.2.3.",
      ".1.2.3",
      "01.2.3.4",
      " 1.2.3.4",
      "1.2.3.4 ",
      "1.2.3.4\n",
      "1.2.3.-4",
      "[1.2.3.4]",
      "[]",
      "[::1",
      "::1]",
      "[[::1]]",
      "[::1]x",
      ":::",
      "1::2::3",
      "12345::",
      "fe80::1%eth0",
      "::1%1",
      "::1/128",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "::1.2.3",
      "::256.1.1.1",
      "localhost",
      "g::",
      "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
  };
  for (const std::string_view text : cases) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip(text));
  }
  CHECK_FALSE(parse_ip(std::string_view("1.2.3.4\0", 8)));
  CHECK_FALSE(parse_ip(std::string_view("::1\0.example.com", 16)));
}

TEST_CASE("endpoints are read and written") {
  for (const std::string_view text :
       {"10.1.2.3:8443", "[2001:db8::1]:8443", "[::]:0", "0.0.0.0:65535"}) {
    CAPTURE(text);
    const auto endpoint = parse_endpoint(text);
    REQUIRE(endpoint);
    CHECK(to_string(*endpoint) == text);
  }
  const std::string_view bad[] = {
      "",
      "10.1.2.3",
      "10.1.2.3:",
      ":8443",
      "10.1.2.3:65536",
      "10.1.2.3:-1",
      "10.1.2.3:+1",
      "10.1.2.3: 1",
      "10.1.2.3:080",
      "10.1.2.3:00",
      "::1:8443",
      "2001:db8::1:8443",
      "[::1]8443",
      "[::1]",
      "[::1]:",
      "[10.1.2.3]:80",
      "host:80",
      "10.1.2.3:80:80",
      "10.1.2.3:http",
  };
  for (const std::string_view text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_endpoint(text));
  }
}

TEST_CASE("ports") {
  CHECK(*parse_port("1") == 1);
  CHECK(*parse_port("65535") == 65535);
  for (const std::string_view text : {"", "0", "00", "01", "65536", "99999999999999999999", "+1",
                                      "-1", " 1", "1 ", "1a", "0x1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_port(text));
  }
}

TEST_CASE("endpoints survive the socket calls") {
  for (const std::string_view text : {"10.1.2.3:8443", "[2001:db8::1]:443", "[::]:0"}) {
    CAPTURE(text);
    sockaddr_storage storage;
    const Endpoint endpoint = *parse_endpoint(text);
    const unsigned length = to_sockaddr(endpoint, storage);
    CHECK(length == (endpoint.address.is_v4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
    CHECK(from_sockaddr(reinterpret_cast<const sockaddr&>(storage)) == endpoint);
  }
}

TEST_CASE("an address of another family is none") {
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  CHECK(from_sockaddr(reinterpret_cast<const sockaddr&>(storage)) == Endpoint{});
}

TEST_CASE("a mapped IPv4 address of a socket is the IPv4 address") {
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_port = htons(443);
  const std::uint8_t bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
  std::copy(std::begin(bytes), std::end(bytes), mapped.sin6_addr.s6_addr);
  CHECK(to_string(from_sockaddr(reinterpret_cast<const sockaddr&>(mapped))) == "10.1.2.3:443");
}

}  // namespace
}  // namespace base
