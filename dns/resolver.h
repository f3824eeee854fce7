#pragma once
// Asking the DNS: SRV records and addresses (RFC 1035, RFC 2782, RFC 3596), as an interface so that
// tests can stand in for it. The real one is dns/cares_resolver.h.
//
// A Resolver belongs to one Loop. Every answer comes from the Loop, never from inside the call that
// asked, also when it was known already.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace dns {

// How a question ended. The difference steers what the core tells a client (wire.md, 4).
enum class Outcome {
  Ok,         // there is at least one record
  NameError,  // NXDOMAIN, no such record, or a service that says "not here" (RFC 2782, target ".")
  ServerError,  // SERVFAIL, REFUSED and the like, an answer that does not parse, no server there
  Timeout,      // no server answered within the tries
};

// "Ok", "NameError", "ServerError", "Timeout": the spelling of getEdgeConfigResponse.
const char* to_string(Outcome outcome);

// One SRV record.
struct SrvTarget {
  std::uint16_t priority = 0;  // lower is tried first
  std::uint16_t weight = 0;    // share among equals
  std::uint16_t port = 0;
  std::string host;  // lower case, no final dot
  auto operator<=>(const SrvTarget&) const = default;
};

struct SrvAnswer {
  Outcome outcome = Outcome::ServerError;
  std::vector<SrvTarget> targets;  // as the server listed them: dns/selection.h puts them in order
  std::chrono::seconds ttl{0};     // how long this answer, a negative one too, may be kept
  std::string detail;              // for the log: why there is none ("SERVFAIL"); empty when Ok
};

struct AddressAnswer {
  Outcome outcome = Outcome::ServerError;
  std::vector<base::IpAddress> addresses;  // the preferred family first
  std::chrono::seconds ttl{0};
  std::string detail;
};

// A question in flight (style.md, rule 18): destroying it cancels it, and its callback is never
// called again. It may be destroyed inside its own callback and may outlive its Resolver.
class Query {
 public:
  virtual ~Query() = default;
};

class Resolver {
 public:
  using SrvCallback = std::function<void(const SrvAnswer&)>;
  using AddressCallback = std::function<void(const AddressAnswer&)>;

  virtual ~Resolver() = default;  // drops every question; their callbacks are not called

  // Asks for SRV records of `name` ("_cisco-uds._tcp.example.com", with or without a final dot; no
  // search suffix is ever added). A name that cannot stand in the DNS is a NameError.
  [[nodiscard]] virtual std::unique_ptr<Query> srv(std::string_view name, SrvCallback done) = 0;

  // Asks for A and AAAA records of `host`. An address literal is answered with itself.
  [[nodiscard]] virtual std::unique_ptr<Query> addresses(std::string_view host,
                                                         AddressCallback done) = 0;
};

}  // namespace dns
