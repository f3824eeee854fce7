// The step that connects; declared in discovery_steps.h.

#include "support/discovery_steps.h"
#include "support/edge_connection.h"
#include "support/edge_dialer.h"

namespace support {
namespace {

class ConnectStep final : public Step {
 public:
  explicit ConnectStep(SignIn& sign_in)
      : dialer_(sign_in.resolver, sign_in.edge,
                {sign_in.targets, sign_in.target, sign_in.addresses}, sign_in.account.domain) {}

  std::string id() const override { return "connect"; }
  std::string title() const override { return "connect, TLS"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    dialer_.start([this](const EdgeDialer::Outcome& outcome) { on_dialled(outcome); });
  }

 private:
  void on_dialled(const EdgeDialer::Outcome& found) {
    const bool http2 = found.info && found.info->alpn == "h2";
    done_(outcome_of(found, http2 ? "HTTP/2" : "HTTP/1.1"));
  }

  EdgeDialer dialer_;
  Done done_;
};

}  // namespace

std::unique_ptr<Step> connect_step(SignIn& sign_in) {
  return std::make_unique<ConnectStep>(sign_in);
}

}  // namespace support
