#pragma once
// IP addresses and endpoints (address and port). Pure values: no names are resolved here.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

struct sockaddr;
struct sockaddr_storage;

namespace base {

// An IPv4 or IPv6 address in network byte order. An IPv4-mapped IPv6 address is kept as IPv4.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

  bool is_v4() const { return v4_; }
  // The 4 or 16 bytes of the address, network order.
  std::string_view bytes() const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = true;
};

// Reads "10.1.2.3", "2001:db8::1" or "[2001:db8::1]". Malformed for anything else, among it the
// short, octal and hexadecimal spellings that inet_aton takes ("127.1", "0177.0.0.1", "0x7f.1").
Result<IpAddress> parse_ip(std::string_view text);
// "10.1.2.3" or "2001:db8::1" (RFC 5952), without brackets.
std::string to_string(const IpAddress& address);

// The same without a string, for the traffic log.
class IpText {
 public:
  static constexpr std::size_t kMaxBytes = 46;  // INET6_ADDRSTRLEN

  explicit IpText(const IpAddress& address)
      : size_(static_cast<std::size_t>(write(address, bytes_) - bytes_)) {}
  std::string_view view() const { return {bytes_, size_}; }
  // Writes it to `room`, which has kMaxBytes, and returns its end.
  static char* write(const IpAddress& address, char* room);

 private:
  char bytes_[kMaxBytes];
  std::size_t size_;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

// Reads "10.1.2.3:8443" or "[2001:db8::1]:8443"; the port is 0 to 65535 in plain decimals.
Result<Endpoint> parse_endpoint(std::string_view text);
// "10.1.2.3:8443" or "[2001:db8::1]:8443".
std::string to_string(const Endpoint& endpoint);

// Between an Endpoint and the socket calls. `from_sockaddr` gives 0.0.0.0:0 for other families.
Endpoint from_sockaddr(const sockaddr& address);
// Fills `storage` and returns the length to pass on.
unsigned to_sockaddr(const Endpoint& endpoint, sockaddr_storage& storage);

// A port: "1" to "65535", digits only, no sign, no leading zero.
Result<std::uint16_t> parse_port(std::string_view text);

}  // namespace base
