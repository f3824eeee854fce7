#include "policy/credential_cache.h"

#include <doctest/doctest.h>

namespace policy {
namespace {

using std::chrono::seconds;

const CredentialCache::Time kStart{std::chrono::hours{1}};

TEST_CASE("only the very user and password that were accepted are known, for a while") {
  CredentialCache cache(seconds{300});
  cache.remember("ab", "c", kStart);
  CHECK(cache.accepted("ab", "c", kStart));
  CHECK(cache.accepted("ab", "c", kStart + seconds{299}));
  CHECK_FALSE(cache.accepted("ab", "c", kStart + seconds{300}));
  CHECK_FALSE(cache.accepted("ab", "d", kStart));
  CHECK_FALSE(cache.accepted("ab", "", kStart));
  CHECK_FALSE(cache.accepted("a", "bc", kStart));
  CHECK_FALSE(cache.accepted("", "abc", kStart));
}

TEST_CASE("a new password replaces the old, and a user is forgotten on demand") {
  CredentialCache cache;
  cache.remember("a", "old", kStart);
  cache.remember("a", "new", kStart);
  CHECK_FALSE(cache.accepted("a", "old", kStart));
  CHECK(cache.accepted("a", "new", kStart));
  cache.forget("a");
  cache.forget("nobody");
  CHECK_FALSE(cache.accepted("a", "new", kStart));
  CHECK(cache.size() == 0);
}

TEST_CASE("beyond the limit the one remembered longest ago goes") {
  CredentialCache cache(seconds{300}, 2);
  cache.remember("a", "x", kStart);
  cache.remember("b", "x", kStart);
  cache.remember("a", "x", kStart + seconds{1});
  cache.remember("c", "x", kStart + seconds{2});
  CHECK(cache.accepted("a", "x", kStart + seconds{2}));
  CHECK_FALSE(cache.accepted("b", "x", kStart + seconds{2}));
  cache.remember("d", "x", kStart + seconds{1000});
  CHECK(cache.size() == 1);
}

}  // namespace
}  // namespace policy
