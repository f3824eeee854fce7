#include "core/snapshot.h"

#include <utility>

namespace core {
namespace {

std::shared_ptr<const SignInSettings> sign_in_settings(const Config& config) {
  auto settings = std::make_shared<SignInSettings>();
  settings->realm = config.name;
  settings->lifetime = std::chrono::duration_cast<std::chrono::seconds>(config.session.lifetime);
  settings->cookie_domain = config.session.cookie_domain;
  for (const EdgeEntry& edge : config.edges)
    settings->edges.push_back(edge.name);
  settings->sip_routes = config.sip.routes;
  if (settings->sip_routes.empty()) settings->sip_routes = {config.name};
  return settings;
}

base::Result<std::shared_ptr<const net::TlsContext>> make_tunnel_tls(
    const Config& config, std::shared_ptr<const certs::Credentials> credentials) {
  auto trust = certs::Trust::load(config.tunnel.trust);
  if (!trust) return trust.error();
  net::TlsClientOptions options;
  options.trust = std::move(*trust);
  options.credentials = std::move(credentials);
  options.alpn = {"h2"};
  options.min_version = net::TlsVersion::Tls13;
  return net::TlsContext::client(options);
}

// `authorities`: a file; empty: those of the system. `alpn`: what is spoken there; SIP names no
// protocol, nor does XMPP behind STARTTLS.
base::Result<std::shared_ptr<const net::TlsContext>> make_upstream_tls(
    const std::string& authorities, std::vector<std::string> alpn) {
  auto trust = authorities.empty() ? certs::Trust::system() : certs::Trust::load(authorities);
  if (!trust) return trust.error();
  net::TlsClientOptions options;
  options.trust = std::move(*trust);
  options.alpn = std::move(alpn);
  return net::TlsContext::client(options);
}

// Towards the servers inside.
base::Result<> load_upstream_tls(const Config& config, Snapshot& snapshot) {
  auto upstream_tls = make_upstream_tls(config.upstream.trust, {"http/1.1"});
  if (!upstream_tls) return upstream_tls.error();
  snapshot.upstream_tls = std::move(*upstream_tls);
  if (config.sip.transport == SipTransport::Tls) {
    auto sip_tls = make_upstream_tls(config.upstream.trust, {});
    if (!sip_tls) return sip_tls.error();
    snapshot.sip_tls = std::move(*sip_tls);
  }
  const std::string& presence_trust =
      config.presence.trust.empty() ? config.upstream.trust : config.presence.trust;
  auto presence_tls = make_upstream_tls(presence_trust, {});
  if (!presence_tls) return presence_tls.error();
  snapshot.presence_tls = std::move(*presence_tls);
  return {};
}

}  // namespace

base::Result<std::shared_ptr<const Snapshot>> make_snapshot(Config config,
                                                            const Snapshot* running) {
  auto snapshot = std::make_shared<Snapshot>();
  auto credentials = certs::Credentials::load(config.tunnel.certificate, config.tunnel.key);
  if (!credentials) return credentials.error();
  snapshot->credentials = *credentials;
  auto tunnel_tls = make_tunnel_tls(config, *credentials);
  if (!tunnel_tls) return tunnel_tls.error();
  snapshot->tunnel_tls = std::move(*tunnel_tls);
  if (running != nullptr) {
    snapshot->upstream_tls = running->upstream_tls;
    snapshot->sip_tls = running->sip_tls;
    snapshot->presence_tls = running->presence_tls;
  } else if (const auto loaded = load_upstream_tls(config, *snapshot); !loaded) {
    return loaded.error();
  }
  auto sip_trust =
      certs::Trust::load(config.sip.trust.empty() ? config.tunnel.trust : config.sip.trust);
  if (!sip_trust) return sip_trust.error();
  snapshot->sip_trust = std::move(*sip_trust);
  snapshot->access = std::make_shared<const policy::Access>(config.access);
  snapshot->sign_in = sign_in_settings(config);
  snapshot->config = std::move(config);
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

}  // namespace core
