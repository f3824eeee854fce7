#include "base/config_value.h"

#include <algorithm>
#include <cassert>
#include <span>

#include "base/text.h"

namespace base::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kDurations[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kSizes[] = {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};

// "64KiB" by the table: the number times the factor, if it is in the range.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units,
                                             std::uint64_t min, std::uint64_t max) {
  const auto unit_begin = std::ranges::find_if_not(text, is_digit) - text.begin();
  const std::string_view number = text.substr(0, static_cast<std::size_t>(unit_begin));
  const std::string_view name = text.substr(number.size());
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  const auto count = parse_decimal(number, max / unit->factor);
  if (!count || *count * unit->factor < min) return std::nullopt;
  return *count * unit->factor;
}

// The number in the largest unit that holds it without a rest.
std::string with_unit(std::uint64_t number, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) best = &unit;
  }
  return std::to_string(number / best->factor) + std::string(best->name);
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null:
      return "nothing";
    case Node::Kind::Scalar: {
      const std::string_view shown = std::string_view(node.text).substr(0, kMaxShownBytes);
      const bool cut = shown.size() < node.text.size();
      return "\"" + escape_for_log(shown) + (cut ? "…\"" : "\"");
    }
    case Node::Kind::List:
      return "a list";
    case Node::Kind::Map:
      return "a section";
  }
  return {};
}

bool is_one_line(const std::string& text) {
  return !text.empty() &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

// From a parser of text to one of nodes.
template <typename T>
auto from(Result<T> (*parse)(std::string_view)) {
  return [parse](const Node& node) -> std::optional<T> {
    auto value = parse(node.text);
    if (!value) return std::nullopt;
    return *std::move(value);
  };
}

}  // namespace

void Site::refuse(std::string_view expected) const {
  std::string text = "expected ";
  text.append(expected).append(", found ").append(describe(node));
  if (node.kind == Node::Kind::Scalar && node.quoted) text += " in quotes";
  report.add_at(node.where, path, text);
}

Value<std::string> text() {
  return scalar<std::string>("a text of one line", [](const Node& node) {
    return is_one_line(node.text) ? std::optional(node.text) : std::nullopt;
  });
}

Value<bool> boolean() {
  return scalar<bool>("true or false", [](const Node& node) -> std::optional<bool> {
    if (node.quoted) return std::nullopt;
    if (node.text == "true") return true;
    if (node.text == "false") return false;
    return std::nullopt;
  });
}

Value<Level> log_level() {
  return scalar<Level>("one of error, warn, info, debug", from(&parse_level));
}

Value<Endpoint> endpoint() {
  return scalar<Endpoint>("an address with a port, such as 127.0.0.1:8443 or \"[::1]:8443\"",
                          [](const Node& node) -> std::optional<Endpoint> {
                            const auto endpoint = parse_endpoint(node.text);
                            return endpoint && endpoint->port != 0 ? std::optional(*endpoint)
                                                                   : std::nullopt;
                          });
}

Value<IpAddress> ip_address() {
  return scalar<IpAddress>("an IP address, such as 10.1.2.3 or 2001:db8::1", from(&parse_ip));
}

Value<std::uint16_t> port() {
  return scalar<std::uint16_t>("a port (1 to 65535)",
                               [](const Node& node) -> std::optional<std::uint16_t> {
                                 const auto port = parse_port(node.text);
                                 if (!port || node.quoted || *port == 0) return std::nullopt;
                                 return *port;
                               });
}

Value<std::string> host_name() {
  return scalar<std::string>("a host name, such as edge.example.com", [](const Node& node) {
    return is_host_name(node.text) ? std::optional(to_lower(node.text)) : std::nullopt;
  });
}

Value<std::string> host() {
  return scalar<std::string>("a host name or an IP address",
                             [](const Node& node) -> std::optional<std::string> {
                               if (is_host_name(node.text)) return to_lower(node.text);
                               if (const auto address = parse_ip(node.text))
                                 return to_string(*address);
                               return std::nullopt;
                             });
}

Value<std::string> path() {
  Value<std::string> name = text();
  auto read = [inner = std::move(name.read)](const Site& site) {
    std::optional<std::string> path = inner(site);
    if (path && !path->starts_with('/') && !site.folder.empty()) {
      *path = site.folder + "/" + *path;
    }
    return path;
  };
  return {"a path", std::move(read)};
}

Value<std::string> path_or_dash() {
  Value<std::string> file = path();
  auto read = [inner = std::move(file.read)](const Site& site) {
    const bool dash = site.node.kind == Node::Kind::Scalar && site.node.text == "-";
    return dash ? std::optional<std::string>("-") : inner(site);
  };
  return {"a path, or \"-\" for stderr", std::move(read)};
}

Value<Duration> duration(Duration min, Duration max) {
  assert(min.count() >= 0 && min <= max);
  const auto low = static_cast<std::uint64_t>(min.count());
  const auto high = static_cast<std::uint64_t>(max.count());
  return scalar<Duration>("a time from " + with_unit(low, kDurations) + " to " +
                              with_unit(high, kDurations) + " (units: ms, s, m, h, d)",
                          [low, high](const Node& node) -> std::optional<Duration> {
                            const auto count = parse_with_unit(node.text, kDurations, low, high);
                            if (!count) return std::nullopt;
                            return Duration(static_cast<Duration::rep>(*count));
                          });
}

Value<std::uint64_t> size_bytes(std::uint64_t min, std::uint64_t max) {
  return scalar<std::uint64_t>(
      "a size from " + with_unit(min, kSizes) + " to " + with_unit(max, kSizes) +
          " (units: KiB, MiB, GiB; none: bytes)",
      [min, max](const Node& node) { return parse_with_unit(node.text, kSizes, min, max); });
}

Value<std::int64_t> whole_number(std::int64_t min, std::int64_t max) {
  assert(min >= 0 && min <= max);
  return scalar<std::int64_t>(
      "a whole number from " + std::to_string(min) + " to " + std::to_string(max),
      [min, max](const Node& node) -> std::optional<std::int64_t> {
        const auto number = parse_decimal(node.text, static_cast<std::uint64_t>(max));
        const bool canonical = !node.text.starts_with('0') || node.text.size() == 1;
        if (!number || node.quoted || !canonical) return std::nullopt;
        const auto value = static_cast<std::int64_t>(*number);
        return value >= min ? std::optional(value) : std::nullopt;
      });
}

std::string join_names(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

}  // namespace base::config
