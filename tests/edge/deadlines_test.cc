#include "edge/deadlines.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace edge {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Client : Deadline {
  explicit Client(int its_number) : number(its_number) {}
  int number;
};

const Deadline::Steady kStart{std::chrono::hours{50} + milliseconds{700}};

std::vector<int> taken(Deadlines& deadlines, Deadline::Steady now) {
  std::vector<int> numbers;
  while (Deadline* due = deadlines.take_due(now))
    numbers.push_back(static_cast<Client&>(*due).number);
  return numbers;
}

TEST_CASE("a client is due at its time, once, and not before") {
  for (const milliseconds wait :
       {milliseconds{1}, milliseconds{299}, milliseconds{300}, milliseconds{30'000},
        milliseconds{1'023'999}, milliseconds{1'024'000}, milliseconds{hours{9}}}) {
    CAPTURE(wait.count());
    Deadlines deadlines(kStart);
    Client client(1);
    deadlines.set(client, kStart + wait);
    // As a gateway asks.
    for (Deadline::Steady now = kStart + kTick; now < kStart + wait; now += kTick)
      REQUIRE(taken(deadlines, now).empty());
    CHECK(taken(deadlines, kStart + wait - milliseconds{1}).empty());
    CHECK(taken(deadlines, kStart + wait) == std::vector{1});
    CHECK(taken(deadlines, kStart + wait + hours{1}).empty());
  }
}

TEST_CASE("a wheel that nobody asked for long has everybody who is due") {
  Deadlines deadlines(kStart);
  Client soon(1), later(2), last(3), not_yet(4);
  deadlines.set(soon, kStart + seconds{3});
  deadlines.set(later, kStart + seconds{5'000});
  deadlines.set(last, kStart + hours{24});
  deadlines.set(not_yet, kStart + hours{24} + milliseconds{1});
  CHECK(taken(deadlines, kStart + hours{24}).size() == 3);
  CHECK(taken(deadlines, kStart + hours{25}) == std::vector{4});
}

TEST_CASE("what is over when it is set comes next") {
  Deadlines deadlines(kStart);
  CHECK(taken(deadlines, kStart + seconds{10}).empty());
  Client client(1);
  deadlines.set(client, kStart);
  CHECK(taken(deadlines, kStart + seconds{10} + kTick) == std::vector{1});
}

TEST_CASE("a deadline is moved, brought forward and cancelled") {
  Deadlines deadlines(kStart);
  Client client(1);
  deadlines.set(client, kStart + seconds{1});
  deadlines.set(client, kStart + seconds{5});
  CHECK(taken(deadlines, kStart + seconds{4}).empty());
  deadlines.no_later_than(client, kStart + seconds{9});
  CHECK(taken(deadlines, kStart + seconds{5}) == std::vector{1});
  deadlines.no_later_than(client, kStart + seconds{9});
  deadlines.no_later_than(client, kStart + seconds{7});
  CHECK(taken(deadlines, kStart + seconds{7}) == std::vector{1});
  deadlines.set(client, kStart + seconds{8});
  deadlines.cancel(client);
  deadlines.cancel(client);
  CHECK(taken(deadlines, kStart + seconds{20}).empty());
}

TEST_CASE("one that dies is not met, even when it was due already") {
  Deadlines deadlines(kStart);
  auto first = std::make_unique<Client>(1);
  auto second = std::make_unique<Client>(2);
  auto third = std::make_unique<Client>(3);
  for (Client* client : {first.get(), second.get(), third.get()})
    deadlines.set(*client, kStart + seconds{1});
  const Deadline::Steady now = kStart + seconds{1};
  REQUIRE(static_cast<Client*>(deadlines.take_due(now))->number == 1);
  second.reset();
  deadlines.set(*first, now + seconds{1});
  CHECK(taken(deadlines, now) == std::vector{3});
  first.reset();
  CHECK(taken(deadlines, now + seconds{5}).empty());
}

TEST_CASE("a wheel may die before its clients") {
  Client client(1);
  {
    Deadlines deadlines(kStart);
    deadlines.set(client, kStart + seconds{1});
  }
}

}  // namespace
}  // namespace edge
