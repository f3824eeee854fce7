#pragma once
// A DNS server for tests: answers on UDP and TCP of one loopback port what it was told to, and
// lies, stays silent or truncates when told so. It lives on the test's loop.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "net/listener.h"
#include "net/socket.h"

struct event;

namespace net {
class Loop;
}

namespace fakes {

// One record as it stands in an answer.
struct DnsRecord {
  std::string owner;
  std::uint16_t type = 0;
  std::uint32_t ttl = 60;  // seconds
  std::string data;        // as on the wire
};

// Data of records, names uncompressed.
std::string dns_name(std::string_view name);
std::string dns_u16(std::uint16_t number);
std::string dns_u32(std::uint32_t number);
DnsRecord dns_address(std::string_view owner, std::string_view address, std::uint32_t ttl = 60);
DnsRecord dns_srv(std::string_view owner, std::uint16_t priority, std::uint16_t weight,
                  std::uint16_t port, std::string_view host, std::uint32_t ttl = 60);
DnsRecord dns_cname(std::string_view owner, std::string_view target, std::uint32_t ttl = 60);
DnsRecord dns_soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum);

// What is answered to a question.
struct DnsReply {
  std::uint16_t rcode = 0;
  std::vector<DnsRecord> answers;
  std::vector<DnsRecord> authority;
};

// A whole response to (id, name, type), with the truncation bit if wished.
std::string dns_message(std::uint16_t id, std::string_view name, std::uint16_t type,
                        const DnsReply& reply, bool truncated = false);

class DnsServer final {
 public:
  static constexpr std::uint16_t kA = 1;
  static constexpr std::uint16_t kAaaa = 28;
  static constexpr std::uint16_t kSrv = 33;

  // On 127.0.0.1, a port given by the kernel, for UDP and TCP alike.
  explicit DnsServer(net::Loop& loop);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  const base::Endpoint& endpoint() const { return endpoint_; }

  // What is not set is answered with NXDOMAIN without SOA.
  void set(std::string_view name, std::uint16_t type, DnsReply reply);
  void silence(std::string_view name);  // no answer at all
  void silence_type(std::string_view name, std::uint16_t type);
  void truncate_udp(std::string_view name);  // over UDP only the truncation bit

  // How often (name, type) was asked, over either transport, and how many came over TCP.
  int asked(std::string_view name, std::uint16_t type) const;
  int asked_by_tcp() const { return by_tcp_; }

 private:
  struct FreeEvent {
    void operator()(event* e) const noexcept;
  };
  struct Connection {
    DnsServer* server = nullptr;
    net::Socket socket;
    std::unique_ptr<event, FreeEvent> readable;
    std::string received;
  };
  using Key = std::pair<std::string, std::uint16_t>;

  static void on_udp(int fd, short what, void* self) noexcept;
  static void on_tcp(int fd, short what, void* connection) noexcept;
  void accept(net::Socket socket);
  // The reply to one query message, or nothing.
  std::optional<std::string> answer(std::string_view query, bool udp);

  net::Loop& loop_;
  base::Endpoint endpoint_;
  net::Socket udp_;
  std::unique_ptr<event, FreeEvent> udp_readable_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::map<Key, DnsReply> replies_;
  std::set<std::string> silent_;
  std::set<Key> silent_types_;
  std::set<std::string> truncated_;
  std::map<Key, int> asked_;
  int by_tcp_ = 0;
};

}  // namespace fakes
