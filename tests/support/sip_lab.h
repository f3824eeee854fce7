#pragma once
// A SIP edge, a DNS that names it, and what the HTTPS steps would have left behind.

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/tls_context.h"
#include "support/edge_connection.h"
#include "support/login.h"
#include "support/sip_steps.h"
#include "tests/fakes/run_loop.h"
#include "tests/support/fake_resolver.h"
#include "tests/support/fake_sip_edge.h"
#include "tests/support/recording_report.h"

namespace support {

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct SipLab {
  explicit SipLab(std::vector<std::string> names = {"DNS:edge1.uclab.com"})
      : edge(loop, ca, std::move(names)) {
    add_edge("edge1.uclab.com", edge.port());
    config.sip_routes = {"<sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr>"};
    device = UdsDevice{"MDonald", "", {}};
    phone = PhoneSettings{"5002", "", {{"uclabcucm-pub", kSipPort}}};
  }

  void add_edge(const std::string& name, std::uint16_t port) {
    config.sip_edges.push_back({name, port});
    resolver.add_host(name, {"127.0.0.1"});
  }

  LoginSummary run() {
    net::TlsClientOptions tls;
    tls.trust = ca.trust();
    SipClientOptions settings;
    settings.tls = *net::TlsContext::client(tls);
    settings.domain = "uclab.com";
    settings.limit = limit;
    settings.watch = [this](const std::string& text) { watched += text; };
    SipClient client(loop, std::move(settings));
    EdgeConnection https(loop, {});
    SignIn sign_in{{"mac.donald", "uclab.com", "s3cret", ""}, resolver, https,
                   [](std::uint32_t) { return 0u; },          {},       {}};
    sign_in.target.host = "edge1.uclab.com";
    sign_in.config = config;
    sign_in.device = device;
    sign_in.phone = phone;
    SipSession own(client, options.keep ? &report : nullptr);
    session = &own;
    Login login(loop, "mac.donald@uclab.com", sip_steps(loop, sign_in, own, options), report);
    login.start([](const LoginSummary&) {});
    fakes::run_until(loop, [this] {
      if (watch) watch();
      return report.summary.has_value();
    });
    session = nullptr;
    return *report.summary;
  }

  const StepOutcome& outcome(std::string_view id) const { return report.outcome(id); }
  std::string ids() const { return report.ids(); }

  net::Loop loop;
  fakes::TestCa ca;
  FakeSipEdge edge;
  FakeResolver resolver{loop};
  EdgeConfig config;
  std::optional<UdsDevice> device;
  std::optional<PhoneSettings> phone;
  SipStepOptions options;
  RecordingReport report;
  std::string watched;
  std::chrono::milliseconds limit{5'000};
  std::function<void()> watch;    // after each turn
  SipSession* session = nullptr;  // while it runs
};

}  // namespace support
