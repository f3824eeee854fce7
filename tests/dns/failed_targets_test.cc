#include "dns/failed_targets.h"

#include <doctest/doctest.h>

namespace dns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const FailedTargets::Time kStart{std::chrono::hours{1}};

TEST_CASE("a target that failed is last for a while and then in its place again") {
  FailedTargets failed;
  failed.failed("A.example.com", 1, kStart);
  const std::vector<SrvTarget> order = {
      {1, 0, 1, "a.example.com"}, {1, 0, 2, "a.example.com"}, {2, 0, 1, "b.example.com"}};
  auto targets = order;
  failed.move_last(targets, kStart + FailedTargets::kSetAside - milliseconds{1});
  CHECK(targets == std::vector<SrvTarget>{order[1], order[2], order[0]});
  targets = order;
  failed.move_last(targets, kStart + FailedTargets::kSetAside);
  CHECK(targets == order);
}

TEST_CASE("a success takes the mark away") {
  FailedTargets failed;
  failed.failed("a", 1, kStart);
  CHECK(failed.is_failed("A", 1, kStart));
  failed.succeeded("A", 1);
  CHECK_FALSE(failed.is_failed("a", 1, kStart));
}

TEST_CASE("when all have failed they are still tried, in order") {
  FailedTargets failed;
  std::vector<SrvTarget> targets = {{1, 0, 1, "a"}, {1, 0, 1, "b"}};
  failed.failed("a", 1, kStart);
  failed.failed("b", 1, kStart + seconds{1});
  failed.move_last(targets, kStart + seconds{2});
  CHECK(targets[0].host == "a");
  CHECK(targets.size() == 2);
}

TEST_CASE("beyond the limit the oldest failure is forgotten") {
  FailedTargets failed;
  for (std::size_t i = 0; i <= FailedTargets::kMaxTargets; ++i) {
    failed.failed("h" + std::to_string(i), 1, kStart + milliseconds{i});
  }
  CHECK_FALSE(failed.is_failed("h0", 1, kStart + seconds{2}));
  CHECK(failed.is_failed("h1", 1, kStart + seconds{2}));
}

}  // namespace
}  // namespace dns
