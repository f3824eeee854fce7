#include "home/uds.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "home/credentials.h"
#include "home/uds_documents.h"

namespace home {
namespace {

using net::http::Exchange;
using net::http::ExchangeTrace;

constexpr std::size_t kSessionIdBytes = 16;

// "https://<node>:<port>/cucm-uds": the node by the name it was asked by, the port it was asked at.
std::string root_of(const Cluster& cluster, const Exchange& exchange) {
  return "https://" + node_asked(cluster, exchange.request().authority) + ":" +
         std::to_string(exchange.peer().stream.local.port) + "/cucm-uds";
}

Reply not_found() {
  return refusal(404, "no such resource", "no such resource");
}

Reply bad_request(std::string_view reason) {
  return refusal(400, "the request cannot be read", reason);
}

std::string session_id() {
  std::string id = base::random_hex(kSessionIdBytes);
  std::transform(id.begin(), id.end(), id.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return id;
}

// What a call manager adds for a user who signed in. The session ids are for clients that expect
// some; they open nothing here, every request brings its credentials.
Reply own_document(std::string body) {
  Reply reply = document(std::move(body));
  auto& fields = reply.response.head.fields;
  fields.add("Cache-Control", "private");
  fields.add("Expires", "Thu, 01 Jan 1970 00:00:00 GMT");
  fields.add("Set-Cookie", "JSESSIONIDSSO=" + session_id() + "; Path=/; Secure; HttpOnly");
  fields.add("Set-Cookie", "JSESSIONID=" + session_id() + "; Path=/cucm-uds/; Secure; HttpOnly");
  return reply;
}

// A decimal parameter up to `most`; `absent` when it is not there, none when it is no number.
std::optional<std::size_t> number(const Resource& resource, std::string_view name,
                                  std::size_t absent, std::size_t most) {
  const auto text = resource.parameter(name);
  if (!text) return absent;
  const auto value = base::parse_decimal(*text);
  if (!value) return std::nullopt;
  return std::min<std::uint64_t>(*value, most);
}

}  // namespace

Uds::Uds(const Cluster& cluster, Store& store, Authenticator& authenticator, AccessLog& log)
    : cluster_(cluster), store_(store), authenticator_(authenticator), log_(log) {}

void Uds::handle(Exchange& exchange) {
  ExchangeTrace trace = log_.begin(exchange);
  auto resource = parse_target(exchange.request().target);
  if (!resource) return send(exchange, trace, bad_request(resource.error().detail));
  const auto& path = resource->segments;
  if (path.front() != "cucm-uds" || path.size() < 2) return send(exchange, trace, not_found());
  const std::string& method = exchange.request().method;
  const bool readable = method == "GET" || method == "HEAD";
  if (path[1] == "user" && path.size() >= 3) {
    if (!readable) return send(exchange, trace, method_refusal());
    return handle_own(exchange, std::move(trace), *std::move(resource));
  }
  Reply reply = open_reply(exchange, *resource);
  if (!readable && reply.response.head.status != 404) reply = method_refusal();
  send(exchange, trace, std::move(reply));
}

Reply Uds::open_reply(const Exchange& exchange, const Resource& resource) {
  if (resource.segments.size() != 2) return not_found();
  const std::string& name = resource.segments[1];
  const std::string root = root_of(cluster_, exchange);
  if (name == "version") return document(version_document({cluster_, root}));
  if (name == "servers") return document(servers_document({cluster_, root}));
  if (name == "clusterUser") return cluster_user_reply(exchange, resource);
  if (name == "users") return search_reply(exchange, resource);
  return not_found();
}

Reply Uds::cluster_user_reply(const Exchange& exchange, const Resource& resource) {
  const auto username = resource.parameter("username");
  if (!username || username->empty()) return bad_request("clusterUser without username");
  UserPage page;
  auto user = store_.user(*username);
  if (!user && user.error().code != base::Errc::NotFound) return store_failure(user.error());
  if (user) page.users.push_back(*std::move(user));
  page.total = page.users.size();
  UserQuery query;
  query.count = kClusterUserPage;
  const std::string root = root_of(cluster_, exchange);
  return document(users_document({cluster_, root}, page, query));
}

Reply Uds::search_reply(const Exchange& exchange, const Resource& resource) {
  UserQuery query;
  const struct {
    std::string_view name;
    std::string& value;
  } texts[] = {{"name", query.name},
               {"username", query.username},
               {"first", query.first},
               {"last", query.last},
               {"number", query.number}};
  for (const auto& [name, value] : texts) {
    const auto given = resource.parameter(name);
    if (given && given->size() > kMaxTextBytes) return bad_request("a text that is too long");
    if (given) value = *given;
  }
  constexpr std::size_t kFarthest = 1'000'000'000;
  const auto start = number(resource, "start", 0, kFarthest);
  const auto count = number(resource, "max", kPage, kMaxPage);
  if (!start || !count) return bad_request("start or max is not a number");
  query.start = *start;
  query.count = *count;
  const auto page = store_.find_users(query);
  if (!page) return store_failure(page.error());
  const std::string root = root_of(cluster_, exchange);
  return document(users_document({cluster_, root}, *page, query));
}

void Uds::handle_own(Exchange& exchange, ExchangeTrace trace, Resource resource) {
  const auto credentials = credentials_of(exchange, trace);
  if (!credentials) return;
  auto reply = [this, &exchange, resource = std::move(resource),
                user = credentials->user](bool accepted) {
    if (!accepted) return unauthorized("wrong user or password");
    return own_reply(exchange, resource, user);
  };
  answer_judged(exchange, std::move(trace), authenticator_, *credentials, std::move(reply));
}

Reply Uds::own_reply(const Exchange& exchange, const Resource& resource, std::string_view name) {
  const auto& path = resource.segments;
  if (!base::iequals(path[2], name)) {
    return refusal(403, "not your own data", "another user's data");
  }
  const auto user = store_.user(name);
  if (!user) return store_failure(user.error());
  const std::string root = root_of(cluster_, exchange);
  const Place place{cluster_, root};
  if (path.size() == 3) return own_document(user_document(place, *user));
  if (path[3] != "devices" && path[3] != "device") return not_found();
  const auto devices = store_.devices_of(user->name);
  if (!devices) return store_failure(devices.error());
  if (path[3] == "devices") {
    if (path.size() != 4) return not_found();
    return own_document(devices_document(place, user->name, *devices));
  }
  if (path.size() != 5) return not_found();
  for (const Device& device : *devices) {
    if (device.id == path[4]) return own_document(device_document(place, user->name, device));
  }
  return not_found();
}

}  // namespace home
