#include "edge/snapshot.h"

#include <utility>

namespace edge {
namespace {

base::Result<std::shared_ptr<const net::TlsContext>> make_tunnel_tls(
    const Config& config, std::shared_ptr<const certs::Credentials> credentials,
    std::shared_ptr<const certs::Trust> trust) {
  net::TlsServerOptions options;
  options.credentials = std::move(credentials);
  options.client_trust = std::move(trust);
  for (const std::string& core : config.tunnel.cores) {
    options.client_names.push_back(certs::dns_name(core));
  }
  options.alpn = {"h2"};
  options.min_version = net::TlsVersion::Tls13;
  return net::TlsContext::server(options);
}

base::Result<std::shared_ptr<const SipSettings>> make_sip(
    const Config& config, std::shared_ptr<const certs::Credentials> credentials,
    std::shared_ptr<const certs::Trust> trust, std::shared_ptr<net::TicketKeys> tickets) {
  net::TlsServerOptions options;
  options.credentials = credentials;
  options.alpn = {"sip/2", "sip", "sips"};  // most clients offer none, which is as good
  options.tickets = std::move(tickets);
  auto tls = net::TlsContext::server(options);
  if (!tls) return tls.error();
  auto settings = std::make_shared<SipSettings>();
  settings->name = config.name;
  settings->domains = config.domains;
  settings->algorithms = config.sip.algorithms;
  settings->handshake_limit = config.limits.handshake;
  settings->register_limit = config.limits.registering;
  settings->idle_limit = config.limits.sip_idle;
  settings->credentials = std::move(credentials);
  settings->trust = std::move(trust);
  settings->tls = std::move(*tls);
  return std::shared_ptr<const SipSettings>(std::move(settings));
}

base::Result<std::shared_ptr<const XmppSettings>> make_xmpp(
    const Config& config, std::shared_ptr<const certs::Credentials> credentials,
    std::shared_ptr<net::TicketKeys> tickets) {
  net::TlsServerOptions options;
  options.credentials = std::move(credentials);
  options.alpn = {"xmpp-client"};  // direct TLS must offer it, after STARTTLS nobody need
  options.tickets = std::move(tickets);
  auto tls = net::TlsContext::server(options);
  if (!tls) return tls.error();
  auto settings = std::make_shared<XmppSettings>();
  settings->name = config.name;
  settings->domains = config.domains;
  settings->handshake_limit = config.limits.handshake;
  settings->secure_limit = config.limits.xmpp_secure;
  settings->sign_in_limit = config.limits.xmpp_sign_in;
  settings->strangers = config.limits.xmpp_strangers;
  settings->tls = std::move(*tls);
  return std::shared_ptr<const XmppSettings>(std::move(settings));
}

}  // namespace

base::Result<std::shared_ptr<const Snapshot>> make_snapshot(
    Config config, ClientRoom room, std::shared_ptr<net::TicketKeys> tickets) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->room = std::move(room);
  auto credentials = certs::Credentials::load(config.tls.certificate, config.tls.key);
  if (!credentials) return credentials.error();
  snapshot->credentials = *credentials;

  net::TlsServerOptions clients;
  clients.credentials = *credentials;
  clients.alpn = {"h2", "http/1.1"};
  clients.tickets = tickets;
  auto client_tls = net::TlsContext::server(clients);
  if (!client_tls) return client_tls.error();
  snapshot->client_tls = std::move(*client_tls);

  auto trust = certs::Trust::load(config.tunnel.trust);
  if (!trust) return trust.error();
  snapshot->tunnel_credentials = *credentials;
  if (!config.tunnel.certificate.empty()) {
    auto own = certs::Credentials::load(config.tunnel.certificate, config.tunnel.key);
    if (!own) return own.error();
    snapshot->tunnel_credentials = std::move(*own);
  }
  auto tunnel_tls = make_tunnel_tls(config, snapshot->tunnel_credentials, *trust);
  if (!tunnel_tls) return tunnel_tls.error();
  snapshot->tunnel_tls = std::move(*tunnel_tls);

  auto sip = make_sip(config, snapshot->credentials, *trust, tickets);
  if (!sip) return sip.error();
  snapshot->sip = std::move(*sip);

  auto xmpp = make_xmpp(config, snapshot->credentials, std::move(tickets));
  if (!xmpp) return xmpp.error();
  snapshot->xmpp = std::move(*xmpp);

  snapshot->gateway = std::make_shared<const GatewaySettings>(
      GatewaySettings{{config.domains.begin(), config.domains.end()}});
  snapshot->config = std::move(config);
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

}  // namespace edge
