#include "policy/allow_list.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/address.h"
#include "base/text.h"
#include "policy/path.h"

namespace policy {
namespace {

std::optional<std::uint32_t> method_bit(std::string_view method) {
  const auto known = std::find(std::begin(kKnownMethods), std::end(kKnownMethods), method);
  if (known == std::end(kKnownMethods)) return std::nullopt;
  return 1u << (known - std::begin(kKnownMethods));
}

std::string_view without_final_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::size_t segment_count(std::string_view prefix) {
  return static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), '/'));
}

base::Error wrong(const Rule& rule, std::string_view what) {
  return {base::Errc::Malformed, "rule \"" + rule.name + "\": " + std::string(what)};
}

// A name in lower case, or an address in its one spelling.
bool is_rule_host(std::string_view host) {
  if (const auto address = base::parse_ip(host)) return base::to_string(*address) == host;
  return base::is_host_name(host) && base::to_lower(host) == host;
}

base::Result<std::uint32_t> check_rule(const Rule& rule) {
  if (!is_rule_host(rule.host)) return wrong(rule, "not a host: " + rule.host);
  if (rule.port == 0) return wrong(rule, "no port");
  if (const char* why = check_path(rule.path)) return wrong(rule, "path: " + std::string(why));
  std::uint32_t methods = 0;
  for (const std::string& method : rule.methods) {
    const auto bit = method_bit(method);
    if (!bit) return wrong(rule, "unknown method: " + method);
    methods |= *bit;
  }
  if (methods == 0) return wrong(rule, "no method");
  return methods;
}

// Takes the first entry that allows `method` as the verdict; true when there is one. An entry that
// does not allow it still tells that the path is known.
bool decide(const auto& entries, std::uint32_t method, AllowVerdict& verdict) {
  for (const auto& entry : entries) {
    if ((entry.methods & method) != 0) {
      verdict = {AllowReason::Allowed, entry.name, {}};
      return true;
    }
    if (verdict.reason != AllowReason::MethodNotAllowed) {
      verdict = {AllowReason::MethodNotAllowed, entry.name, {}};
    }
  }
  return false;
}

bool decide_at(const auto& paths, std::string_view path, std::uint32_t method,
               AllowVerdict& verdict) {
  const auto found = paths.find(path);
  return found != paths.end() && decide(found->second, method, verdict);
}

// The first `count` segments of a path; all of it when it has fewer.
std::string_view first_segments(std::string_view path, std::size_t count) {
  std::size_t end = 0;
  for (; count > 0 && end != std::string_view::npos; --count)
    end = path.find('/', end + 1);
  return path.substr(0, end);
}

}  // namespace

const char* to_string(AllowReason reason) {
  switch (reason) {
    case AllowReason::Allowed:
      return "allowed";
    case AllowReason::HostNotAllowed:
      return "host not allowed";
    case AllowReason::PathNotCanonical:
      return "path not canonical";
    case AllowReason::PathNotAllowed:
      return "path not allowed";
    case AllowReason::MethodNotAllowed:
      return "method not allowed";
  }
  return "?";
}

std::size_t AllowList::HostHash::operator()(const HostKey& key) const {
  const std::size_t place = std::size_t{key.port} << 1 | (key.scheme == Scheme::Https ? 1u : 0u);
  return std::hash<std::string_view>{}(key.host) ^ place * 0x9e3779b97f4a7c15u;
}

base::Result<AllowList> AllowList::compile(std::span<const Rule> rules) {
  AllowList list;
  for (const Rule& rule : rules) {
    const auto methods = check_rule(rule);
    if (!methods) return methods.error();
    Host& host = list.hosts_[OwnedKey{rule.scheme, rule.port, rule.host}];
    Paths* paths = &host.exact;
    std::string path = rule.path;
    if (rule.match != Rule::Match::Exact) {
      path = without_final_slash(path);
      paths = rule.match == Rule::Match::Prefix ? &host.prefixes : &host.folders;
    }
    if (rule.match == Rule::Match::Prefix) {
      host.deepest_prefix = std::max(host.deepest_prefix, segment_count(path));
    }
    (*paths)[path].push_back({*methods, rule.name});
  }
  return list;
}

const AllowList::Host* AllowList::find_host(Scheme scheme, std::string_view host,
                                            std::uint16_t port) const {
  const auto found = hosts_.find(HostKey{scheme, port, host});
  return found == hosts_.end() ? nullptr : &found->second;
}

bool AllowList::knows_host(Scheme scheme, std::string_view host, std::uint16_t port) const {
  return find_host(scheme, host, port) != nullptr;
}

AllowVerdict AllowList::check(const AllowRequest& request) const {
  const Host* host = find_host(request.scheme, request.host, request.port);
  if (host == nullptr) return {AllowReason::HostNotAllowed, {}, {}};
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (const char* why = check_path(path)) return {AllowReason::PathNotCanonical, {}, why};
  const std::uint32_t method = method_bit(request.method).value_or(0);

  AllowVerdict verdict{AllowReason::PathNotAllowed, {}, {}};
  if (decide_at(host->exact, path, method, verdict)) return verdict;
  const std::size_t name_at = path.rfind('/') + 1;
  if (name_at < path.size() &&
      decide_at(host->folders, path.substr(0, name_at - 1), method, verdict)) {
    return verdict;
  }
  if (host->prefixes.empty()) return verdict;
  std::string_view prefix = first_segments(path, host->deepest_prefix);
  for (;;) {  // from the longest that any rule has down to the root
    prefix = without_final_slash(prefix);
    if (decide_at(host->prefixes, prefix, method, verdict)) return verdict;
    if (prefix.empty()) return verdict;
    prefix = prefix.substr(0, prefix.rfind('/'));
  }
}

std::vector<Rule> rules_for_nodes(std::span<const Node> nodes) {
  std::vector<Rule> rules;
  for (const Node& node : nodes) {
    Rule rule;
    rule.host = node.host;
    rule.scheme = node.kind == Node::Kind::Uds ? Scheme::Https : Scheme::Http;
    rule.port = node.port != 0 ? node.port : default_port(rule.scheme);
    if (node.kind == Node::Kind::Uds) {
      rule.name = "uds " + node.host;
      rule.path = "/cucm-uds/";
      rules.push_back(rule);
      rule.name = "uds user " + node.host;
      rule.path = "/cucm-uds/user/";
      rule.methods = {"GET", "HEAD", "PUT", "POST", "DELETE"};
      rules.push_back(std::move(rule));
      continue;
    }
    rule.name = "tftp " + node.host;
    rule.match = Rule::Match::File;
    rules.push_back(rule);
    rule.path = "/CUPC/";
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace policy
