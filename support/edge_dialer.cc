#include "support/edge_dialer.h"

#include <fmt/core.h>

#include <utility>

namespace support {
namespace {

base::Error no_edge_left() {
  return {base::Errc::NotFound, "no edge is left to try"};
}

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

}  // namespace

EdgeDialer::EdgeDialer(dns::Resolver& resolver, EdgeCaller& caller, EdgeChoice choice,
                       std::string domain)
    : resolver_(resolver),
      caller_(caller),
      choice_(choice),
      domain_(std::move(domain)),
      outcome_{no_edge_left(), {}, {}} {}

void EdgeDialer::start(Done done) {
  done_ = std::move(done);
  outcome_ = {no_edge_left(), {}, {}};
  next();
}

void EdgeDialer::next() {
  if (dials_ == kMaxDials) return give_up();
  if (!choice_.addresses.empty()) return dial();
  if (choice_.targets.empty()) return give_up();
  choice_.target = std::move(choice_.targets.front());
  choice_.targets.pop_front();
  query_ = resolver_.addresses(choice_.target.host,
                               [this](const dns::AddressAnswer& answer) { on_addresses(answer); });
}

void EdgeDialer::on_addresses(const dns::AddressAnswer& answer) {
  choice_.addresses.assign(answer.addresses.begin(), answer.addresses.end());
  if (answer.addresses.empty()) {
    const std::string host = printable(choice_.target.host);
    add_failure(fmt::format("{}: {}", host, dns::to_string(answer.outcome)),
                {fmt::format("the DNS gives no address for {} ({}{}{})", host,
                             dns::to_string(answer.outcome), answer.detail.empty() ? "" : ": ",
                             printable(answer.detail)),
                 "the address records of the edge in the public DNS (--dns asks another server)"});
  }
  next();
}

void EdgeDialer::dial() {
  const base::Endpoint remote{choice_.addresses.front(), choice_.target.port};
  choice_.addresses.pop_front();
  ++dials_;
  outcome_.place = fmt::format("{} ({})", printable(choice_.target.host), base::to_string(remote));
  caller_.open(choice_.target.host, remote,
               [this](base::Result<net::StreamInfo> info) { on_opened(std::move(info)); });
}

void EdgeDialer::on_opened(base::Result<net::StreamInfo> info) {
  outcome_.info = std::move(info);
  if (outcome_.info) return std::exchange(done_, nullptr)(outcome_);
  const Dialled dialled{outcome_.place, domain_, caller_.reached(), caller_.wants_http2()};
  add_failure(outcome_.place + ": " + printable(outcome_.info.error().detail),
              explain_no_connection(outcome_.info.error(), dialled));
  next();
}

// Keeps what was learned last for the report; the line names them all.
void EdgeDialer::add_failure(const std::string& line, Explanation explanation) {
  outcome_.failures += (outcome_.failures.empty() ? "" : "; ") + line;
  outcome_.last = std::move(explanation);
}

void EdgeDialer::give_up() {
  if (outcome_.place.empty()) outcome_.place = printable(choice_.target.host);
  if (outcome_.failures.empty()) outcome_.failures = outcome_.info.error().detail;
  std::exchange(done_, nullptr)(outcome_);
}

StepOutcome outcome_of(const EdgeDialer::Outcome& found, std::string_view protocol) {
  StepOutcome outcome;
  outcome.where = found.place;
  if (!found.info || !found.failures.empty()) {
    outcome.problem = found.last.problem;
    outcome.advice = found.last.advice;
  }
  if (!found.info) {
    outcome.status = StepStatus::Stop;
    outcome.result = found.failures;
    return outcome;
  }
  outcome.result = fmt::format("{} {}, {}, certificate {}", found.info->tls_version,
                               found.info->cipher, protocol, list_names(*found.info->peer));
  if (!found.failures.empty()) {
    outcome.status = StepStatus::Note;
    outcome.result += "; tried before: " + found.failures;
  }
  return outcome;
}

std::vector<certs::Name> edge_names(std::string_view host, std::string_view domain) {
  std::vector<certs::Name> names;
  if (const auto address = base::parse_ip(host)) {
    names.push_back({certs::Name::Kind::Ip, base::to_string(*address)});
  } else {
    names.push_back(certs::dns_name(host));
  }
  names.push_back({certs::Name::Kind::Srv, "_collab-edge._tls." + std::string(domain)});
  return names;
}

}  // namespace support
