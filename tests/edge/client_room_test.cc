#include "edge/client_room.h"

#include <doctest/doctest.h>

namespace edge {
namespace {

constexpr ClientRoom::Protocol kHttps = &Counters::https_connections;
constexpr ClientRoom::Protocol kSip = &Counters::sip_connections;
constexpr ClientRoom::Protocol kXmpp = &Counters::xmpp_connections;

// Clients of a protocol come to the workers in turn, until no worker has a place: how many.
std::uint64_t fill(Board& board, std::size_t workers, const ClientRoom& room,
                   ClientRoom::Protocol protocol) {
  std::uint64_t came = 0;
  for (bool more = true; more;) {
    more = false;
    for (std::size_t worker = 0; worker < workers; ++worker) {
      if (!room.has_place(protocol, board, worker)) continue;
      Counters::add(board.counters(worker).*protocol);
      ++came;
      more = true;
    }
  }
  return came;
}

TEST_CASE("a protocol may have in each worker what was configured") {
  Board board(2);
  const ClientRoom room{3, 100, {kHttps, kSip}};
  CHECK(fill(board, 2, room, kHttps) == 6);
  CHECK(fill(board, 2, room, kSip) == 6);
}

TEST_CASE("one protocol may have all but what is kept for the others") {
  Board board(1);
  const ClientRoom room{1000, 120, {kHttps, kSip, kXmpp}};
  CHECK(fill(board, 1, room, kHttps) == 80);
  CHECK(fill(board, 1, room, kSip) == 20);
  CHECK(fill(board, 1, room, kXmpp) == 20);
  Counters::set(board.counters(0).https_connections, 30);
  CHECK(fill(board, 1, room, kSip) == 50);
}

TEST_CASE("alone a protocol may have everything, whichever worker its clients come to") {
  Board board(2);
  const ClientRoom room{1000, 120, {kHttps}};
  Counters::set(board.counters(1).https_connections, 100);
  CHECK(fill(board, 1, room, kHttps) == 20);
}

}  // namespace
}  // namespace edge
