#include "sip/stun.h"

#include <doctest/doctest.h>

#include <cstdio>

#include "base/hex.h"

namespace sip {
namespace {

const std::string kTransaction = "b7e7a701bc34d686fa87dfae";

std::string bytes(const std::string& hex) {
  return *base::decode_hex(hex);
}
std::string request(const std::string& attributes = "", const std::string& type = "0001") {
  char size[5];
  std::snprintf(size, sizeof size, "%04x", static_cast<unsigned>(attributes.size() / 2));
  return bytes(type + size + "2112a442" + kTransaction + attributes);
}
base::Endpoint client(const char* text) {
  return *base::parse_endpoint(text);
}

TEST_CASE("the mapped addresses are those of RFC 5769") {
  const auto v4 = answer_stun(request(), client("192.0.2.1:32853"));
  REQUIRE(v4);
  CHECK(base::encode_hex(*v4) == "0101000c2112a442" + kTransaction + "002000080001a147e112a643");
  const auto v6 = answer_stun(request(), client("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
  REQUIRE(v6);
  CHECK(base::encode_hex(*v6) ==
        "010100182112a442" + kTransaction + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
}

TEST_CASE("unknown attributes that must be understood are named") {
  // 0x7777 with one byte, twice, and an optional one.
  const auto answer = answer_stun(request("7777000161000000"
                                          "80220004616263647777000000190000"),
                                  client("192.0.2.1:1"));
  REQUIRE(answer);
  CHECK(base::encode_hex(*answer) == "011100242112a442" + kTransaction +
                                         "0009001500000414556e6b6e6f776e20417474726962757465000000"
                                         "000a000477770019");
}

TEST_CASE("known and optional attributes are passed over") {
  CHECK((*answer_stun(request("000600036162630080220004616263"
                              "64"),
                      client("192.0.2.1:1")))[1] == 1);
}

TEST_CASE("what is no binding request has no answer") {
  const std::string good = request("80220004616263ff");
  const auto from = client("192.0.2.1:1");
  REQUIRE(answer_stun(good, from));
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(answer_stun(good.substr(0, i), from));
  }
  CHECK_FALSE(answer_stun(good + std::string(4, '\0'), from));
  for (const char* type : {"0011", "0101", "0111", "0003", "4001"}) {
    CAPTURE(type);
    CHECK_FALSE(answer_stun(request("", type), from));
  }
  std::string cookie = good;
  cookie[4] ^= 1;
  CHECK_FALSE(answer_stun(cookie, from));
  CHECK_FALSE(answer_stun(request("8022000861626364"), from));
  CHECK_FALSE(answer_stun(request("8022ffff61626364"), from));
}

TEST_CASE("the largest request is answered, a larger one is not") {
  std::string attributes;
  while (attributes.size() / 2 + kStunHeaderBytes < kMaxStunBytes) {
    char text[9];
    std::snprintf(text, sizeof text, "%04x0000", 0x1000 + static_cast<unsigned>(attributes.size()));
    attributes += text;
  }
  const auto answer = answer_stun(request(attributes), client("192.0.2.1:1"));
  REQUIRE(answer);
  CHECK(answer->size() == kStunHeaderBytes + 28 + 4 + 139 * 2 + 2);
  CHECK_FALSE(answer_stun(request(attributes + "80220000"), client("192.0.2.1:1")));
}

}  // namespace
}  // namespace sip
