#include "policy/host_path.h"

#include <functional>
#include <span>
#include <utility>

#include "base/address.h"
#include "base/base64.h"
#include "base/byte_block.h"
#include "base/text.h"

namespace policy {
namespace {

base::Error malformed(const char* why) {
  return {base::Errc::Malformed, why};
}

// Takes escaped padding ("%3D", in either case) off the end, two at most, and says how many.
std::size_t take_escaped_padding(std::string_view& text) {
  std::size_t count = 0;
  while (count < 2 && text.size() >= 3 && base::iequals(text.substr(text.size() - 3), "%3d")) {
    text.remove_suffix(3);
    ++count;
  }
  return count;
}

base::Result<std::size_t> decode_segment(std::string_view segment, std::span<char> out) {
  const std::size_t escaped = take_escaped_padding(segment);
  if (escaped > 0) return base::decode_base64(std::string(segment).append(escaped, '='), out);
  if (segment.empty()) return malformed("an empty host path");
  return base::decode_base64(segment, out);
}

constexpr std::size_t kMaxParts = 4;  // domain, scheme, host, port

// Splits at the slashes into `parts` and says how many there are; more than fit are counted as one
// too many.
std::size_t split(std::string_view text, std::span<std::string_view, kMaxParts> parts) {
  for (std::size_t count = 0; count < parts.size(); ++count) {
    const std::size_t end = text.find('/');
    parts[count] = text.substr(0, end);
    if (end == std::string_view::npos) return count + 1;
    text.remove_prefix(end + 1);
  }
  return parts.size() + 1;
}

base::Result<HostPath::Target> parse_target(std::span<const std::string_view> parts) {
  HostPath::Target target;
  if (parts[1] == to_string(Scheme::Http)) {
    target.scheme = Scheme::Http;
  } else if (parts[1] != to_string(Scheme::Https)) {
    return malformed("unknown scheme in the host path");
  }
  const std::string_view host = parts[2];
  if (base::is_host_name(host)) {  // never what is also an address
    target.host = base::to_lower(host);
    target.qualified = host.find('.') != std::string_view::npos;
  } else {
    const auto address = base::parse_ip(host);
    if (!address || address->is_v4() == host.starts_with('[')) {
      return malformed("no host name in the host path");
    }
    target.is_address = true;
    target.host = base::to_string(*address);
  }
  target.port = default_port(target.scheme);
  if (parts.size() == 4) {
    const auto port = base::parse_port(parts[3]);
    if (!port) return malformed("no port in the host path");
    target.port = *port;
  }
  return target;
}

bool is_clean(std::string_view rest) {
  return base::is_all(
      rest, [](char c) { return base::is_visible(c) && c != '#'; },
      [](base::ByteBlock block) { return (block < 0x21) | (block == 0x7f) | (block == '#'); });
}

// "/" segment rest; views of the target.
struct Halves {
  std::string_view segment;
  std::string_view rest;
};

base::Result<Halves> halve(std::string_view target) {
  if (!target.starts_with('/')) return malformed("no path");
  const std::size_t end = target.find('/', 1);
  const std::string_view segment = target.substr(1, end == std::string_view::npos ? end : end - 1);
  if (segment.size() > kMaxHostPathBase64) {
    return base::Error{base::Errc::TooLarge, "host path too long"};
  }
  if (end == std::string_view::npos) return malformed("nothing behind the host path");
  const Halves halves{segment, target.substr(end)};
  if (!is_clean(halves.rest)) return malformed("a control, space or '#' in the path");
  return halves;
}

// Without a rest.
base::Result<HostPath> parse_segment(std::string_view segment) {
  char buffer[base::decoded_base64_bytes(kMaxHostPathBase64)];
  const auto size = decode_segment(segment, buffer);
  if (!size) return size.error();
  std::array<std::string_view, kMaxParts> room;
  const std::size_t count = split({buffer, *size}, room);
  if (count == 2 || count > room.size()) return malformed("not a host path");
  const std::span<const std::string_view> parts = std::span(room).first(count);
  if (!base::is_host_name(parts[0])) return malformed("no domain in the host path");
  HostPath path;
  path.domain = base::to_lower(parts[0]);
  if (parts.size() > 1) {
    auto parsed = parse_target(parts);
    if (!parsed) return parsed.error();
    path.target = std::move(*parsed);
  }
  return path;
}

}  // namespace

const char* to_string(Scheme scheme) {
  return scheme == Scheme::Http ? "http" : "https";
}

std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::Http ? 6970 : 8443;
}

base::Result<HostPath> parse_host_path(std::string_view target) {
  const auto halves = halve(target);
  if (!halves) return halves.error();
  auto path = parse_segment(halves->segment);
  if (path) path->rest = halves->rest;
  return path;
}

base::Result<HostPath> HostPathCache::parse(std::string_view target) {
  const auto halves = halve(target);
  if (!halves) return halves.error();
  const auto [segment, rest] = *halves;
  if (segment.size() > kMaxSegment) return parse_host_path(target);
  Entry& entry = entries_[std::hash<std::string_view>{}(segment) % entries_.size()];
  if (entry.segment != segment || segment.empty()) {
    auto path = parse_segment(segment);
    if (!path) return path;
    entry = {std::string(segment), std::move(*path)};
  }
  HostPath path = entry.path;
  path.rest = rest;
  return path;
}

std::string to_string(const HostPath& path) {
  std::string text = path.domain;
  if (path.target) {
    const bool v6 = path.target->host.find(':') != std::string::npos;
    text += '/';
    text += to_string(path.target->scheme);
    text += '/';
    text += v6 ? '[' + path.target->host + ']' : path.target->host;
    text += '/';
    text += std::to_string(path.target->port);
  }
  return ('/' + base::encode_base64url(text)).append(path.rest);
}

}  // namespace policy
