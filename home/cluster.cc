#include "home/cluster.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "net/http/message.h"

namespace home {

namespace {

// The domain that a host is in; empty for one that is in a top-level domain, which is nobody's own.
std::string_view parent_of(std::string_view host) {
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view parent = host.substr(dot + 1);
  return parent.find('.') == std::string_view::npos ? std::string_view() : parent;
}

bool is_domain_of(const Cluster& cluster, std::string_view domain) {
  if (domain.empty()) return false;
  if (!cluster.domains.empty()) {
    return std::any_of(cluster.domains.begin(), cluster.domains.end(),
                       [&](const std::string& ours) { return base::iequals(ours, domain); });
  }
  return std::any_of(cluster.nodes.begin(), cluster.nodes.end(), [&](const std::string& node) {
    return base::iequals(parent_of(node), domain);
  });
}

}  // namespace

const std::string& node_asked(const Cluster& cluster, std::string_view authority) {
  assert(!cluster.nodes.empty());
  const auto asked = net::http::parse_authority(authority);
  if (!asked) return cluster.nodes.front();
  for (const std::string& node : cluster.nodes) {
    const std::string_view label = std::string_view(node).substr(0, node.find('.'));
    if (base::iequals(asked->host, node) || base::iequals(asked->host, label)) return node;
  }
  return cluster.nodes.front();
}

std::string_view without_domain(const Cluster& cluster, std::string_view account) {
  const std::size_t at = account.rfind('@');
  if (at == std::string_view::npos || !is_domain_of(cluster, account.substr(at + 1))) {
    return account;
  }
  return account.substr(0, at);
}

}  // namespace home
