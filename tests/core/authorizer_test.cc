#include "core/authorizer.h"

#include <doctest/doctest.h>

#include "tests/core/inside.h"

namespace core {
namespace {

struct Verdict {
  std::optional<Account> account;
  std::optional<Refusal> refusal;
};

struct Lab : Inside {
  Discovery& domain = discover();

  Verdict authorize(std::string user = kUser, std::string password = kPassword) {
    Verdict verdict;
    bool over = false;
    auto token = authorizer.authorize(domain, {user, user}, std::move(password),
                                      [&](const Account* account, const Refusal* refusal) {
                                        REQUIRE_FALSE(over);
                                        over = true;
                                        if (account) verdict.account = *account;
                                        if (refusal) verdict.refusal = *refusal;
                                      });
    REQUIRE_FALSE(over);  // never from inside the call
    fakes::run_until(loop, [&] { return over; });
    REQUIRE(verdict.account.has_value() != verdict.refusal.has_value());
    return verdict;
  }
  int status(std::string password = kPassword) {
    const Verdict verdict = authorize(kUser, std::move(password));
    return verdict.account ? 200 : verdict.refusal->status;
  }
  bool remembers(std::string user = kUser, std::string password = kPassword) {
    return authorizer.remembered({std::move(user), std::move(password)}, kDomain).has_value();
  }
  std::size_t asked_devices() const {
    const std::string target = std::string("/cucm-uds/user/") + kUser + "/devices";
    return pub.uds->web.count(target) + sub.uds->web.count(target);
  }
  // A window of time in which so many authorizations are left can be counted out.
  int left() {
    int count = 0;
    while (count < 20 && status() == 200)
      ++count;
    return count;
  }
};

TEST_CASE("the home node is asked with the user's own credentials, and its devices are kept") {
  Lab lab;
  lab.devices = {"MDonald", "TABMDON"};
  const Verdict verdict = lab.authorize();
  REQUIRE(verdict.account);
  CHECK(verdict.account->user == kUser);
  CHECK(verdict.account->domain == kDomain);
  CHECK(to_string(verdict.account->home) == "https://ucm-sub.lab.example:8443");
  CHECK(verdict.account->devices == lab.devices);
  // The first announced node says where the user lives, without credentials; the home is asked.
  CHECK(lab.pub.uds->web.count("/cucm-uds/clusterUser?username=mac.donald") == 1);
  for (const auto& request : lab.pub.uds->web.requests)
    CHECK(request.head.fields.count("authorization") == 0);
  CHECK(lab.sub.uds->web.count("/cucm-uds/user/mac.donald/devices") == 1);
}

TEST_CASE("a home node without dots is of the domain") {
  Lab lab;
  lab.home_host = "ucm-sub";
  const Verdict verdict = lab.authorize();
  REQUIRE(verdict.account);
  CHECK(verdict.account->home.host == kSub);
}

TEST_CASE("a password that was accepted is remembered, and no other") {
  Lab lab;
  CHECK_FALSE(lab.remembers());
  REQUIRE(lab.status() == 200);
  CHECK(lab.remembers());
  CHECK(lab.authorizer.remembered({kUser, kPassword}, kDomain)->devices == lab.devices);
  CHECK_FALSE(lab.remembers(kUser, "other"));
  CHECK_FALSE(lab.remembers("rknotts"));
  CHECK(!lab.authorizer.remembered({kUser, kPassword}, "other.example"));
}

TEST_CASE("a refusal makes forget what was remembered") {
  Lab lab;
  REQUIRE(lab.status() == 200);
  lab.right_password = "changed";
  CHECK(lab.status() == 401);
  CHECK_FALSE(lab.remembers());
}

TEST_CASE("forget() forgets that user of that domain") {
  Lab lab;
  REQUIRE(lab.status() == 200);
  lab.accounts.forget(kUser, "other.example");
  lab.accounts.forget("rknotts", kDomain);
  CHECK(lab.remembers());
  lab.accounts.forget(kUser, kDomain);
  CHECK_FALSE(lab.remembers());
}

TEST_CASE("the home node's status decides: refusals are 401, its faults are 502") {
  struct Case {
    int says;
    int status;
  };
  const Case cases[] = {{200, 200}, {401, 401}, {403, 401}, {404, 401}, {302, 502},
                        {400, 502}, {429, 502}, {500, 502}, {503, 502}};
  for (const Case& c : cases) {
    CAPTURE(c.says);
    Lab lab;
    lab.devices_status = c.says;
    CHECK(lab.status() == c.status);
    CHECK(lab.remembers() == (c.says == 200));
  }
}

TEST_CASE("a wrong password and an unknown user look alike to the client") {
  Lab lab;
  const Verdict wrong = lab.authorize(kUser, "wrong");
  const Verdict unknown = lab.authorize("nobody", "wrong");
  REQUIRE((wrong.refusal && unknown.refusal));
  CHECK(wrong.refusal->status == 401);
  CHECK(unknown.refusal->status == 401);
  CHECK(wrong.refusal->line == unknown.refusal->line);
  CHECK(wrong.refusal->reason != unknown.refusal->reason);
}

TEST_CASE("a node that does not know is passed over for the next") {
  Lab lab;
  lab.pub.uds->stop();
  CHECK(lab.status() == 200);
  CHECK(lab.sub.uds->web.count("/cucm-uds/clusterUser?username=mac.donald") == 1);
}

TEST_CASE("another node answers for a home node that is down, whichever place it has") {
  for (const bool first : {true, false}) {
    CAPTURE(first);
    Lab lab;
    lab.home_host = first ? kPub : kSub;
    // The home is known from the other node: it is the home alone that is away.
    CallManager& home = first ? lab.pub : lab.sub;
    CallManager& other = first ? lab.sub : lab.pub;
    home.uds->stop();
    const Verdict verdict = lab.authorize();
    REQUIRE(verdict.account);
    CHECK(verdict.account->home.host == lab.home_host);
    CHECK(other.uds->web.count("/cucm-uds/user/mac.donald/devices") == 1);
  }
}

TEST_CASE("a cluster that cannot be asked is 502, 503 or 504, and the attempt does not count") {
  Lab lab;
  const std::size_t limit = policy::RateOptions{}.limit;
  lab.pub.uds->stop();
  lab.sub.uds->stop();
  for (std::size_t i = 0; i < 2 * limit; ++i)
    CHECK(lab.status() == 502);
  REQUIRE(lab.pub.uds->start_again());
  REQUIRE(lab.sub.uds->start_again());
  CHECK(lab.left() == static_cast<int>(limit));
}

TEST_CASE("a user that nobody could find counts, so that names cannot be guessed") {
  Lab lab;
  for (std::size_t i = 0; i < policy::RateOptions{}.limit; ++i)
    CHECK(lab.authorize("nobody").refusal->status == 401);
  CHECK(lab.authorize("nobody").refusal->status == 429);
}

TEST_CASE("a user who tries too often is told when to come back, and nobody is asked") {
  Lab lab;
  for (std::size_t i = 0; i < policy::RateOptions{}.limit; ++i)
    CHECK(lab.status("guess" + std::to_string(i)) == 401);
  const std::size_t before = lab.asked_devices();
  const Verdict verdict = lab.authorize();
  REQUIRE(verdict.refusal);
  CHECK(verdict.refusal->status == 429);
  REQUIRE(verdict.refusal->retry_after);
  CHECK(verdict.refusal->retry_after->count() >= 1);
  CHECK(lab.asked_devices() == before);
  CHECK(lab.authorize("rknotts").refusal->status == 401);  // others are not held up
}

TEST_CASE("no known call manager is 503") {
  Lab lab;
  lab.resolver.services.clear();
  lab.discoveries.push_back(std::make_unique<Discovery>(lab.loop, lab.resolver, lab.pool, lab.log,
                                                        "empty.example", FixedNodes{}, [] {}));
  bool over = false;
  auto token = lab.authorizer.authorize(*lab.discoveries.back(), {kUser, kUser}, kPassword,
                                        [&](const Account*, const Refusal* refusal) {
                                          over = true;
                                          REQUIRE(refusal);
                                          CHECK(refusal->status == 503);
                                        });
  fakes::run_until(lab.loop, [&] { return over; });
}

TEST_CASE("a user who is not enabled gets 403, with the right password only") {
  Lab lab;
  policy::AccessRules rules;
  rules.denied = {kUser};
  lab.authorizer.set_access(std::make_shared<const policy::Access>(rules));
  CHECK(lab.status() == 403);
  CHECK(lab.status("wrong") == 401);
  CHECK_FALSE(lab.remembers());
}

TEST_CASE("a plus in a name is escaped in the query and stands in the path") {
  Lab lab;
  lab.known_user = "mac%2Bhome";
  const Verdict verdict = lab.authorize("mac+home");
  REQUIRE(verdict.account);
  CHECK(lab.pub.uds->web.count("/cucm-uds/clusterUser?username=mac%2Bhome") == 1);
  CHECK(lab.sub.uds->web.count("/cucm-uds/user/mac+home/devices") == 1);
}

TEST_CASE("nonsense from a node is 502") {
  Lab lab;
  for (CallManager* node : {&lab.pub, &lab.sub}) {
    node->uds->web.reply = [](const fakes::WebHandler::Request&) {
      return net::http::text_response(200, "<!DOCTYPE users><users/>");
    };
  }
  CHECK(lab.status() == 502);
}

TEST_CASE("a check that is dropped midway calls nobody") {
  Lab lab;
  for (int turns = 0; turns < 12; ++turns) {
    CAPTURE(turns);
    bool dropped = false;
    const std::string user = "user" + std::to_string(turns);
    auto token =
        lab.authorizer.authorize(lab.domain, {user, user}, kPassword,
                                 [&](const Account*, const Refusal*) { CHECK_FALSE(dropped); });
    fakes::run_turns(lab.loop, turns);
    token.reset();
    dropped = true;
    fakes::run_turns(lab.loop, 5);
  }
}

}  // namespace
}  // namespace core
