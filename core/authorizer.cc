#include "core/authorizer.h"

#include <openssl/crypto.h>

#include <utility>

#include "core/uds_documents.h"

namespace core {

namespace http = net::http;

namespace {

// Names of users hold nothing else that a query would change (policy/user.h).
std::string escape_plus(std::string_view user) {
  std::string escaped;
  for (const char c : user) {
    if (c == '+') {
      escaped.append("%2B");
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

base::Error unexpected(const char* what, int status) {
  return {base::Errc::Malformed, std::string(what) + " answered " + std::to_string(status)};
}

}  // namespace

Authorizer::Authorizer(net::Loop& loop, UpstreamPool& pool, policy::Store& store,
                       Accounts& accounts, std::shared_ptr<const policy::Access> access)
    : loop_(loop), pool_(pool), store_(store), accounts_(accounts), access_(std::move(access)) {}

std::optional<Account> Authorizer::remembered(const policy::BasicCredentials& credentials,
                                              std::string_view domain) const {
  return accounts_.find(credentials, domain, loop_.now());
}

std::unique_ptr<Authorization> Authorizer::authorize(const Discovery& discovery, UserName user,
                                                     std::string password, Done done) {
  return std::make_unique<Authorization>(*this, discovery, std::move(user), std::move(password),
                                         std::move(done));
}

Authorization::Authorization(Authorizer& authorizer, const Discovery& discovery,
                             Authorizer::UserName user, std::string password, Authorizer::Done done)
    : authorizer_(authorizer),
      domain_(discovery.domain()),
      nodes_(discovery.uds_nodes()),
      typed_(std::move(user.typed)),
      user_(std::move(user.canonical)),
      password_(std::move(password)),
      done_(std::move(done)),
      qualify_([&discovery](std::string_view host) { return discovery.qualify(host); }),
      rate_(authorizer.store_.take(
          Accounts::key(user_, domain_),
          [this](base::Result<policy::RateVerdict> verdict) { on_rate(std::move(verdict)); })) {}

Authorization::~Authorization() {
  OPENSSL_cleanse(password_.data(), password_.size());
}

void Authorization::on_rate(base::Result<policy::RateVerdict> verdict) {
  if (!verdict) return refuse_unasked(verdict.error());
  if (!verdict->allowed) {
    return refuse({429, "Rate Limited", "too many authorizations of " + user_,
                   "too many sign-ins; try again later", verdict->retry_after});
  }
  ticket_ = verdict->ticket;
  find_home();
}

void Authorization::find_home() {
  if (nodes_.empty()) {
    return refuse_unasked({base::Errc::NotFound, "no call manager is known for " + domain_});
  }
  fetch(nodes_[next_node_], "/cucm-uds/clusterUser?username=" + escape_plus(user_), false,
        [this](base::Result<http::Document> document) { on_cluster_user(std::move(document)); });
}

void Authorization::on_cluster_user(base::Result<http::Document> document) {
  base::Error why{base::Errc::Malformed, {}};
  if (!document) {
    why = document.error();
  } else if (document->head.status != 200) {
    why = unexpected("clusterUser", document->head.status);
  } else {
    const auto home = home_node_of(document->body);
    if (home && !*home) {
      return refuse({401, "Authorization Failed", "no cluster knows the user " + user_,
                     "wrong user name or password"});
    }
    if (home) {
      home_ = {policy::Scheme::Https, qualify_(**home), 8443};
      next_node_ = 0;
      return ask_devices(home_);
    }
    why = home.error();
  }
  if (++next_node_ < nodes_.size()) return find_home();
  refuse_unasked(why);
}

void Authorization::ask_devices(Node node) {
  fetch(node, "/cucm-uds/user/" + user_ + "/devices", true,
        [this](base::Result<http::Document> document) { on_devices(std::move(document)); });
}

// Every node of a cluster can answer for its users.
void Authorization::ask_devices_elsewhere(const base::Error& why) {
  while (next_node_ < nodes_.size()) {
    const Node& node = nodes_[next_node_++];
    if (node != home_) return ask_devices(node);
  }
  refuse_unasked(why);
}

void Authorization::on_devices(base::Result<http::Document> document) {
  if (!document) return ask_devices_elsewhere(document.error());
  const int status = document->head.status;
  if (status == 401 || status == 403 || status == 404) {
    return on_password_refused(status);
  }
  if (status != 200) return ask_devices_elsewhere(unexpected("devices", status));
  auto devices = devices_of(document->body);
  if (!devices) return ask_devices_elsewhere(devices.error());
  if (!authorizer_.enabled(user_)) {
    return refuse({403, "Access Denied", user_ + " is not enabled for remote access",
                   "this user is not enabled for remote access"});
  }
  const Account account{user_, domain_, home_, std::move(*devices)};
  const bool replaced = authorizer_.accounts_.accepted(account, password_, authorizer_.loop_.now());
  if (authorizer_.proofs_ == nullptr) return finish(account);
  // First the proofs: the client may register over SIP as soon as it has its answer.
  proving_ = authorizer_.proofs_->accepted(
      account, typed_, password_, replaced,
      [this, account = Account(account)](std::chrono::sys_seconds since) mutable {
        account.since = since;
        finish(account);
      });
}

// The owner may destroy this inside the callback.
void Authorization::finish(const Account& account) {
  const Account copy = account;  // it may lie in a callback of ours
  if (auto done = std::exchange(done_, nullptr)) done(&copy, nullptr);
}

void Authorization::on_password_refused(int status) {
  const bool was_accepted =
      authorizer_.accounts_.refused({user_, password_}, domain_, authorizer_.loop_.now());
  if (authorizer_.proofs_ != nullptr) {
    authorizer_.proofs_->refused(user_, domain_, password_, was_accepted);
  }
  refuse({401, "Authorization Failed",
          "the call manager refused " + user_ + " with " + std::to_string(status),
          "wrong user name or password"});
}

void Authorization::fetch(const Node& node, std::string target, bool with_credentials,
                          http::Fetch::Done done) {
  http::RequestHead head;
  head.method = "GET";
  head.scheme = policy::to_string(node.scheme);
  head.authority = node.host + ":" + std::to_string(node.port);
  head.target = std::move(target);
  head.fields.add("Accept", "*/*");
  if (with_credentials) {
    head.fields.add("Authorization", policy::to_string(policy::BasicCredentials{user_, password_}));
  }
  auto next =
      std::make_unique<http::Fetch>(authorizer_.loop_, authorizer_.pool_.at(node), std::move(head),
                                    std::string(), kStepLimit, std::move(done), kMaxUdsBytes);
  // We may stand inside a callback of the one before.
  if (fetch_) authorizer_.loop_.retire(std::move(fetch_));
  fetch_ = std::move(next);
}

// The password was not judged, so the attempt does not count.
void Authorization::refuse_unasked(const base::Error& why) {
  if (ticket_ != 0) authorizer_.store_.refund(Accounts::key(user_, domain_), ticket_);
  refuse(upstream_refusal(why));
}

void Authorization::refuse(Refusal refusal) {
  if (auto done = std::exchange(done_, nullptr)) done(nullptr, &refusal);
}

}  // namespace core
