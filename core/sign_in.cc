#include "core/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policy/cookie.h"

namespace core {

namespace http = net::http;

namespace {

// Ports of the edge's services, fixed by wire.md 1.
constexpr std::uint16_t kSipPort = 5061;
constexpr std::uint16_t kXmppPort = 5222;
constexpr std::uint16_t kHttpsPort = 8443;

std::vector<NamedPort> at_port(const std::vector<std::string>& names, std::uint16_t port) {
  std::vector<NamedPort> list;
  for (const std::string& name : names)
    list.push_back({name, port});
  return list;
}

}  // namespace

SignIn::SignIn(http::Exchange& exchange, http::ExchangeTrace trace, const Surroundings& around,
               const Discovery& discovery, std::shared_ptr<const SignInSettings> settings,
               std::vector<std::string> asked, Authorizer::UserName user, std::string password)
    : exchange_(exchange),
      trace_(std::move(trace)),
      around_(around),
      discovery_(discovery),
      settings_(std::move(settings)),
      asked_(std::move(asked)) {
  authorization_ =
      around_.authorizer.authorize(discovery_, std::move(user), std::move(password),
                                   [this](const Account* account, const Refusal* refusal) {
                                     if (account) return on_authorized(*account);
                                     around_.counters.refused(refusal->status);
                                     refuse(exchange_, trace_, *refusal);
                                   });
}

SignIn::~SignIn() = default;

void SignIn::on_authorized(const Account& account) {
  Counters::add(around_.counters.sign_ins);
  const std::string body = to_xml(document(account));
  http::ResponseHead head;
  head.content_length = body.size();
  head.fields.add("Content-Type", "text/xml");
  head.fields.add("Cache-Control", "no-store");
  head.fields.add("Set-Cookie", policy::to_set_cookie(mint(account), settings_->cookie_domain));
  trace_.event(base::Level::Info, "Signed In", account.user + "@" + account.domain);
  trace_.sending_response(exchange_.peer().stream.remote, head);
  const bool with_body = http::has_body(exchange_.request().method, head.status);
  exchange_.respond(std::move(head));
  if (with_body) exchange_.write(body);
  exchange_.finish();
}

std::string SignIn::mint(const Account& account) const {
  const auto now =
      std::max(account.since, std::chrono::floor<std::chrono::seconds>(around_.clock.now()));
  policy::SessionToken token;
  token.id = policy::new_session_id();
  token.user = account.user;
  token.domain = account.domain;
  token.realm = settings_->realm;
  token.issued = now;
  token.expires = now + settings_->lifetime;
  token.devices = account.devices;
  return around_.signer.sign(token);
}

EdgeConfigDocument SignIn::document(const Account& account) const {
  EdgeConfigDocument document;
  std::vector<std::string> names = asked_;
  if (std::find(names.begin(), names.end(), discovery_.tftp().name) == names.end()) {
    names.push_back(discovery_.tftp().name);
  }
  for (const std::string& name : names) {
    // The core asks the DNS for the services it knows, never for a name that a client made up.
    const Service* service = discovery_.find(name);
    document.services.push_back(service ? *service : Service{name, dns::Outcome::NameError, {}});
  }
  document.tftp_servers = discovery_.tftp_addresses();
  document.sip_edges = at_port(settings_->edges, kSipPort);
  document.xmpp_edges = at_port(settings_->edges, kXmppPort);
  document.http_edges = at_port(settings_->edges, kHttpsPort);
  for (const std::string& host : settings_->sip_routes) {
    document.sip_routes.push_back(
        fmt::format("sip:{}:{};transport=tls;zone-id=1;directed;lr", host, kSipPort));
  }
  document.user_uds_servers = {{account.home.host, account.home.port}};
  return document;
}

}  // namespace core
