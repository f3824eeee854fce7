#pragma once
// Answers get_edge_config: authorizes the user, mints the session, and says what is where
// (wire.md 4).

#include <memory>
#include <string>
#include <vector>

#include "core/authorizer.h"
#include "core/edge_config.h"
#include "core/surroundings.h"
#include "net/http/exchange.h"
#include "net/http/traffic.h"

namespace core {

// The same for all sign-ins; replaced as a whole when the configuration is loaded anew.
struct SignInSettings {
  std::string realm;  // this core's name
  std::chrono::seconds lifetime{std::chrono::hours{8}};
  std::string cookie_domain;
  std::vector<std::string> edges;       // names
  std::vector<std::string> sip_routes;  // hosts of cores
};

class SignIn final : public net::http::Job {
 public:
  // `exchange` owns it; `around` and `discovery` must outlive it.
  SignIn(net::http::Exchange& exchange, net::http::ExchangeTrace trace, const Surroundings& around,
         const Discovery& discovery, std::shared_ptr<const SignInSettings> settings,
         std::vector<std::string> asked, Authorizer::UserName user, std::string password);
  ~SignIn() override;

 private:
  void on_body(std::string_view) override {}  // a sign-in has none that matters
  void on_end() override {}
  void on_drained() override {}
  void on_failed(const base::Error&) override { authorization_.reset(); }

  void on_authorized(const Account& account);
  EdgeConfigDocument document(const Account& account) const;
  std::string mint(const Account& account) const;

  net::http::Exchange& exchange_;
  net::http::ExchangeTrace trace_;
  const Surroundings& around_;
  const Discovery& discovery_;
  std::shared_ptr<const SignInSettings> settings_;
  std::vector<std::string> asked_;
  std::unique_ptr<Authorization> authorization_;
};

}  // namespace core
