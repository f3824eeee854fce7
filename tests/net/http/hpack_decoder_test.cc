#include <doctest/doctest.h>

#include "net/http/hpack_static.h"
#include "tests/net/http/hpack_lab.h"

namespace hpack_lab {
namespace {

const List kFirstRequest = {
    {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
const List kSecondRequest = {{":method", "GET"},
                             {":scheme", "http"},
                             {":path", "/"},
                             {":authority", "www.example.com"},
                             {"cache-control", "no-cache"}};
const List kThirdRequest = {{":method", "GET"},
                            {":scheme", "https"},
                            {":path", "/index.html"},
                            {":authority", "www.example.com"},
                            {"custom-key", "custom-value"}};

TEST_CASE("RFC 7541 C.2: each form of a field") {
  HpackDecoder decoder(4096);
  CHECK(
      decode(decoder, bytes("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572")) ==
      List{{"custom-key", "custom-header"}});
  CHECK(entries(decoder.table()) == List{{"custom-key", "custom-header"}});
  CHECK(decoder.table().size_bytes() == 55);
  CHECK(decode(decoder, bytes("040c 2f73 616d 706c 652f 7061 7468")) ==
        List{{":path", "/sample/path"}});
  CHECK(decode(decoder, bytes("1008 7061 7373 776f 7264 0673 6563 7265 74")) ==
        List{{"password", "secret"}});
  CHECK(decode(decoder, bytes("82")) == List{{":method", "GET"}});
  CHECK(decoder.table().count() == 1);
}

TEST_CASE("RFC 7541 C.3 and C.4: requests, without and with Huffman code") {
  const char* const raw[] = {
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
  };
  const char* const huffman[] = {
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
  };
  for (const auto* blocks : {raw, huffman}) {
    HpackDecoder decoder(4096);
    CHECK(decode(decoder, bytes(blocks[0])) == kFirstRequest);
    CHECK(decoder.table().size_bytes() == 57);
    CHECK(decode(decoder, bytes(blocks[1])) == kSecondRequest);
    CHECK(decoder.table().size_bytes() == 110);
    CHECK(decode(decoder, bytes(blocks[2])) == kThirdRequest);
    CHECK(decoder.table().size_bytes() == 164);
    CHECK(entries(decoder.table()) == List{{"custom-key", "custom-value"},
                                           {"cache-control", "no-cache"},
                                           {":authority", "www.example.com"}});
  }
}

TEST_CASE("RFC 7541 C.5 and C.6: responses that evict, without and with Huffman code") {
  const char* const raw[] = {
      "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133"
      "2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70"
      "6c65 2e63 6f6d",
      "4803 3330 37c1 c0bf",
      "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d"
      "54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049"
      "5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e"
      "3d31",
  };
  const char* const huffman[] = {
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6"
      "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
      "4883 640e ffc1 c0bf",
      "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab"
      "77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f"
      "9587 3160 65c0 03ed 4ee5 b106 3d50 07",
  };
  const char* const date1 = "Mon, 21 Oct 2013 20:13:21 GMT";
  const char* const date2 = "Mon, 21 Oct 2013 20:13:22 GMT";
  const char* const place = "https://www.example.com";
  const char* const cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
  for (const auto* blocks : {raw, huffman}) {
    HpackDecoder decoder(4096);
    CHECK(decode(decoder, bytes("3f e1 01")) == List{});  // 256 bytes of table
    CHECK(decode(decoder, bytes(blocks[0])) == List{{":status", "302"},
                                                    {"cache-control", "private"},
                                                    {"date", date1},
                                                    {"location", place}});
    CHECK(decoder.table().size_bytes() == 222);
    CHECK(decode(decoder, bytes(blocks[1])) == List{{":status", "307"},
                                                    {"cache-control", "private"},
                                                    {"date", date1},
                                                    {"location", place}});
    CHECK(decoder.table().size_bytes() == 222);
    CHECK(decode(decoder, bytes(blocks[2])) == List{{":status", "200"},
                                                    {"cache-control", "private"},
                                                    {"date", date2},
                                                    {"location", place},
                                                    {"content-encoding", "gzip"},
                                                    {"set-cookie", cookie}});
    CHECK(decoder.table().size_bytes() == 215);
    CHECK(entries(decoder.table()) ==
          List{{"set-cookie", cookie}, {"content-encoding", "gzip"}, {"date", date2}});
  }
}

TEST_CASE("the static table is what a peer takes it for") {
  for (std::uint32_t index = 1; index <= kStaticEntries; ++index) {
    CAPTURE(index);
    const std::string block(1, static_cast<char>(0x80 | index));
    HpackDecoder decoder(4096);
    CHECK(decode(decoder, block) == PeerDecoder().decode(block));
  }
}

TEST_CASE("what breaks a block ends the connection, with a word for the log") {
  struct Case {
    const char* hex;
    const char* why;
  };
  const Case cases[] = {
      {"80", "index 0"},
      {"be", "index beyond the tables"},
      {"7e 0161", "index beyond the tables"},
      {"ff ffffff ff0f", "integer"},    // just over 32 bits
      {"ff 80808080 8000", "integer"},  // padded beyond reason
      {"ff 80", "integer"},             // breaks off
      {"ff", "integer"},
      {"40", "name"},
      {"40 02 61", "name"},  // longer than the block
      {"40 7f ffffffff 0f", "name"},
      {"40 0161", "value"},
      {"40 0161 0262", "value"},
      {"04 7f", "value"},
      {"04 82 ffff", "value"},        // padding of 16 bits
      {"04 81 ff", "value"},          // of 8 bits
      {"04 81 fe", "value"},          // not all ones
      {"04 81 00", "value"},          // '0', then zeros
      {"04 84 ffffffff", "value"},    // EOS
      {"04 85 1fffffffff", "value"},  // EOS behind a symbol
      {"04 83 fffffe", "value"},      // breaks off within a symbol
      {"82 20", "table size update behind a field"},
      {"3f e2 1f", "table size"},  // 4097
      {"3f", "table size"},
      {"3f ffffff ff0f", "table size"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.hex);
    HpackDecoder decoder(4096);
    CHECK(fault(decoder, bytes(c.hex)) == c.why);
  }
}

TEST_CASE("the odd is in order") {
  HpackDecoder decoder(4096);
  CHECK(decode(decoder, "") == List{});
  CHECK(decode(decoder, bytes("40 00 00")) == List{{"", ""}});
  CHECK(decode(decoder, bytes("40 80 80")) == List{{"", ""}});
  CHECK(decode(decoder, bytes("04 80")) == List{{":path", ""}});
  CHECK(decode(decoder, bytes("04 81 07")) == List{{":path", "0"}});  // padding of 3 bits
  CHECK(decode(decoder, bytes("0f 8080 8080 00 00")) == List{{"accept-charset", ""}});  // 15
}

TEST_CASE("size updates come first, and may be several") {
  HpackDecoder decoder(4096);
  REQUIRE(decode(decoder, bytes("40 0161 0162")));
  CHECK(decode(decoder, bytes("20 3f e1 1f")) == List{});  // to 0, back to 4096
  CHECK(decoder.table().count() == 0);
  CHECK(decoder.table().limit_bytes() == 4096);
  CHECK(decode(decoder, bytes("3f 03 40 0161 0162 be")) == List{{"a", "b"}, {"a", "b"}});  // 34
}

TEST_CASE("a table of our own size") {
  SUBCASE("a larger one is the peer's to take") {
    HpackDecoder decoder(16384);
    CHECK(decoder.table().limit_bytes() == 4096);
    CHECK(fault(decoder, bytes("3f e1 7f")) == "");  // 16384
    CHECK(decoder.table().limit_bytes() == 16384);
    CHECK(fault(decoder, bytes("3f e2 7f")) == "table size");
  }
  SUBCASE("a smaller one binds from its acknowledgement on") {
    HpackDecoder decoder(64);
    REQUIRE(decode(decoder, bytes("40 0161 0162 40 0163 0164")));
    CHECK(decoder.table().count() == 2);
    decoder.settings_acknowledged();
    CHECK(decoder.table().count() == 1);
    CHECK(decode(decoder, "") == List{});
    CHECK(decode(decoder, bytes("3f 21 be")) == List{{"c", "d"}});  // 64
    CHECK(fault(decoder, bytes("3f 22")) == "table size");
  }
  SUBCASE("and the peer must say that it knows") {
    HpackDecoder decoder(0);
    REQUIRE(decode(decoder, bytes("82")));
    decoder.settings_acknowledged();
    CHECK(fault(decoder, bytes("82")) == "no update to the smaller table size");
  }
}

TEST_CASE("the table stays in step with what the peer's encoder holds") {
  HpackDecoder decoder(4096);
  const std::string name(2000, 'n');
  const std::string value(2000, 'v');
  // The name is that of the entry which the new one drives out.
  REQUIRE(decode(decoder, bytes("40 7f d1 0e") + name + bytes("7f d1 0e") + value));
  CHECK(decoder.table().size_bytes() == 4032);
  CHECK(decode(decoder, bytes("7e 7f d1 0e") + value) == List{{name, value}});
  CHECK(entries(decoder.table()) == List{{name, value}});
  // One without room empties it, and is a field nevertheless.
  const std::string large(4090, 'x');
  CHECK(decode(decoder, bytes("7e 7f fb 1e") + large) == List{{name, large}});
  CHECK(decoder.table().count() == 0);
}

TEST_CASE("a small block that stands for a large one has a limit") {
  HpackDecoder decoder(4096);
  const std::string value(4000, 'v');
  REQUIRE(decode(decoder, bytes("40 0161 7f a1 1e") + value));
  const std::size_t most = kMaxDecodedBytes / (1 + value.size() + kHpackEntryBytes);
  CHECK(decode(decoder, std::string(most, '\xbe'))->size() == most);
  NotingSink sink;
  CHECK_FALSE(decoder.decode(std::string(most + 1, '\xbe'), sink));
  CHECK(sink.list.size() == most);
  CHECK(decoder.why() == "block stands for too much");
}

}  // namespace
}  // namespace hpack_lab
