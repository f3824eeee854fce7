#include "policy/associations.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policy/memory_store.h"
#include "tests/fakes/clock.h"

namespace policy {
namespace {

std::chrono::sys_seconds at(std::int64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

DigestProof proof(std::string username, std::uint8_t fill) {
  DigestProof made;
  made.username = std::move(username);
  made.md5.fill(fill);
  made.sha256.fill(static_cast<std::uint8_t>(fill + 1));
  return made;
}

Association typical() {
  return {at(1'760'000'000),
          at(1'760'028'800),
          {proof("mac.donald", 1), proof("mac.donald@lab.example", 3)},
          {"MDonald", "SEP0123456789AB"}};
}

// The tasks of a worker's loop, run by hand.
struct Kept {
  fakes::FakeClock clock;
  std::shared_ptr<SharedMemory> memory = std::make_shared<SharedMemory>(RateOptions{}, clock);
  std::vector<std::function<void()>> tasks;
  MemoryStore store{memory, [this](std::function<void()> task) { tasks.push_back(task); }};
  Associations associations{store};

  std::optional<Association> get(const AssociationKey& key) {
    std::optional<Association> found;
    const auto token = associations.get(key, [&](base::Result<std::optional<Association>> one) {
      REQUIRE(one);
      found = *one;
    });
    for (auto& task : std::exchange(tasks, {}))
      task();
    return found;
  }
};

TEST_CASE("an association comes back as it was written") {
  const Association empty{at(0), at(1), {}, {}};
  for (const Association& one : {typical(), empty}) {
    const auto read = decode_association(encode_association(one));
    REQUIRE(read);
    CHECK(*read == one);
  }
}

TEST_CASE("cut, longer or changed bytes are no association") {
  const std::string whole = encode_association(typical());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(decode_association(std::string_view(whole).substr(0, length)));
  }
  CHECK_FALSE(decode_association(whole + '\0'));
  std::string other_version = whole;
  other_version[0] = 2;
  CHECK_FALSE(decode_association(other_version));
}

TEST_CASE("the largest association fits into the store") {
  Association large = typical();
  for (int i = 0; i < 20; ++i) {
    large.proofs.push_back(proof(std::string(255, static_cast<char>('a' + i)), 9));
    large.devices.push_back(std::string(255, static_cast<char>('a' + i)));
  }
  large.proofs.push_back(proof(std::string(256, 'x'), 9));
  const std::string bytes = encode_association(large);
  CHECK(bytes.size() <= Store::kMaxValueBytes);
  const auto read = decode_association(bytes);
  REQUIRE(read);
  CHECK(read->proofs.size() == Association::kMaxProofs);
  CHECK(read->devices.front() == "MDonald");
}

TEST_CASE("a proof is found by its very spelling") {
  const Association one = typical();
  REQUIRE(one.proof("mac.donald") != nullptr);
  CHECK(one.proof("mac.donald")->md5[0] == 1);
  CHECK(one.proof("Mac.Donald") == nullptr);
  CHECK(one.proof("") == nullptr);
}

TEST_CASE("an association is kept for its user, domain and realm until its end") {
  Kept kept;
  const AssociationKey key{"mac.donald", "lab.example", "edge.lab.example"};
  Association one = typical();
  one.expires = std::chrono::floor<std::chrono::seconds>(kept.clock.now()) + std::chrono::hours{8};
  kept.associations.put(key, one);
  CHECK(kept.get(key) == one);
  CHECK_FALSE(kept.get({"rknotts", "lab.example", "edge.lab.example"}));
  CHECK_FALSE(kept.get({"mac.donald", "other.example", "edge.lab.example"}));
  CHECK_FALSE(kept.get({"mac.donald", "lab.example", "edge2.lab.example"}));
  // No split of the names into other names gives the same key.
  CHECK_FALSE(kept.get({"mac.donaldlab.example", "", "edge.lab.example"}));
  kept.associations.erase(key);
  CHECK_FALSE(kept.get(key));
  kept.associations.put(key, one);
  kept.clock.advance(std::chrono::hours{8});
  CHECK_FALSE(kept.get(key));
}

TEST_CASE("keys fit into the store whatever the names") {
  const std::string longest(253, 'a');
  CHECK(to_store_key({longest, longest, longest}).size() <= Store::kMaxKeyBytes);
}

}  // namespace
}  // namespace policy
