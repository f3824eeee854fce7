// The step that connects; declared in discovery_steps.h.

#include <fmt/core.h>

#include "base/address.h"
#include "support/discovery_steps.h"
#include "support/edge_connection.h"
#include "support/explain.h"

namespace support {
namespace {

// Clients give up long before; more only comes of a zone gone wrong, at 5 s each.
constexpr int kMaxDials = 16;
constexpr std::size_t kMaxNamesShown = 6;  // of a certificate; some hold a hundred

// "DNS:edge.lab.example SRV:_collab-edge._tls.lab.example"
std::string list_names(const certs::Identity& peer) {
  const std::vector<certs::Name> names = certs::names_of(peer);
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == kMaxNamesShown) return text + fmt::format(" and {} more", names.size() - i);
    text += (i == 0 ? "" : " ") + printable(certs::to_string(names[i]));
  }
  return text;
}

//   next() -- an address is left --> dial() -- open --> done
//     ^ |                              | failed
//     | + no address, a target is left: resolve, then next()
//     +--------------------------------+
class ConnectStep final : public Step {
 public:
  explicit ConnectStep(SignIn& sign_in) : sign_in_(sign_in) {}

  std::string id() const override { return "connect"; }
  std::string title() const override { return "connect, TLS"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    outcome_ = {};
    failures_.clear();
    next();
  }

 private:
  void next() {
    if (dials_ == kMaxDials) return give_up();
    if (!sign_in_.addresses.empty()) return dial();
    if (sign_in_.targets.empty()) return give_up();
    sign_in_.target = std::move(sign_in_.targets.front());
    sign_in_.targets.pop_front();
    query_ = sign_in_.resolver.addresses(
        sign_in_.target.host, [this](const dns::AddressAnswer& answer) { on_addresses(answer); });
  }

  void on_addresses(const dns::AddressAnswer& answer) {
    sign_in_.addresses.assign(answer.addresses.begin(), answer.addresses.end());
    if (answer.addresses.empty()) {
      const std::string host = printable(sign_in_.target.host);
      add_failure(
          fmt::format("{}: {}", host, dns::to_string(answer.outcome)),
          {fmt::format("the DNS gives no address for {} ({}{}{})", host,
                       dns::to_string(answer.outcome), answer.detail.empty() ? "" : ": ",
                       printable(answer.detail)),
           "the address records of the edge in the public DNS (--dns asks another server)"});
    }
    next();
  }

  void dial() {
    const base::Endpoint remote{sign_in_.addresses.front(), sign_in_.target.port};
    sign_in_.addresses.pop_front();
    ++dials_;
    place_ = fmt::format("{} ({})", printable(sign_in_.target.host), base::to_string(remote));
    sign_in_.edge.open(sign_in_.target.host, remote,
                       [this](base::Result<net::StreamInfo> info) { on_opened(std::move(info)); });
  }

  void on_opened(base::Result<net::StreamInfo> info) {
    if (!info) {
      const Dialled dialled{place_, sign_in_.account.domain, sign_in_.edge.reached(),
                            sign_in_.edge.wants_http2()};
      add_failure(place_ + ": " + printable(info.error().detail),
                  explain_no_connection(info.error(), dialled));
      return next();
    }
    outcome_.where = place_;
    outcome_.result =
        fmt::format("{} {}, {}, certificate {}", info->tls_version, info->cipher,
                    info->alpn == "h2" ? "HTTP/2" : "HTTP/1.1", list_names(info->peer));
    if (!failures_.empty()) {
      outcome_.status = StepStatus::Note;
      outcome_.result += "; tried before: " + failures_;
    }
    done_(std::move(outcome_));
  }

  // Keeps what was learned last for the report; the line names them all.
  void add_failure(const std::string& line, Explanation explanation) {
    failures_ += (failures_.empty() ? "" : "; ") + line;
    outcome_.problem = std::move(explanation.problem);
    outcome_.advice = std::move(explanation.advice);
  }

  void give_up() {
    outcome_.status = StepStatus::Stop;
    outcome_.where = place_.empty() ? printable(sign_in_.target.host) : place_;
    outcome_.result = failures_.empty() ? "no edge is left to try" : failures_;
    done_(std::move(outcome_));
  }

  SignIn& sign_in_;
  StepOutcome outcome_;
  int dials_ = 0;
  std::string place_;
  std::string failures_;
  Done done_;
  std::unique_ptr<dns::Query> query_;
};

}  // namespace

std::unique_ptr<Step> connect_step(SignIn& sign_in) {
  return std::make_unique<ConnectStep>(sign_in);
}

}  // namespace support
