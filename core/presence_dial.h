#pragma once
// A way to a presence node for one stream (wire.md 10): which nodes there are, and a TCP connection
// to one of them that was turned to TLS with STARTTLS (RFC 6120 section 5.4), the core being the
// client.
//
//   Asking --> Resolving --> Connecting --> Header --> Features --> Proceed --> Handshaking
//   Handshaking --> Done
//
// A failure of a node leads from any state to Resolving of the next one, behind the last to Done.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "core/config.h"
#include "core/discovery.h"
#include "dns/failed_targets.h"
#include "dns/resolver.h"
#include "net/loop.h"
#include "net/socket_stream.h"
#include "net/timer.h"
#include "net/tls_context.h"
#include "xmpp/reader.h"

namespace core {

struct PresenceSettings {
  PresenceConfig config;
  std::shared_ptr<const net::TlsContext> tls;  // null: nobody is dialled
  std::optional<base::IpAddress> source;       // the address we dial from
  std::chrono::milliseconds connect{5'000};
  // Of one node, from its name to the end of the handshake (wire.md 10).
  std::chrono::milliseconds node_limit{10'000};
};

// What the dials of a worker share. All that it refers to outlives them.
class PresenceNodes final {
 public:
  // Where nothing names another (RFC 6120 section 3.2).
  static constexpr std::uint16_t kPort = 5222;

  PresenceNodes(net::Loop& loop, dns::Resolver& resolver, base::Logger& log,
                const std::vector<std::unique_ptr<Discovery>>& discoveries,
                PresenceSettings settings);

  // Whether it is one of this core's domains; in lower case, without a final dot.
  bool serves(std::string_view domain) const;
  const PresenceSettings& settings() const { return settings_; }

 private:
  friend class PresenceDial;
  // Those of the configuration; none: they are found by the DNS.
  const std::vector<dns::SrvTarget>& configured() const { return configured_; }
  // From the answer to _xmpp-client._tcp, in the order to try them. While the DNS is away what it
  // said last still holds; where that service is not announced, the hosts of _cuplogin._tcp are.
  std::vector<dns::SrvTarget> targets(const std::string& domain, const dns::SrvAnswer& answer);
  void failed(const dns::SrvTarget& node, const base::Error& why);

  net::Loop& loop_;
  dns::Resolver& resolver_;
  base::Logger& log_;
  const std::vector<std::unique_ptr<Discovery>>& discoveries_;
  const PresenceSettings settings_;
  std::vector<dns::SrvTarget> configured_;
  std::map<std::string, std::vector<dns::SrvTarget>> known_;  // by domain, as the DNS said last
  dns::FailedTargets failed_;
  xmpp::Parser parser_;
};

class PresenceDial final : private net::StreamHandler {
 public:
  // Once, from the loop: a stream in TLS whose other end proved to be a node of the domain, and
  // that calls nobody before it got another handler; or why no node could be reached (NotFound:
  // none is known). The dial is retired by its owner then.
  using Done = std::function<void(base::Result<std::unique_ptr<net::PlainStream>>)>;

  // `nodes` must outlive it. Destroying it cancels it.
  PresenceDial(PresenceNodes& nodes, std::string domain, Done done);
  ~PresenceDial();

 private:
  enum class State {
    Asking,
    Resolving,
    Connecting,
    Header,
    Features,
    Proceed,
    Handshaking,
    Refused,  // its end is awaited
    Done,
  };

  void on_open() override;
  std::size_t on_data(std::string_view data) override;
  void on_end() override;
  void on_drained() override {}
  void on_closed(const base::Error& why) override;

  void on_timer();
  void choose(std::vector<dns::SrvTarget> targets);
  void next_node();
  void on_addresses(const dns::AddressAnswer& answer);
  void dial();
  void take(const xmpp::Event& event, bool is_last);
  void refuse(std::string detail);
  void on_node_failed(const base::Error& why);
  void finish(base::Result<std::unique_ptr<net::PlainStream>> result);

  PresenceNodes& nodes_;
  const std::string domain_;
  Done done_;
  State state_ = State::Asking;
  xmpp::Reader reader_;
  std::vector<dns::SrvTarget> targets_;
  std::size_t next_target_ = 0;
  std::vector<base::IpAddress> addresses_;
  std::size_t next_address_ = 0;
  base::Error why_{base::Errc::NotFound, "no presence node is known"};  // the last one's failure
  std::unique_ptr<dns::Query> query_;
  std::unique_ptr<net::PlainStream> stream_;
  net::Timer timer_;  // Asking: to begin; else the node's time
};

}  // namespace core
