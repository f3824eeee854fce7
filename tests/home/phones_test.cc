#include "home/phones.h"

#include <doctest/doctest.h>

namespace home {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Ids = std::vector<std::int64_t>;

constexpr Phones::Moment kStart{std::chrono::hours(1)};

TEST_CASE("a new phone is probed shortly after, then again and again; a refresh changes nothing") {
  Phones phones(seconds(30));
  phones.on_registered(1, 10, kStart);
  CHECK(phones.take_due(kStart, 10).empty());
  const auto first = kStart + Phones::kFirstProbe;
  CHECK(phones.take_due(first, 10) == Ids{1});
  CHECK(phones.take_due(first, 10).empty());
  phones.on_registered(1, 11, first);
  CHECK(phones.find(1)->peer == 11);
  CHECK(phones.take_due(first + seconds(29), 10).empty());
  CHECK(phones.take_due(first + seconds(30), 10) == Ids{1});
  phones.forget(1);
  phones.forget(1);
  CHECK(phones.find(1) == nullptr);
  CHECK(phones.take_due(first + seconds(90), 10).empty());
}

TEST_CASE("one that was there at the start is given time to come back") {
  Phones phones(seconds(30));
  phones.on_loaded(1, kStart);
  CHECK(phones.take_due(kStart + seconds(29), 10).empty());
  CHECK(phones.take_due(kStart + seconds(30), 10) == Ids{1});
}

TEST_CASE("without a time between probes there are none") {
  Phones phones{milliseconds(0)};
  phones.on_registered(1, 10, kStart);
  phones.on_loaded(2, kStart);
  CHECK(phones.take_due(kStart + std::chrono::hours(9), 10).empty());
}

TEST_CASE("no more are taken than asked for, and the rest is not forgotten") {
  Phones phones(seconds(30));
  for (std::int64_t id = 1; id <= 5; ++id)
    phones.on_registered(id, 10, kStart);
  const auto due = kStart + seconds(1);
  CHECK(phones.take_due(due, 2) == Ids{1, 2});
  CHECK(phones.take_due(due, 2) == Ids{3, 4});
  CHECK(phones.take_due(due, 2) == Ids{5});
}

TEST_CASE("a phone is dead after 430, or after silence three times in a row") {
  Phones phones(seconds(30));
  phones.on_registered(1, 10, kStart);
  CHECK_FALSE(phones.on_answer(1, "OPTIONS", {0, "timeout", 0, 0}));
  CHECK_FALSE(phones.on_answer(1, "OPTIONS", {0, "timeout", 0, 0}));
  CHECK_FALSE(phones.on_answer(1, "OPTIONS", {200, "", 3, 99}));
  CHECK(phones.find(1)->options->status == 200);
  CHECK(phones.find(1)->answered == 1);
  CHECK_FALSE(phones.on_answer(1, "NOTIFY", {0, "timeout", 0, 0}));
  CHECK_FALSE(phones.on_answer(1, "NOTIFY", {503, "", 0, 0}));
  CHECK(phones.find(1)->notify->status == 503);
  CHECK(phones.find(1)->options->status == 200);
  for (int i = 1; i < Phones::kMaxFailures; ++i)
    CHECK_FALSE(phones.on_answer(1, "OPTIONS", {0, "timeout", 0, 0}));
  CHECK(phones.on_answer(1, "OPTIONS", {0, "timeout", 0, 0}));
  phones.on_registered(1, 10, kStart);  // it came back
  CHECK_FALSE(phones.on_answer(1, "OPTIONS", {0, "timeout", 0, 0}));
  CHECK(phones.on_answer(1, "OPTIONS", {430, "", 0, 0}));
  CHECK_FALSE(phones.on_answer(2, "OPTIONS", {430, "", 0, 0}));  // unknown
}

}  // namespace
}  // namespace home
