#include <doctest/doctest.h>

#include "tests/net/http/hpack_lab.h"

namespace hpack_lab {
namespace {

std::string hex(const std::string& block) {
  return base::encode_hex(block);
}

TEST_CASE("RFC 7541 C.3: requests") {
  HpackEncoder encoder(4096);
  List request = {
      {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
  CHECK(hex(encode(encoder, request)) == "828684410f7777772e6578616d706c652e636f6d");
  request.push_back({"cache-control", "no-cache"});
  CHECK(hex(encode(encoder, request)) == "828684be58086e6f2d6361636865");
  request = {{":method", "GET"},
             {":scheme", "https"},
             {":path", "/index.html"},
             {":authority", "www.example.com"},
             {"custom-key", "custom-value"}};
  CHECK(hex(encode(encoder, request)) ==
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565");
  CHECK(encoder.table().size_bytes() == 164);
}

TEST_CASE("RFC 7541 C.5: responses in a table of 256 bytes") {
  HpackEncoder encoder(256);
  List response = {{":status", "302"},
                   {"cache-control", "private"},
                   {"date", "Mon, 21 Oct 2013 20:13:21 GMT"},
                   {"location", "https://www.example.com"}};
  CHECK(hex(encode(encoder, response)) ==
        "3fe101"  // the table's size is not the default
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120"
        "474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d");
  response[0].second = "307";
  CHECK(hex(encode(encoder, response)) == "4803333037c1c0bf");
  CHECK(encoder.table().size_bytes() == 222);
}

TEST_CASE("without a table only the static one counts, and nothing is kept") {
  HpackEncoder encoder;
  const List fields = {{":method", "POST"}, {":path", "/a"}, {"x", "y"}, {"accept", ""}};
  for (int i = 0; i < 2; ++i)
    CHECK(hex(encode(encoder, fields)) ==
          "83"
          "04022f61"
          "0001780179"
          "93");
  CHECK(encoder.table().count() == 0);
}

TEST_CASE("how a field is to be indexed") {
  HpackEncoder encoder(4096);
  const auto one = [&](std::string_view name, std::string_view value, HpackIndexing indexing) {
    return hex(encode(encoder, {{std::string(name), std::string(value)}}, indexing));
  };
  CHECK(one("x", "1", HpackIndexing::Without) == "0001780131");
  CHECK(one("x", "1", HpackIndexing::Never) == "1001780131");
  CHECK(one("cookie", "1", HpackIndexing::Never) == "1f110131");
  CHECK(one(":method", "GET", HpackIndexing::Without) == "82");
  CHECK(one(":method", "GET", HpackIndexing::Never) == "1203474554");  // a literal, whatever it is
  CHECK(encoder.table().count() == 0);
  CHECK(one("x", "1", HpackIndexing::Add) == "4001780131");
  CHECK(one("x", "1", HpackIndexing::Add) == "be");
  CHECK(one("x", "2", HpackIndexing::Add) == "7e0132");
  CHECK(one("x", "1", HpackIndexing::Never) == "1001780131");
}

TEST_CASE("names leave in lower case, however long") {
  HpackEncoder encoder(4096);
  CHECK(hex(encode(encoder, {{"Content-Type", "A"}, {"X-Y", "Z"}})) ==
        "5f0141"
        "4003782d79015a");
  CHECK(hex(encode(encoder, {{"CONTENT-TYPE", "A"}, {"x-y", "Z"}})) == "bfbe");
  CHECK(PeerDecoder().decode(encode(encoder, {{std::string(300, 'A'), "b"}})) ==
        List{{std::string(300, 'a'), "b"}});
}

TEST_CASE("a field that would empty half of the table is not kept") {
  HpackEncoder encoder(4096);
  encode(encoder, {{"a", std::string(2048 - 32 - 1, 'v')}, {"a", std::string(2048 - 32, 'v')}});
  CHECK(encoder.table().count() == 1);
}

TEST_CASE("the peer hears what becomes of its limit, at the next block") {
  const auto updates = [](HpackEncoder& encoder) { return hex(encode(encoder, {})); };
  SUBCASE("our wish is the default") {
    HpackEncoder encoder(4096);
    CHECK(updates(encoder) == "");
    encoder.set_peer_limit(65536);
    CHECK(updates(encoder) == "");
    encoder.set_peer_limit(100);
    CHECK(updates(encoder) == "3f45");
    CHECK(updates(encoder) == "");
    encoder.set_peer_limit(4096);
    CHECK(updates(encoder) == "3fe11f");
  }
  SUBCASE("our wish is more") {
    HpackEncoder encoder(16384);
    CHECK(updates(encoder) == "");
    encoder.set_peer_limit(8192);
    CHECK(updates(encoder) == "3fe13f");
    encoder.set_peer_limit(1u << 31);
    CHECK(updates(encoder) == "3fe17f");
  }
  SUBCASE("our wish is less") {
    HpackEncoder encoder(100);
    CHECK(updates(encoder) == "3f45");
    encoder.set_peer_limit(200);
    CHECK(updates(encoder) == "");
  }
  SUBCASE("the lowest of several evicts") {
    HpackEncoder encoder(4096);
    encode(encoder, {{"a", "b"}});
    encoder.set_peer_limit(0);
    encoder.set_peer_limit(4096);
    CHECK(updates(encoder) == "203fe11f");
    CHECK(encoder.table().count() == 0);
  }
  SUBCASE("without a table there is nothing to say but to a wish for less") {
    HpackEncoder encoder;
    CHECK(updates(encoder) == "");
    encoder.set_peer_limit(8192);
    CHECK(updates(encoder) == "");
    encoder.set_peer_limit(0);
    encoder.set_peer_limit(4096);
    CHECK(updates(encoder) == "20");
    CHECK(updates(encoder) == "");
  }
}

}  // namespace
}  // namespace hpack_lab
