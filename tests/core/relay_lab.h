#pragma once
// A relay with everything behind it, and exchanges as an edge sends them.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "tests/core/inside.h"

namespace core {

inline std::string host_path(const std::string& text, std::string_view rest) {
  return "/" + base::encode_base64(text) + std::string(rest);
}

struct RelayLab : Inside {
  fakes::FakeClock clock;
  Counters counters;
  std::unique_ptr<policy::SessionSigner> signer = policy::SessionSigner::generate();
  policy::SessionVerifier verifier;
  policy::Revocations revocations;
  policy::VerifiedCache sessions{verifier, revocations};
  Surroundings around{loop, clock, log, traffic, counters, pool, authorizer, sessions, *signer};
  Relay relay{around};
  std::vector<std::unique_ptr<fakes::Exchange>> exchanges;

  RelayLab() {
    REQUIRE(verifier.add_key(signer->public_key()));
    auto settings = std::make_shared<SignInSettings>();
    settings->realm = "core.lab.example";
    settings->edges = {"edge.lab.example"};
    settings->sip_routes = {"core.lab.example"};
    relay.set_sign_in(settings);
    discover();
    relay.set_domains(discoveries);
    use_rules({});
  }
  ~RelayLab() { exchanges.clear(); }

  // The automatic rules, and more.
  void use_rules(std::vector<policy::Rule> rules) {
    const auto nodes = discoveries.front()->nodes();
    for (policy::Rule& rule : policy::rules_for_nodes(nodes))
      rules.push_back(std::move(rule));
    relay.set_allow_list(
        std::make_shared<const policy::AllowList>(*policy::AllowList::compile(rules)), {});
  }

  policy::SessionToken token() const {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
    policy::SessionToken made;
    made.id = policy::new_session_id();
    made.user = kUser;
    made.domain = kDomain;
    made.realm = "core.lab.example";
    made.issued = now;
    made.expires = now + std::chrono::hours{8};
    made.devices = {"MDonald"};
    return made;
  }
  std::string cookie() const { return cookie(token()); }
  std::string cookie(const policy::SessionToken& made) const {
    return "X-Auth=" + signer->sign(made);
  }
  static std::string basic(std::string user = kUser, std::string password = kPassword) {
    return policy::to_string(policy::BasicCredentials{std::move(user), std::move(password)});
  }

  fakes::Exchange& make(std::string target, std::string method = "GET") {
    exchanges.push_back(std::make_unique<fakes::Exchange>(std::move(target), std::move(method)));
    fakes::Exchange& exchange = *exchanges.back();
    exchange.with("X-Forwarded-For", "203.0.113.7").with("Via", "https/1.1 vcs[0A6A0451]");
    exchange.with("Sallyport-Txn", "372").with("Sallyport-Flow", "f10e");
    return exchange;
  }
  // Handles it, with an empty body, until it is answered.
  fakes::Exchange& serve(fakes::Exchange& exchange) {
    relay.handle(exchange);
    if (exchange.has_job() && !exchange.paused()) exchange.send_end();
    fakes::run_until(loop, [&] { return exchange.finished() || exchange.was_reset(); });
    return exchange;
  }
  fakes::Exchange& get_with_session(std::string target, std::string method = "GET") {
    return serve(make(std::move(target), std::move(method)).with("Cookie", cookie()));
  }

  static std::string uds(std::string_view rest) {
    return host_path("lab.example/https/ucm-pub.lab.example/8443", rest);
  }
  static std::string files(std::string_view rest) {
    return host_path("lab.example/http/ucm-pub.lab.example/6970", rest);
  }
  std::size_t served() const {
    std::size_t count = pub.files->web.begun_count + sub.files->web.begun_count;
    for (const CallManager* node : {&pub, &sub}) {
      for (const auto& request : node->uds->web.requests)
        count += request.head.fields.count("via");  // what is the core's own has none
    }
    return count;
  }
};

}  // namespace core
