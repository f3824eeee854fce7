// nghttp2's coders at the other end, in both directions.

#include <doctest/doctest.h>

#include <random>

#include "net/http/hpack_static.h"
#include "tests/net/http/hpack_lab.h"

namespace hpack_lab {
namespace {

// Heads like those of a chain: some fields always the same, some new, some odd.
class Heads final {
 public:
  explicit Heads(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  List next() {
    List list;
    for (std::size_t left = 1 + below(15); left > 0; --left)
      list.push_back(field());
    return list;
  }

 private:
  std::string text(std::size_t most) {
    std::string out;
    for (std::size_t left = below(most); left > 0; --left)
      out += static_cast<char>(below(8) ? 'a' + below(26) : below(256));
    return out;
  }

  std::pair<std::string, std::string> field() {
    const StaticEntry& known = kStaticTable[1 + static_cast<std::uint32_t>(below(kStaticEntries))];
    switch (below(5)) {
      case 0:
        return {std::string(known.name), std::string(known.value)};
      case 1:
        return {std::string(known.name), text(60)};
      case 2:
        return {"x-name-" + std::to_string(below(20)), "value " + std::to_string(below(3))};
      case 3:
        return {"x-name-" + std::to_string(below(20)), text(below(20) ? 60 : 6000)};
      default:
        return {"user-agent", "Agent/" + std::to_string(below(10))};
    }
  }

  std::mt19937 random_;
};

TEST_CASE("what the peer encodes is decoded, whatever becomes of the table") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Heads heads(seed);
    PeerEncoder peer(16384);
    HpackDecoder decoder(16384);
    for (int i = 0; i < 200; ++i) {
      CAPTURE(i);
      if (heads.below(20) == 0) peer.set_limit(heads.below(16385));
      const List list = heads.next();
      REQUIRE(decode(decoder, peer.encode(list, heads.below(10) == 0)) == list);
    }
  }
}

TEST_CASE("what is encoded the peer decodes, whatever becomes of the table") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Heads heads(seed);
    HpackEncoder encoder(seed % 4 == 0 ? 0 : 1000 * seed);
    PeerDecoder peer;
    HpackDecoder ours(kMaxHpackTableBytes);
    for (int i = 0; i < 200; ++i) {
      CAPTURE(i);
      while (heads.below(20) == 0) {
        const std::size_t limit = heads.below(2) ? heads.below(20000) : heads.below(500);
        encoder.set_peer_limit(static_cast<std::uint32_t>(limit));
        peer.set_limit(limit);
      }
      const List list = heads.next();
      const auto indexing = static_cast<HpackIndexing>(heads.below(3));
      const std::string block = encode(encoder, list, indexing);
      REQUIRE(peer.decode(block) == list);
      CHECK(peer.secrets() == (indexing == HpackIndexing::Never ? list.size() : 0));
      REQUIRE(decode(ours, block) == list);
      CHECK(entries(ours.table()) == entries(encoder.table()));
    }
  }
}

TEST_CASE("a damaged block is refused or read as the peer reads it") {
  Heads heads(7541);
  PeerEncoder source(4096);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string block = source.encode(heads.next());
    for (std::size_t left = 1 + heads.below(3); left > 0; --left)
      block[heads.below(block.size())] = static_cast<char>(heads.below(256));
    HpackDecoder decoder(4096);
    const auto ours = decode(decoder, block);
    const auto theirs = PeerDecoder().decode(block);
    if (decoder.why() == "block stands for too much") continue;
    CHECK(ours == theirs);
    if (!ours) ++refused;
  }
  CHECK(refused > 100);
}

}  // namespace
}  // namespace hpack_lab
