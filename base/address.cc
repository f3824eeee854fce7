#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/text.h"

namespace base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// glibc's inet_pton takes exactly the strict spellings; what it needs is a NUL at the end, and so
// a NUL inside has to be refused first.
template <std::size_t N>
bool to_bytes(int family, std::string_view text, std::array<std::uint8_t, N>& bytes) {
  char copy[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof copy || text.find('\0') != std::string_view::npos) return false;
  text.copy(copy, text.size());
  return inet_pton(family, copy, bytes.data()) == 1;
}

Error not_an_address() {
  return Error{Errc::Malformed, "not an IP address"};
}

// "0." to "255.".
struct Decimal {
  char text[4];
  std::uint8_t size;  // without the dot
};
constexpr std::array<Decimal, 256> kDecimals = [] {
  std::array<Decimal, 256> all{};
  for (unsigned number = 0; number < all.size(); ++number) {
    Decimal& one = all[number];
    if (number >= 100) one.text[one.size++] = static_cast<char>('0' + number / 100);
    if (number >= 10) one.text[one.size++] = static_cast<char>('0' + number / 10 % 10);
    one.text[one.size++] = static_cast<char>('0' + number % 10);
    one.text[one.size] = '.';
  }
  return all;
}();

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  }
  IpAddress address;
  address.bytes_ = bytes;
  address.v4_ = false;
  return address;
}

std::string_view IpAddress::bytes() const {
  return {reinterpret_cast<const char*>(bytes_.data()), v4_ ? std::size_t{4} : bytes_.size()};
}

Result<IpAddress> parse_ip(std::string_view text) {
  if (std::array<std::uint8_t, 4> bytes; to_bytes(AF_INET, text, bytes)) {
    return IpAddress::v4(bytes);
  }
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return not_an_address();
    text = text.substr(1, text.size() - 2);
  }
  if (std::array<std::uint8_t, 16> bytes; to_bytes(AF_INET6, text, bytes)) {
    return IpAddress::v6(bytes);
  }
  return not_an_address();
}

char* IpText::write(const IpAddress& address, char* room) {
  static_assert(kMaxBytes == INET6_ADDRSTRLEN);
  if (!address.is_v4()) {
    const char* text = inet_ntop(AF_INET6, address.bytes().data(), room, kMaxBytes);
    assert(text != nullptr);
    return room + std::strlen(text);
  }
  // By a table, for every line of the traffic log has an address.
  for (const char byte : address.bytes()) {
    const Decimal& decimal = kDecimals[static_cast<unsigned char>(byte)];
    std::memcpy(room, decimal.text, sizeof decimal.text);  // what is too much is written over
    room += decimal.size + 1;
  }
  return room - 1;  // before the last dot
}

std::string to_string(const IpAddress& address) {
  return std::string(IpText(address).view());
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Error{Errc::Malformed, "no port"};
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  // Without its brackets an IPv6 address would lose its last group to the port.
  if (!host.starts_with('[') && host.find(':') != std::string_view::npos) {
    return Error{Errc::Malformed, "an IPv6 address with a port needs brackets"};
  }
  auto address = parse_ip(host);
  if (!address) return address.error();
  if (port == "0") return Endpoint{*address, 0};
  auto number = parse_port(port);
  if (!number) return number.error();
  return Endpoint{*address, *number};
}

std::string to_string(const Endpoint& endpoint) {
  std::string text = to_string(endpoint.address);
  if (!endpoint.address.is_v4()) text = "[" + text + "]";
  return text + ":" + std::to_string(endpoint.port);
}

Endpoint from_sockaddr(const sockaddr& address) {
  // Copied, not cast: the caller's storage may have any type.
  if (address.sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return {IpAddress::v4(bytes), ntohs(in.sin_port)};
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, static_cast<const void*>(&address), sizeof in);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return {IpAddress::v6(bytes), ntohs(in.sin6_port)};
  }
  return {};
}

unsigned to_sockaddr(const Endpoint& endpoint, sockaddr_storage& storage) {
  const std::string_view bytes = endpoint.address.bytes();
  std::memset(&storage, 0, sizeof storage);
  if (endpoint.address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&storage, &in, sizeof in);
    return sizeof in;
  }
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(endpoint.port);
  std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(&storage, &in, sizeof in);
  return sizeof in;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_decimal(text, 65535);
  if (!number) return Error{number.error().code, "not a port: " + number.error().detail};
  if (text.starts_with('0')) return Error{Errc::Malformed, "a port does not begin with 0"};
  return static_cast<std::uint16_t>(*number);
}

}  // namespace base
