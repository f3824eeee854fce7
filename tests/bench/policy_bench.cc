// policy/: what the edge and the core judge of each request.

#include <cassert>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/base64.h"
#include "policy/allow_list.h"
#include "policy/basic_auth.h"
#include "policy/cookie.h"
#include "policy/files.h"
#include "policy/host_path.h"
#include "policy/path.h"
#include "policy/revocations.h"
#include "policy/session.h"
#include "policy/user.h"
#include "policy/verified_cache.h"
#include "tests/bench/bench.h"

namespace bench {
namespace {

using namespace policy;

std::string usual_target() {
  return "/" + base::encode_base64url("lab.example/https/ucm-sub.lab.example/8443") +
         "/cucm-uds/user/mac.donald/devices?max=10";
}

void host_path(benchmark::State& state) {
  const std::string target = usual_target();
  repeat(state, target.size(), [&] { return parse_host_path(target); });
}
BENCHMARK(host_path);

void remembered_host_path(benchmark::State& state) {
  const std::string target = usual_target();
  HostPathCache cache;
  repeat(state, target.size(), [&] { return cache.parse(target); });
}
BENCHMARK(remembered_host_path);

void path_check(benchmark::State& state) {
  const std::string path = "/cucm-uds/user/mac.donald/devices";
  repeat(state, path.size(), [&] { return check_path(path) == nullptr; });
}
BENCHMARK(path_check);

void user_name(benchmark::State& state) {
  repeat(state, 0, [] { return canonical_user("Mac.Donald@lab.example", "lab.example"); });
}
BENCHMARK(user_name);

SessionToken sample(std::chrono::sys_seconds now) {
  SessionToken token;
  token.id = new_session_id();
  token.user = "mac.donald";
  token.domain = "lab.example";
  token.realm = "core.lab.example";
  token.issued = now;
  token.expires = now + std::chrono::hours{8};
  token.devices = {"MDonald", "CSFMDONALD"};
  return token;
}

struct Sealed {
  std::chrono::sys_seconds now =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::unique_ptr<SessionSigner> signer = SessionSigner::generate();
  std::string text = signer->sign(sample(now));
  SessionVerifier verifier;
  Sealed() {
    const auto added = verifier.add_key(signer->public_key());
    assert(added);
  }
};

void cookie_find(benchmark::State& state) {
  const Sealed sealed;
  const std::string field = "lang=en; X-Auth=" + sealed.text + "; theme=dark";
  repeat(state, field.size(), [&] {
    SessionCookie cookie;
    cookie.read(field);
    return cookie.found();
  });
}
BENCHMARK(cookie_find);

void cookie_remove(benchmark::State& state) {
  const Sealed sealed;
  const std::string field = "lang=en; X-Auth=" + sealed.text + "; theme=dark";
  repeat(state, field.size(), [&] { return !without_session_cookie(field).empty(); });
}
BENCHMARK(cookie_remove);

void basic_auth(benchmark::State& state) {
  const std::string field = to_string(BasicCredentials{"mac.donald@lab.example", "Old-MacDonald!"});
  repeat(state, field.size(), [&] { return parse_basic(field); });
}
BENCHMARK(basic_auth);

void session_sign(benchmark::State& state) {
  const Sealed sealed;
  const SessionToken token = sample(sealed.now);
  repeat(state, 0, [&] { return !sealed.signer->sign(token).empty(); });
}
BENCHMARK(session_sign);

// A token seen for the first time.
void session_verify(benchmark::State& state) {
  const Sealed sealed;
  repeat(state, sealed.text.size(),
         [&] { return sealed.verifier.verify(sealed.text, sealed.now); });
}
BENCHMARK(session_verify);

// One that was verified before.
void session_cached(benchmark::State& state) {
  const Sealed sealed;
  const Revocations revocations;
  VerifiedCache cache(sealed.verifier, revocations);
  repeat(state, sealed.text.size(), [&] { return cache.check(sealed.text, sealed.now); });
}
BENCHMARK(session_cached);

AllowList list_of(std::int64_t rules) {
  std::vector<Rule> made;
  for (std::int64_t i = 0; i < rules; ++i) {
    Rule rule;
    rule.name = "rule " + std::to_string(i);
    rule.host = "ucm-" + std::to_string(i / 10) + ".lab.example";
    rule.path = "/cucm-uds/part-" + std::to_string(i % 10) + "/";
    made.push_back(rule);
  }
  return std::move(*AllowList::compile(made));
}

void allow_list(benchmark::State& state) {
  const AllowList list = list_of(state.range(0));
  const AllowRequest request{Scheme::Https, "ucm-0.lab.example", 8443, "GET",
                             "/cucm-uds/part-7/user/mac.donald/devices?max=10"};
  repeat(state, 0, [&] { return list.check(request).allowed(); });
}
BENCHMARK(allow_list)->Arg(10)->Arg(10'000);

void file_class(benchmark::State& state) {
  repeat(state, 0,
         [] { return classify_file("/CSFMDONALD.cnf.xml").kind == FileClass::Kind::Device; });
}
BENCHMARK(file_class);

}  // namespace
}  // namespace bench
