#include "core/credential_service.h"

#include <algorithm>
#include <utility>

#include "base/domain.h"
#include "base/hex.h"
#include "base/text.h"
#include "core/sip_nodes.h"
#include "policy/user.h"
#include "sip/headers.h"
#include "sip/identity.h"
#include "sip/response.h"

namespace core {

using sip::FieldId;
using sip::Message;

namespace {

constexpr std::string_view kRetryAfter = "2";  // seconds

template <std::size_t N>
std::string hex_of(const std::array<std::uint8_t, N>& bytes) {
  return base::encode_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

// A question that is in order: whose association, then which lines.
class CredentialService::Job final {
 public:
  Job(CredentialService& service, std::uint64_t number, Message message,
      sip::CredentialRequest request, std::string edge, Done done)
      : service_(service),
        number_(number),
        message_(std::move(message)),
        request_(std::move(request)),
        edge_(std::move(edge)),
        domains_(service.domains_of(request_)),
        done_(std::move(done)) {}

  void start() { ask_next("no domain of this core serves " + request_.username); }
  const std::string& edge() const { return edge_; }
  Done take_done() { return std::move(done_); }

 private:
  void ask_next(std::string otherwise) {
    while (next_ < domains_.size()) {
      const Discovery& domain = *domains_[next_++];
      auto user = policy::canonical_user(request_.username, domain.domain());
      if (!user) continue;
      user_ = std::move(*user);
      if (!service_.settings_.access->allows(user_)) {
        return refuse({403, {}, user_ + " is not enabled for remote access"});
      }
      auto before = std::exchange(
          looking_, service_.associations_.get(
                        {user_, domain.domain(), edge_},
                        [this, &domain](base::Result<std::optional<policy::Association>> found) {
                          on_association(domain, std::move(found));
                        }));
      service_.loop_.retire(std::shared_ptr<policy::StoreCall>(std::move(before)));
      return;
    }
    refuse({404, {}, std::move(otherwise)});
  }

  void on_association(const Discovery& domain,
                      base::Result<std::optional<policy::Association>> found) {
    if (!found) return refuse({503, {}, "association not read: " + found.error().detail});
    if (!*found || is_over(**found, domain)) {
      return ask_next("no current login for " + user_ + "@" + domain.domain());
    }
    association_ = std::move(**found);
    if (association_.proof(request_.username) == nullptr) {
      return ask_next(user_ + " signed in under another spelling than " + request_.username);
    }
    lines_ = std::make_unique<DeviceLines>(
        service_.loop_, service_.pool_, file_nodes(domain), association_.devices,
        [this, &domain](base::Result<std::vector<std::string>> lines) {
          if (!lines) {
            return refuse(
                {503, {}, "the lines of " + user_ + " are not known: " + lines.error().detail});
          }
          answer(domain, std::move(*lines));
        });
  }

  // The store may not know yet what was revoked.
  bool is_over(const policy::Association& association, const Discovery& domain) const {
    if (service_.clock_.now() >= association.expires) return true;
    policy::SessionToken as_session;
    as_session.user = user_;
    as_session.domain = domain.domain();
    as_session.issued = association.issued;
    as_session.expires = association.expires;
    return service_.revocations_.is_revoked(as_session);
  }

  void answer(const Discovery& domain, std::vector<std::string> lines) {
    const policy::DigestProof& proof = *association_.proof(request_.username);
    sip::Association said;
    said.user = user_;
    said.domain = domain.domain();
    said.username = request_.username;
    said.realm = request_.realm;
    said.ha1 = {{"MD5", hex_of(proof.md5)}, {"SHA-256", hex_of(proof.sha256)}};
    said.lines = std::move(lines);
    said.devices = association_.devices;
    // More than fit the answer are of no phone that a person has.
    for (auto* names : {&said.lines, &said.devices}) {
      if (names->size() > sip::kMaxDelegatedNames) names->resize(sip::kMaxDelegatedNames);
    }
    said.issued = association_.issued;
    said.expires = association_.expires;
    const sip::Signer signer{*service_.settings_.credentials, seconds_of(service_.clock_.now())};
    auto made = sip::make_service_answer(message_, request_, said, signer);
    if (!made) return refuse({500, {}, "the answer was not signed: " + made.error().detail});
    finish({std::move(*made), {}});
  }

  void refuse(const Refusal& refusal) { finish(CredentialService::refuse(message_, refusal)); }
  void finish(Verdict verdict) { service_.finish(number_, std::move(verdict)); }

  CredentialService& service_;
  const std::uint64_t number_;
  Message message_;
  sip::CredentialRequest request_;
  std::string edge_;
  std::vector<const Discovery*> domains_;
  std::size_t next_ = 0;
  std::string user_;
  policy::Association association_;
  Done done_;
  policy::Store::Token looking_;
  std::unique_ptr<DeviceLines> lines_;
};

CredentialService::CredentialService(net::Loop& loop, const base::Clock& clock, UpstreamPool& pool,
                                     policy::Associations& associations,
                                     const policy::Revocations& revocations,
                                     const std::vector<std::unique_ptr<Discovery>>& discoveries)
    : loop_(loop),
      clock_(clock),
      pool_(pool),
      associations_(associations),
      revocations_(revocations),
      discoveries_(discoveries) {}

CredentialService::~CredentialService() = default;

CredentialService::Verdict CredentialService::refuse(const Message& service,
                                                     const Refusal& refusal) {
  Message answer = sip::make_response(service, refusal.status, refusal.phrase);
  if (!refusal.warning.empty()) {
    answer.add(FieldId::Warning, "399 core " + sip::quote(base::escape_for_log(refusal.warning)));
  }
  if (refusal.status == 503) answer.add(FieldId::RetryAfter, kRetryAfter);
  return {std::move(answer), refusal.reason};
}

// A bucket that fills with time.
bool CredentialService::spend(Budget& budget) const {
  const auto now = loop_.now();
  const std::chrono::duration<double> passed = now - budget.filled;
  budget.filled = now;
  budget.tokens = std::min(kBurst, budget.tokens + passed.count() * kPerSecond);
  if (budget.tokens < 1 || budget.active >= kMaxAtOnce) return false;
  budget.tokens -= 1;
  return true;
}

void CredentialService::answer(Message service, std::string_view edge, Done done) {
  Budget& budget = budgets_[std::string(edge)];
  if (!spend(budget)) {
    return done(refuse(service, {503, {}, "too many credential checks of " + std::string(edge)}));
  }
  sip::CredentialRequest request;
  if (const auto refusal = judge(service, edge, request)) return done(refuse(service, *refusal));
  ++budget.active;
  const std::uint64_t number = ++last_job_;
  auto job = std::make_unique<Job>(*this, number, std::move(service), std::move(request),
                                   std::string(edge), std::move(done));
  Job& started = *job;
  jobs_[number] = std::move(job);
  started.start();
}

void CredentialService::finish(std::uint64_t number, Verdict verdict) {
  const auto found = jobs_.find(number);
  if (found == jobs_.end()) return;
  const std::shared_ptr<Job> job = std::move(found->second);
  jobs_.erase(found);
  Budget& budget = budgets_[job->edge()];
  --budget.active;
  if (verdict.reason.empty()) budget.tokens = std::min(kBurst, budget.tokens + 1);
  loop_.retire(job);  // we stand in its code
  job->take_done()(std::move(verdict));
}

std::optional<CredentialService::Refusal> CredentialService::judge_certificate(
    const std::shared_ptr<const certs::CertificateChain>& chain, std::string_view edge) {
  certs::Expectation expected;
  expected.role = certs::Role::Server;
  expected.names = {certs::dns_name(edge)};
  expected.at = clock_.now();
  const certs::Verdict& verdict = verdicts_.verify(chain, settings_.trust, expected);
  if (verdict.accepted) return std::nullopt;
  const std::string why = verdict.rule + ": " + verdict.reason;
  return Refusal{437, "Unsupported Certificate",
                 "the certificate of " + std::string(edge) + " is not accepted: " + why, why};
}

std::optional<CredentialService::Refusal> CredentialService::judge(
    const Message& service, std::string_view edge, sip::CredentialRequest& request) {
  if (service.find(FieldId::Identity) == nullptr) {
    return Refusal{428, "Use Identity Header", "SERVICE without Identity"};
  }
  const auto delegation = reader_.open(service);
  if (!delegation) return Refusal{400, {}, "SERVICE: " + delegation.error().detail};
  if (auto refusal = judge_certificate(delegation->chain, edge)) return refusal;
  std::string why;
  switch (sip::check_identity(service, delegation->chain->front().get(), why)) {
    case sip::IdentityFault::None:
      break;
    case sip::IdentityFault::Missing:
      return Refusal{428, "Use Identity Header", "SERVICE without Identity"};
    case sip::IdentityFault::BadSignature:
      return Refusal{438, "Invalid Identity Header", "Identity of SERVICE: " + why};
  }
  const auto date = sip::parse_date(service.value(FieldId::Date));
  if (!date) return Refusal{438, "Invalid Identity Header", "Date: " + date.error().detail};
  const std::chrono::seconds skew(*date - seconds_of(clock_.now()));
  if (skew > kMaxClockSkew || skew < -kMaxClockSkew) {
    return Refusal{438, "Invalid Identity Header",
                   "Date is off by " + std::to_string(skew.count()) + " s"};
  }
  auto parsed = sip::parse_method_call(delegation->document);
  if (!parsed) return Refusal{400, {}, "SERVICE: " + parsed.error().detail};
  if (!base::iequals(parsed->realm, edge)) {
    return Refusal{403, {}, "realm " + parsed->realm + " is not that of " + std::string(edge)};
  }
  request = std::move(*parsed);
  return std::nullopt;
}

// The domain that the user name says, or else those of the SIP domain, or else all in turn.
std::vector<const Discovery*> CredentialService::domains_of(
    const sip::CredentialRequest& request) const {
  std::vector<const Discovery*> found;
  const std::size_t at = request.username.rfind('@');
  if (at != std::string::npos) {
    const std::string_view domain = std::string_view(request.username).substr(at + 1);
    for (const auto& discovery : discoveries_) {
      if (base::iequals(discovery->domain(), domain)) found.push_back(discovery.get());
    }
    return found;
  }
  for (const auto& discovery : discoveries_) {
    if (base::is_in_domain(request.sip_domain, discovery->domain()))
      found.push_back(discovery.get());
  }
  if (!found.empty()) return found;
  for (const auto& discovery : discoveries_)
    found.push_back(discovery.get());
  return found;
}

}  // namespace core
