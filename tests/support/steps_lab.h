#pragma once
// What the labs of SIP's and XMPP's steps share: a DNS that names their edges, an authority that
// signs for them, what the HTTPS steps would have left behind, and a report.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/tls_context.h"
#include "support/edge_connection.h"
#include "support/login.h"
#include "support/sign_in.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/test_certs.h"
#include "tests/support/fake_resolver.h"
#include "tests/support/recording_report.h"

namespace support {

struct StepsLab {
  // Lists an edge on this machine under a name.
  void add_edge(std::vector<EdgeServer>& listed, const std::string& name, std::uint16_t port) {
    listed.push_back({name, port});
    resolver.add_host(name, {"127.0.0.1"});
  }

  // Options of either client.
  template <typename Options>
  Options client_options() {
    net::TlsClientOptions tls;
    tls.trust = ca.trust();
    Options options;
    options.tls = *net::TlsContext::client(tls);
    options.domain = "uclab.com";
    options.limit = limit;
    options.watch = [this](const std::string& text) { watched += text + "\n"; };
    return options;
  }

  SignIn signed_in() {
    SignIn sign_in{{"mac.donald", "uclab.com", "s3cret", ""}, resolver, https,
                   [](std::uint32_t) { return 0u; },          {},       {}};
    sign_in.target.host = "edge1.uclab.com";
    sign_in.config = config;
    return sign_in;
  }

  // Takes the steps; `after_turn` is called after each turn of the loop.
  template <typename AfterTurn>
  LoginSummary take(std::vector<std::unique_ptr<Step>> steps, AfterTurn after_turn) {
    Login login(loop, "mac.donald@uclab.com", std::move(steps), report);
    login.start([](const LoginSummary&) {});
    fakes::run_until(loop, [&] {
      after_turn();
      return report.summary.has_value();
    });
    return *report.summary;
  }

  const StepOutcome& outcome(std::string_view id) const { return report.outcome(id); }
  std::string ids() const { return report.ids(); }

  net::Loop loop;
  fakes::TestCa ca;
  FakeResolver resolver{loop};
  EdgeConnection https{loop, {}};
  EdgeConfig config;
  RecordingReport report;
  std::string watched;
  std::chrono::milliseconds limit{5'000};
};

}  // namespace support
