#pragma once
// How one value of a configuration file is read: config::port(), config::list(config::host_name()).
// Each says what it expects, and says so again when it finds something else.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/config_node.h"
#include "base/log.h"

namespace base::config {

// A node on its way into a struct. Lives for the call only.
struct Site {
  const Node& node;
  std::string path;           // "listeners.https[1].port"
  const std::string& folder;  // of the file: relative paths start there
  Report& report;

  // Adds "expected …, found …" to the report.
  void refuse(std::string_view expected) const;
};

// Reads a T; what is wrong goes to the site's report, and then there is no value.
template <typename T>
struct Value {
  std::string expected;  // "a port (1 to 65535)"
  std::function<std::optional<T>(const Site&)> read;
};

// A value written as one scalar. `parse` gets the node for its text; nothing if it does not fit.
template <typename T>
Value<T> scalar(std::string expected, std::function<std::optional<T>(const Node&)> parse) {
  auto read = [expected, parse = std::move(parse)](const Site& site) {
    std::optional<T> value;
    if (site.node.kind == Node::Kind::Scalar) value = parse(site.node);
    if (!value) site.refuse(expected);
    return value;
  };
  return {expected, std::move(read)};
}

Value<std::string> text();       // not empty, one line
Value<bool> boolean();           // true, false: not "yes", not in quotes
Value<Level> log_level();        // error, warn, info, debug
Value<Endpoint> endpoint();      // "127.0.0.1:8443", "[::]:8443"; port 1 to 65535
Value<IpAddress> ip_address();   // "10.1.2.3", "2001:db8::1"
Value<std::uint16_t> port();     // 1 to 65535
Value<std::string> host_name();  // base::is_host_name; made lower case
Value<std::string> host();       // the same, or an IP address as base::to_string writes it
// A file or folder. A relative one is taken from the folder of the configuration file.
Value<std::string> path();
// The same, but "-" (stderr) stays as it is: for log files.
Value<std::string> path_or_dash();

// "250ms", "5s", "15m", "8h", "30d": a whole number and a unit.
using Duration = std::chrono::milliseconds;
Value<Duration> duration(Duration min, Duration max);
// A number of bytes: "4096", "64KiB", "8MiB", "1GiB".
Value<std::uint64_t> size_bytes(std::uint64_t min, std::uint64_t max);

Value<std::int64_t> whole_number(std::int64_t min, std::int64_t max);

template <std::integral Int>
Value<Int> integer(Int min, Int max = std::numeric_limits<std::int32_t>::max()) {
  Value<std::int64_t> number =
      whole_number(static_cast<std::int64_t>(min), static_cast<std::int64_t>(max));
  auto read = [wide = std::move(number.read)](const Site& site) -> std::optional<Int> {
    if (const auto value = wide(site)) return static_cast<Int>(*value);
    return std::nullopt;
  };
  return {number.expected, std::move(read)};
}

// "prefix, exact": for `expected`.
std::string join_names(const std::vector<std::string>& names);

// One of some words: choice<Match>({{"exact", Match::Exact}, {"prefix", Match::Prefix}}).
template <typename T>
Value<T> choice(std::initializer_list<std::pair<std::string, T>> words) {
  std::vector<std::string> names;
  for (const auto& [name, value] : words)
    names.push_back(name);
  std::vector<std::pair<std::string, T>> table(words);
  return scalar<T>("one of " + join_names(names),
                   [table = std::move(table)](const Node& node) -> std::optional<T> {
                     for (const auto& [name, value] : table) {
                       if (name == node.text) return value;
                     }
                     return std::nullopt;
                   });
}

// Fails as a whole when one item does, but reads them all for the report.
template <typename T>
Value<std::vector<T>> list(Value<T> item) {
  std::string expected = "a list, each " + item.expected;
  auto read = [item = std::move(item), expected](const Site& site) {
    std::optional<std::vector<T>> values;
    if (site.node.kind != Node::Kind::List) {
      site.refuse(expected);
      return values;
    }
    values.emplace();
    bool whole = true;
    for (const Node& node : site.node.items) {
      const Site one{node, item_path(site.path, values->size()), site.folder, site.report};
      site.report.note(one.path, node.where);
      std::optional<T> value = item.read(one);
      whole = whole && value;
      values->push_back(value ? *std::move(value) : T());
    }
    if (!whole) values.reset();
    return values;
  };
  return {std::move(expected), std::move(read)};
}

}  // namespace base::config
