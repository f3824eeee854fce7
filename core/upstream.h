#pragma once
// The servers inside that exchanges are forwarded to. A pool has one Upstream for each of them
// (scheme, host and port), which knows its addresses and keeps connections alive.
//
// Names come from discovery or the allow list, never from a client alone, and the address that is
// dialled is the one that was resolved here.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dns/failed_targets.h"
#include "dns/resolver.h"
#include "net/http/client.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "policy/host_path.h"

namespace core {

struct UpstreamSettings {
  std::shared_ptr<const net::TlsContext> tls;  // how servers inside are verified
  std::optional<base::IpAddress> source;       // the address we dial from
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_byte{30'000};
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds keep{30'000};
  std::size_t connections = 1024;  // to one address, HTTP/1.1
};

struct Node {
  policy::Scheme scheme = policy::Scheme::Https;
  std::string host;  // qualified, lower case, or an address
  std::uint16_t port = 0;
  auto operator<=>(const Node&) const = default;
};
struct NodeHash {
  std::size_t operator()(const Node& node) const {
    const std::size_t place = std::size_t{node.port} << 1 | (node.scheme == policy::Scheme::Https);
    return std::hash<std::string>{}(node.host) ^ place * 0x9e3779b97f4a7c15u;
  }
};
// "https://ucm-pub.lab.example:8443"
std::string to_string(const Node& node);
// "ucm-pub.lab.example:8443" or "[2001:db8::1]:8443"
std::string authority_of(const Node& node);

class UpstreamPool;

class Upstream final : public net::http::Caller {
 public:
  // Resolved addresses are used this long before the resolver (which has its own cache) is asked.
  static constexpr std::chrono::seconds kAddressAge{5};
  // As much as a source writes before it is held back, and one read of a socket.
  static constexpr std::size_t kMaxKeptBytes = 128 * 1024;

  Upstream(UpstreamPool& pool, Node node);
  ~Upstream();

  // Told where a request goes, just before it does; again for each address that is tried.
  using Chosen = std::function<void(const base::Endpoint&, const net::http::RequestHead&)>;

  // Tries the addresses in turn until one connects: nothing was sent then, so any request may. What
  // its body had by then is kept for the next address, up to kMaxKeptBytes.
  // Failures: NotFound (no address), Refused, Timeout, Closed, Malformed.
  std::unique_ptr<net::http::Call> start(net::http::RequestHead&& head,
                                         net::http::CallListener& listener) override {
    return start(std::move(head), listener, nullptr);
  }
  std::unique_ptr<net::http::Call> start(net::http::RequestHead&& head,
                                         net::http::CallListener& listener, Chosen chosen);
  const Node& node() const { return node_; }

 private:
  class PendingCall;
  net::http::Client& client(const base::IpAddress& address);
  bool is_failed(const base::IpAddress& address) const;
  bool fresh() const;

  UpstreamPool& pool_;
  const Node node_;
  std::vector<base::IpAddress> addresses_;
  std::chrono::steady_clock::time_point resolved_at_;
  std::map<base::IpAddress, std::unique_ptr<net::http::Client>> clients_;
};

class UpstreamPool final {
 public:
  // `loop` and `resolver` must outlive the pool, the pool every call.
  UpstreamPool(net::Loop& loop, dns::Resolver& resolver, UpstreamSettings settings);
  ~UpstreamPool();
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  // Valid as long as the pool.
  Upstream& at(const Node& node);
  std::size_t size() const { return upstreams_.size(); }

 private:
  friend class Upstream;

  net::Loop& loop_;
  dns::Resolver& resolver_;
  const UpstreamSettings settings_;
  dns::FailedTargets failed_;
  std::unordered_map<Node, std::unique_ptr<Upstream>, NodeHash> upstreams_;
};

}  // namespace core
