#pragma once
// Which call managers there are for SIP, and to which of them a request goes (wire.md 6). No name
// or address that a client made up gets past here: what is not a node is refused, and nothing
// dialled.

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "core/config.h"
#include "core/discovery.h"
#include "sip/message.h"

namespace core {

struct SipTarget {
  std::string host;  // qualified, lower case, or an address without brackets
  std::uint16_t port = 0;
  auto operator<=>(const SipTarget&) const = default;
};
// "ucm-pub.lab.example:5060"
std::string to_string(const SipTarget& target);

// Why a request goes nowhere.
struct SipRefusal {
  int status = 403;
  std::string reason;  // for the log
};

class SipNodes final {
 public:
  // Tells which node has an address, when that is known; Record-Route and Via of call managers show
  // addresses.
  using HostOf = std::function<std::optional<std::string>(const base::IpAddress& address)>;

  // `discoveries` must outlive it.
  SipNodes(const SipConfig& config, const std::vector<std::unique_ptr<Discovery>>& discoveries);

  void set_host_of(HostOf host_of) { host_of_ = std::move(host_of); }

  // The node that a host of a message is, if it is one. A port must be that of a node: a core is no
  // tool to knock at the ports of call managers.
  // `domain`: only nodes that were found for it, and those configured; empty: of any.
  std::optional<SipTarget> find(std::string_view host, std::optional<std::uint16_t> port,
                                std::string_view domain = {}) const;

  // Whether it is a node, or a domain that one serves: where a client may send a caller on to.
  bool is_inside(std::string_view host, std::optional<std::uint16_t> port) const;

  // Where a request from outside goes, the first choice first: what its Route names, or its request
  // URI, or the registrars; new requests also get the others, should the first be down. Takes the
  // Route away that brought the request here. Routes of this core are gone already.
  // `domain`: the user's; two of them may have the same line, at call managers of their own.
  base::Result<std::vector<SipTarget>> choose(sip::Message& request, std::string_view domain,
                                              SipRefusal& refusal) const;

 private:
  std::vector<SipTarget> defaults(std::string_view uri_host, std::string_view domain) const;

  std::uint16_t port_;
  std::vector<SipTarget> registrars_;
  const std::vector<std::unique_ptr<Discovery>>& discoveries_;
  HostOf host_of_;
};

}  // namespace core
