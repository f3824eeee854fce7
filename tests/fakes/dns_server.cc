#include "tests/fakes/dns_server.h"

#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cassert>

#include "base/text.h"
#include "net/loop.h"

namespace fakes {
namespace {

constexpr std::uint16_t kClassIn = 1;
constexpr std::size_t kHeaderBytes = 12;

std::uint16_t u16_at(std::string_view text, std::size_t at) {
  const auto high = static_cast<unsigned char>(text[at]);
  const auto low = static_cast<unsigned char>(text[at + 1]);
  return static_cast<std::uint16_t>(high << 8 | low);
}

std::string record_text(const DnsRecord& record) {
  return dns_name(record.owner) + dns_u16(record.type) + dns_u16(kClassIn) + dns_u32(record.ttl) +
         dns_u16(static_cast<std::uint16_t>(record.data.size())) + record.data;
}

base::Endpoint bound_to(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return base::from_sockaddr(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

std::string dns_name(std::string_view name) {
  std::string wire;
  if (name != "." && !name.empty()) {
    for (const std::string_view label : base::split(name, '.')) {
      wire += static_cast<char>(label.size());
      wire += label;
    }
  }
  wire += '\0';
  return wire;
}

std::string dns_u16(std::uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

std::string dns_u32(std::uint32_t number) {
  return dns_u16(static_cast<std::uint16_t>(number >> 16)) +
         dns_u16(static_cast<std::uint16_t>(number & 0xffff));
}

DnsRecord dns_address(std::string_view owner, std::string_view address, std::uint32_t ttl) {
  const auto parsed = base::parse_ip(address);
  assert(parsed);
  const std::uint16_t type = parsed->is_v4() ? DnsServer::kA : DnsServer::kAaaa;
  return {std::string(owner), type, ttl, std::string(parsed->bytes())};
}

DnsRecord dns_srv(std::string_view owner, std::uint16_t priority, std::uint16_t weight,
                  std::uint16_t port, std::string_view host, std::uint32_t ttl) {
  return {std::string(owner), DnsServer::kSrv, ttl,
          dns_u16(priority) + dns_u16(weight) + dns_u16(port) + dns_name(host)};
}

DnsRecord dns_cname(std::string_view owner, std::string_view target, std::uint32_t ttl) {
  return {std::string(owner), 5, ttl, dns_name(target)};
}

DnsRecord dns_soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum) {
  return {std::string(owner), 6, ttl,
          dns_name("ns.example") + dns_name("admin.example") + dns_u32(1) + dns_u32(2) +
              dns_u32(3) + dns_u32(4) + dns_u32(minimum)};
}

std::string dns_message(std::uint16_t id, std::string_view name, std::uint16_t type,
                        const DnsReply& reply, bool truncated) {
  const unsigned flags = 0x8580u | reply.rcode | (truncated ? 0x0200u : 0u);
  std::string text = dns_u16(id) + dns_u16(static_cast<std::uint16_t>(flags)) + dns_u16(1) +
                     dns_u16(static_cast<std::uint16_t>(reply.answers.size())) +
                     dns_u16(static_cast<std::uint16_t>(reply.authority.size())) + dns_u16(0) +
                     dns_name(name) + dns_u16(type) + dns_u16(kClassIn);
  for (const DnsRecord& record : reply.answers)
    text += record_text(record);
  for (const DnsRecord& record : reply.authority)
    text += record_text(record);
  return text;
}

void DnsServer::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

DnsServer::DnsServer(net::Loop& loop) : loop_(loop) {
  // The port that TCP was given may be taken for UDP by somebody else: then another one.
  for (int tries = 0; tries < 20 && !udp_; ++tries) {
    auto listener = net::Listener::open(
        loop, *base::parse_endpoint("127.0.0.1:0"),
        [this](net::Socket socket, const base::Endpoint&) { accept(std::move(socket)); });
    assert(listener);
    net::Socket udp(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    const unsigned length = base::to_sockaddr((*listener)->local(), address);
    if (::bind(udp.fd(), reinterpret_cast<sockaddr*>(&address), length) != 0) continue;
    listener_ = std::move(*listener);
    udp_ = std::move(udp);
  }
  assert(udp_);
  endpoint_ = bound_to(udp_.fd());
  udp_readable_.reset(event_new(loop.base(), udp_.fd(), EV_READ | EV_PERSIST, &on_udp, this));
  event_add(udp_readable_.get(), nullptr);
}

DnsServer::~DnsServer() = default;

void DnsServer::set(std::string_view name, std::uint16_t type, DnsReply reply) {
  replies_[{std::string(name), type}] = std::move(reply);
}

void DnsServer::silence(std::string_view name) {
  silent_.emplace(name);
}

void DnsServer::silence_type(std::string_view name, std::uint16_t type) {
  silent_types_.emplace(name, type);
}

void DnsServer::truncate_udp(std::string_view name) {
  truncated_.emplace(name);
}

int DnsServer::asked(std::string_view name, std::uint16_t type) const {
  const auto found = asked_.find({std::string(name), type});
  return found == asked_.end() ? 0 : found->second;
}

std::optional<std::string> DnsServer::answer(std::string_view query, bool udp) {
  if (query.size() < kHeaderBytes) return std::nullopt;
  std::string name;
  std::size_t at = kHeaderBytes;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<unsigned char>(query[at]);
    if (!name.empty()) name += '.';
    name += base::to_lower(query.substr(at + 1, length));
    at += length + 1u;
  }
  if (at + 3 > query.size()) return std::nullopt;
  const std::uint16_t type = u16_at(query, at + 1);
  ++asked_[{name, type}];
  if (!udp) ++by_tcp_;
  if (silent_.contains(name) || silent_types_.contains({name, type})) return std::nullopt;
  const std::uint16_t id = u16_at(query, 0);
  if (udp && truncated_.contains(name)) return dns_message(id, name, type, {}, true);
  const auto reply = replies_.find({name, type});
  if (reply == replies_.end()) return dns_message(id, name, type, {3, {}, {}});
  return dns_message(id, name, type, reply->second);
}

void DnsServer::on_udp(int fd, short, void* self) noexcept {
  std::array<char, 4096> buffer{};
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  auto* const remote = reinterpret_cast<sockaddr*>(&from);
  const ssize_t got = ::recvfrom(fd, buffer.data(), buffer.size(), 0, remote, &length);
  if (got <= 0) return;
  const auto text =
      static_cast<DnsServer*>(self)->answer({buffer.data(), static_cast<std::size_t>(got)}, true);
  if (!text) return;
  [[maybe_unused]] const ssize_t sent = ::sendto(fd, text->data(), text->size(), 0, remote, length);
}

void DnsServer::accept(net::Socket socket) {
  auto connection = std::make_unique<Connection>();
  connection->server = this;
  connection->socket = std::move(socket);
  connection->readable.reset(event_new(loop_.base(), connection->socket.fd(), EV_READ | EV_PERSIST,
                                       &on_tcp, connection.get()));
  event_add(connection->readable.get(), nullptr);
  connections_.push_back(std::move(connection));
}

void DnsServer::on_tcp(int fd, short, void* data) noexcept {
  auto& connection = *static_cast<Connection*>(data);
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) return connection.readable.reset();
  std::string& received = connection.received;
  received.append(buffer.data(), static_cast<std::size_t>(got));
  while (received.size() >= 2 && received.size() >= 2u + u16_at(received, 0)) {
    const std::size_t length = u16_at(received, 0);
    const auto text =
        connection.server->answer(std::string_view(received).substr(2, length), false);
    received.erase(0, 2 + length);
    if (!text) continue;
    const std::string framed = dns_u16(static_cast<std::uint16_t>(text->size())) + *text;
    [[maybe_unused]] const ssize_t sent = ::write(fd, framed.data(), framed.size());
  }
}

}  // namespace fakes
