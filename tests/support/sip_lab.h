#pragma once
// A SIP edge, a DNS that names it, and what the HTTPS steps would have left behind.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/sip_steps.h"
#include "tests/support/fake_sip_edge.h"
#include "tests/support/has.h"
#include "tests/support/steps_lab.h"

namespace support {

struct SipLab : StepsLab {
  explicit SipLab(std::vector<std::string> names = {"DNS:edge1.uclab.com"})
      : edge(loop, ca, std::move(names)) {
    add_edge("edge1.uclab.com", edge.port());
    config.sip_routes = {"<sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr>"};
    device = UdsDevice{"MDonald", "", {}};
    phone = PhoneSettings{"5002", "", {{"uclabcucm-pub", kSipPort}}};
  }

  void add_edge(const std::string& name, std::uint16_t port) {
    StepsLab::add_edge(config.sip_edges, name, port);
  }

  LoginSummary run() {
    SipClient client(loop, client_options<SipClientOptions>());
    SignIn sign_in = signed_in();
    sign_in.device = device;
    sign_in.phone = phone;
    SipSession own(client, options.keep ? &report : nullptr);
    session = &own;
    const LoginSummary summary = take(sip_steps(loop, sign_in, own, options), [this] {
      if (watch) watch();
    });
    session = nullptr;
    return summary;
  }

  FakeSipEdge edge;
  std::optional<UdsDevice> device;
  std::optional<PhoneSettings> phone;
  SipStepOptions options;
  std::function<void()> watch;    // after each turn
  SipSession* session = nullptr;  // while it runs
};

}  // namespace support
