#include "edge/snapshot.h"

#include <utility>

namespace edge {
namespace {

base::Result<std::shared_ptr<const net::TlsContext>> make_tunnel_tls(
    const Config& config, std::shared_ptr<const certs::Credentials> public_credentials) {
  net::TlsServerOptions options;
  options.credentials = std::move(public_credentials);
  if (!config.tunnel.certificate.empty()) {
    auto own = certs::Credentials::load(config.tunnel.certificate, config.tunnel.key);
    if (!own) return own.error();
    options.credentials = std::move(*own);
  }
  auto trust = certs::Trust::load(config.tunnel.trust);
  if (!trust) return trust.error();
  options.client_trust = std::move(*trust);
  for (const std::string& core : config.tunnel.cores) {
    options.client_names.push_back(certs::dns_name(core));
  }
  options.alpn = {"h2"};
  options.min_version = net::TlsVersion::Tls13;
  return net::TlsContext::server(options);
}

}  // namespace

base::Result<std::shared_ptr<const Snapshot>> make_snapshot(
    Config config, std::shared_ptr<net::TicketKeys> tickets) {
  auto snapshot = std::make_shared<Snapshot>();
  auto credentials = certs::Credentials::load(config.tls.certificate, config.tls.key);
  if (!credentials) return credentials.error();
  snapshot->credentials = *credentials;

  net::TlsServerOptions clients;
  clients.credentials = *credentials;
  clients.alpn = {"h2", "http/1.1"};
  clients.tickets = std::move(tickets);
  auto client_tls = net::TlsContext::server(clients);
  if (!client_tls) return client_tls.error();
  snapshot->client_tls = std::move(*client_tls);

  auto tunnel_tls = make_tunnel_tls(config, snapshot->credentials);
  if (!tunnel_tls) return tunnel_tls.error();
  snapshot->tunnel_tls = std::move(*tunnel_tls);

  snapshot->gateway = std::make_shared<const GatewaySettings>(GatewaySettings{config.domains});
  snapshot->config = std::move(config);
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

}  // namespace edge
