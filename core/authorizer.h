#pragma once
// Checks a user's password the only way the core can: it asks the user's home node with the user's
// own credentials (wire.md 4). One per worker.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "core/accounts.h"
#include "core/digest_proofs.h"
#include "core/discovery.h"
#include "core/refusal.h"
#include "core/upstream.h"
#include "net/http/fetch.h"
#include "policy/access.h"
#include "policy/basic_auth.h"
#include "policy/store.h"

namespace core {

class Authorization;

class Authorizer final {
 public:
  // All must outlive the authorizer, and the authorizer every Authorization.
  Authorizer(net::Loop& loop, UpstreamPool& pool, policy::Store& store, Accounts& accounts,
             std::shared_ptr<const policy::Access> access);

  void set_access(std::shared_ptr<const policy::Access> access) { access_ = std::move(access); }
  bool enabled(std::string_view user) const { return access_->allows(user); }

  // An account whose password was accepted lately; none: the call manager must be asked.
  std::optional<Account> remembered(const policy::BasicCredentials& credentials,
                                    std::string_view domain) const;

  // What accepted and refused passwords leave behind for SIP; null: nothing.
  void set_proofs(DigestProofs* proofs) { proofs_ = proofs; }

  // A user name as the client wrote it, and the account it stands for.
  struct UserName {
    std::string typed;
    std::string canonical;
  };
  using Done = std::function<void(const Account* account, const Refusal* refusal)>;
  // Asks the call manager. Counts against the user's rate. `done` comes from the loop, once, with
  // one of its arguments set; destroying the token cancels.
  std::unique_ptr<Authorization> authorize(const Discovery& discovery, UserName user,
                                           std::string password, Done done);

 private:
  friend class Authorization;
  net::Loop& loop_;
  UpstreamPool& pool_;
  policy::Store& store_;
  Accounts& accounts_;
  std::shared_ptr<const policy::Access> access_;
  DigestProofs* proofs_ = nullptr;
};

// One check on its way: rate, home node, devices.
class Authorization final {
 public:
  // How long one question to a node may take; a node that is slower counts as down.
  static constexpr std::chrono::seconds kStepLimit{10};

  Authorization(Authorizer& authorizer, const Discovery& discovery, Authorizer::UserName user,
                std::string password, Authorizer::Done done);
  ~Authorization();
  Authorization(const Authorization&) = delete;
  Authorization& operator=(const Authorization&) = delete;

 private:
  void on_rate(base::Result<policy::RateVerdict> verdict);
  void find_home();
  void on_cluster_user(base::Result<net::http::Document> document);
  void ask_devices(Node node);
  void ask_devices_elsewhere(const base::Error& why);
  void on_devices(base::Result<net::http::Document> document);
  void fetch(const Node& node, std::string target, bool with_credentials,
             net::http::Fetch::Done done);
  void on_password_refused(int status);
  void finish(const Account& account);
  void refuse(Refusal refusal);
  void refuse_unasked(const base::Error& why);

  Authorizer& authorizer_;
  std::string domain_;
  std::vector<Node> nodes_;    // to ask, the best first
  std::size_t next_node_ = 0;  // of nodes_, for the question at hand
  const std::string typed_;    // the user's name as the client wrote it
  std::string user_;           // canonical
  std::string password_;
  Node home_;  // where clusterUser says the user lives
  std::uint64_t ticket_ = 0;
  Authorizer::Done done_;
  std::function<std::string(std::string_view)> qualify_;
  policy::Store::Token rate_;
  policy::Store::Token proving_;
  std::unique_ptr<net::http::Fetch> fetch_;
};

}  // namespace core
