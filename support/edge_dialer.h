#pragma once
// Looks for an edge that takes a connection: every address of every target, one after the other.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "certs/identity.h"
#include "dns/resolver.h"
#include "net/stream.h"
#include "support/explain.h"
#include "support/step.h"

namespace support {

// Where is left to be tried, and what is being tried.
struct EdgeChoice {
  std::deque<dns::SrvTarget>& targets;     // the next one first
  dns::SrvTarget& target;                  // the current
  std::deque<base::IpAddress>& addresses;  // of `target`, still to be tried
};

// How one address is dialled.
class EdgeCaller {
 public:
  using Opened = std::function<void(base::Result<net::StreamInfo> info)>;
  // Connects to `remote`, which must prove to be `host` or the domain's edge service (wire.md
  // section 7). `opened` comes from the loop, once; it may open() the next one.
  virtual void open(std::string host, const base::Endpoint& remote, Opened opened) = 0;
  virtual bool reached() const = 0;  // the last open() got as far as TLS
  virtual bool wants_http2() const = 0;

 protected:
  ~EdgeCaller() = default;
};

//   next() -- an address is left --> dial() -- open --> done
//     ^ |                              | failed
//     | + no address, a target is left: resolve, then next()
//     +--------------------------------+
class EdgeDialer final {
 public:
  // Clients give up long before; more only comes of a zone gone wrong, at 5 s each.
  static constexpr int kMaxDials = 16;

  struct Outcome {
    base::Result<net::StreamInfo> info;  // the error of the last that was dialled
    std::string place;                   // "edge.lab.example (10.1.2.3:8443)"
    std::string failures;                // what was tried before and why it failed; may be empty
    Explanation last{};                  // of the last failure
  };
  using Done = std::function<void(const Outcome& outcome)>;

  // All must outlive the dialer. `domain` is the user's, for explanations.
  EdgeDialer(dns::Resolver& resolver, EdgeCaller& caller, EdgeChoice choice, std::string domain);

  // Goes on with what is left in the choice. `done` comes from the loop, once for each start().
  void start(Done done);

 private:
  void next();
  void on_addresses(const dns::AddressAnswer& answer);
  void dial();
  void on_opened(base::Result<net::StreamInfo> info);
  void add_failure(const std::string& line, Explanation explanation);
  void give_up();

  dns::Resolver& resolver_;
  EdgeCaller& caller_;
  EdgeChoice choice_;
  std::string domain_;
  int dials_ = 0;
  Outcome outcome_;
  Done done_;
  std::unique_ptr<dns::Query> query_;
};

// The step that dials, as people read it: where, what TLS came to, the protocol above it, which
// certificate; a note where others failed before. Stop when there is no connection.
StepOutcome outcome_of(const EdgeDialer::Outcome& found, std::string_view protocol);

// Who an edge must prove to be: `host`, a name or an address, or the edge service of `domain`.
std::vector<certs::Name> edge_names(std::string_view host, std::string_view domain);

}  // namespace support
