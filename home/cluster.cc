#include "home/cluster.h"

#include <cassert>

#include "base/text.h"
#include "net/http/message.h"

namespace home {

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

}  // namespace home
