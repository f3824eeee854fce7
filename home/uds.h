#pragma once
// The User Data Service under /cucm-uds (docs/wire.md 5): version, servers, clusterUser
// and users are for everybody, as at a call manager; user/<name> and what lies under it for that
// very user, who proves it by Basic credentials (RFC 7617).
//
// Errors: 400 for a target that cannot be read, 401 without or with wrong credentials, 403 for
// another user's data (whether or not there is such a user), 404, 405, 503 with Retry-After when
// too many passwords wait to be judged or the store cannot be read.

#include <functional>
#include <memory>

#include "home/access_log.h"
#include "home/authenticator.h"
#include "home/cluster.h"
#include "home/request.h"
#include "home/store.h"
#include "net/http/exchange.h"

namespace home {

class Uds final : public net::http::Handler {
 public:
  // What a page of a search holds when the client does not say, and at most.
  static constexpr std::size_t kPage = 64;
  static constexpr std::size_t kMaxPage = 500;
  // What clusterUser says it was asked for (docs/wire.md 5).
  static constexpr std::size_t kClusterUserPage = 4;

  // One for each worker. All must outlive it.
  Uds(const Cluster& cluster, Store& store, Authenticator& authenticator, AccessLog& log);

  void handle(net::http::Exchange& exchange) override;

 private:
  // The answer of whoever may be asked without credentials; 404 for what is not there.
  Reply open_reply(const net::http::Exchange& exchange, const Resource& resource);
  Reply search_reply(const net::http::Exchange& exchange, const Resource& resource);
  Reply cluster_user_reply(const net::http::Exchange& exchange, const Resource& resource);
  // user/<name>…: judges the credentials, at once or later, then answers.
  void handle_own(net::http::Exchange& exchange, net::http::ExchangeTrace trace, Resource resource);
  // For credentials that were found good.
  Reply own_reply(const net::http::Exchange& exchange, const Resource& resource,
                  std::string_view user);

  const Cluster& cluster_;
  Store& store_;
  Authenticator& authenticator_;
  AccessLog& log_;
};

}  // namespace home
