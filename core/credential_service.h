#pragma once
// Answers SERVICE, an edge's question whether a user may register (wire.md 6.3, 6.4): the edge's
// certificate and proof are judged anew, then the user's association is given to it, signed.
// One per worker.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "certs/credentials.h"
#include "certs/verdicts.h"
#include "core/device_lines.h"
#include "core/discovery.h"
#include "core/upstream.h"
#include "net/loop.h"
#include "policy/access.h"
#include "policy/associations.h"
#include "policy/revocations.h"
#include "sip/delegation.h"
#include "sip/message.h"

namespace core {

// What may be replaced while the core runs.
struct CredentialSettings {
  std::shared_ptr<const certs::Trust> trust;              // of edges' certificates
  std::shared_ptr<const certs::Credentials> credentials;  // ours, to sign with
  std::shared_ptr<const policy::Access> access;
};

class CredentialService final {
 public:
  static constexpr std::chrono::minutes kMaxClockSkew{10};  // of Date (RFC 4474 section 6)
  static constexpr std::size_t kMaxAtOnce = 1024;           // questions of one edge
  // Questions of one edge that end in a refusal, a second, with as much more at once as came late.
  // Each question costs some signatures, and anybody outside can cause those about a user who is
  // not signed in; those about users who are cost what they must, even when all come back at once.
  static constexpr double kPerSecond = 250;
  static constexpr double kBurst = 1'000;

  // What came of a question. `reason` empty: the user may.
  struct Verdict {
    sip::Message answer;
    std::string reason;  // for the log, in plain words
  };
  using Done = std::function<void(Verdict verdict)>;

  // All references must outlive it.
  CredentialService(net::Loop& loop, const base::Clock& clock, UpstreamPool& pool,
                    policy::Associations& associations, const policy::Revocations& revocations,
                    const std::vector<std::unique_ptr<Discovery>>& discoveries);
  ~CredentialService();
  CredentialService(const CredentialService&) = delete;
  CredentialService& operator=(const CredentialService&) = delete;

  void set(CredentialSettings settings) { settings_ = std::move(settings); }
  // `edge`: the configured name of the edge at the other end of the link. `done` comes once,
  // perhaps at once.
  void answer(sip::Message service, std::string_view edge, Done done);
  std::size_t active_count() const { return jobs_.size(); }

 private:
  class Job;
  struct Refusal {
    int status;
    std::string phrase;  // empty: the usual one
    std::string reason;
    std::string warning = {};  // of Warning; empty: none
  };
  struct Budget {
    double tokens = kBurst;
    std::chrono::steady_clock::time_point filled;
    std::size_t active = 0;
  };
  std::optional<Refusal> judge(const sip::Message& service, std::string_view edge,
                               sip::CredentialRequest& request);
  std::optional<Refusal> judge_certificate(
      const std::shared_ptr<const certs::CertificateChain>& chain, std::string_view edge);
  bool spend(Budget& budget) const;
  std::vector<const Discovery*> domains_of(const sip::CredentialRequest& request) const;
  static Verdict refuse(const sip::Message& service, const Refusal& refusal);
  void finish(std::uint64_t job, Verdict verdict);

  net::Loop& loop_;
  const base::Clock& clock_;
  UpstreamPool& pool_;
  policy::Associations& associations_;
  const policy::Revocations& revocations_;
  const std::vector<std::unique_ptr<Discovery>>& discoveries_;
  CredentialSettings settings_;
  sip::DelegationReader reader_;
  certs::Verdicts verdicts_;
  std::map<std::string, Budget, std::less<>> budgets_;  // by edge, of which there are few
  std::uint64_t last_job_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Job>> jobs_;
};

}  // namespace core
