#pragma once
// What presence servers ask the home cluster (docs/wire.md 5.1), on UDS's listener:
//
//   GET  /presence/check            Basic user:secret: is it the password, or a one-time password?
//   GET  /presence/user?name=USER   is there such a user?
//   POST /presence/token            Basic user:password: mints a one-time password
//
// USER is a sign-in name, alone or with one of the users' domains behind it. None of this tells
// more than UDS does: whoever asks brings the user's own credentials, and who exists is said by
// clusterUser too. The answer is one line of text.

#include "home/access_log.h"
#include "home/authenticator.h"
#include "home/cluster.h"
#include "home/one_time_password.h"
#include "home/request.h"
#include "home/store.h"
#include "net/http/exchange.h"

namespace home {

class Presence final : public net::http::Handler {
 public:
  // One for each worker. All must outlive it.
  struct Needs {
    const Cluster& cluster;
    Store& store;
    Authenticator& authenticator;
    OneTimePasswords& one_time;
    AccessLog& log;
  };
  explicit Presence(const Needs& needs) : needs_(needs) {}

  void handle(net::http::Exchange& exchange) override;

 private:
  void handle_check(net::http::Exchange& exchange, net::http::ExchangeTrace trace);
  void handle_token(net::http::Exchange& exchange, net::http::ExchangeTrace trace);
  Reply user_reply(const Resource& resource);
  Reply token_reply(const std::string& user);
  // The store's name for who signs in as `account`; NotFound: nobody.
  base::Result<std::string> user_of(std::string_view account);

  const Needs needs_;
};

// Hands what begins with /presence/ to one handler and everything else to the other.
class Front final : public net::http::Handler {
 public:
  // Both must outlive it.
  Front(net::http::Handler& presence, net::http::Handler& rest)
      : presence_(presence), rest_(rest) {}

  void handle(net::http::Exchange& exchange) override;

 private:
  net::http::Handler& presence_;
  net::http::Handler& rest_;
};

}  // namespace home
