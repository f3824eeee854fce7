#include "home/presence.h"

#include <string>
#include <utility>

#include "home/credentials.h"

namespace home {
namespace {

using net::http::Exchange;
using net::http::ExchangeTrace;

constexpr std::string_view kRoot = "/presence/";

Reply text_reply(std::string_view line) {
  Reply reply{net::http::text_response(200, line), {}};
  reply.response.head.fields.add("Cache-Control", "no-store");
  return reply;
}

Reply refused() {
  Reply reply = unauthorized("wrong user or password");
  reply.response.body = "refused\n";
  reply.response.head.content_length = reply.response.body.size();
  return reply;
}

Reply token_expired() {
  Reply reply = unauthorized("a one-time password that was used or is too old");
  reply.response.body = "token-expired\n";
  reply.response.head.content_length = reply.response.body.size();
  return reply;
}

Reply only(std::string_view method) {
  Reply reply = refusal(405, "use " + std::string(method), "method not allowed");
  reply.response.head.fields.add("Allow", method);
  return reply;
}

}  // namespace

void Presence::handle(Exchange& exchange) {
  ExchangeTrace trace = needs_.log.begin(exchange);
  const auto resource = parse_target(exchange.request().target);
  if (!resource) {
    return send(exchange, trace,
                refusal(400, "the request cannot be read", resource.error().detail));
  }
  const auto& path = resource->segments;
  const std::string name = path.size() == 2 ? path[1] : std::string();
  const std::string& method = exchange.request().method;
  if (name == "check") {
    // Not HEAD: to ask is to use a one-time password up (RFC 9110 section 9.2.1).
    if (method != "GET") return send(exchange, trace, only("GET"));
    return handle_check(exchange, std::move(trace));
  }
  if (name == "token") {
    if (method != "POST") return send(exchange, trace, only("POST"));
    return handle_token(exchange, std::move(trace));
  }
  if (name != "user") return send(exchange, trace, refusal(404, "no such resource", "not found"));
  if (method != "GET") return send(exchange, trace, only("GET"));
  send(exchange, trace, user_reply(*resource));
}

base::Result<std::string> Presence::user_of(std::string_view account) {
  auto user = needs_.store.user(account);
  const std::string_view bare = without_domain(needs_.cluster, account);
  if (!user && user.error().code == base::Errc::NotFound && bare != account) {
    user = needs_.store.user(bare);
  }
  if (!user) return user.error();
  return std::move(user->name);
}

void Presence::handle_check(Exchange& exchange, ExchangeTrace trace) {
  auto credentials = credentials_of(exchange, trace);
  if (!credentials) return;
  auto user = user_of(credentials->user);
  if (user) {
    const auto verdict = needs_.one_time.consume(*user, credentials->password);
    if (!verdict) return send(exchange, trace, store_failure(verdict.error()));
    if (*verdict == OneTimePasswords::Verdict::Accepted) {
      return send(exchange, trace, text_reply("one-time-password"));
    }
    if (*verdict == OneTimePasswords::Verdict::Expired) {
      return send(exchange, trace, token_expired());
    }
    credentials->user = *std::move(user);
  } else if (user.error().code != base::Errc::NotFound) {
    return send(exchange, trace, store_failure(user.error()));
  }
  // Nobody's password is judged as well, so that the time does not tell who exists.
  answer_judged(exchange, std::move(trace), needs_.authenticator, *credentials,
                [](bool accepted) { return accepted ? text_reply("password") : refused(); });
}

void Presence::handle_token(Exchange& exchange, ExchangeTrace trace) {
  auto credentials = credentials_of(exchange, trace);
  if (!credentials) return;
  auto user = user_of(credentials->user);
  if (!user && user.error().code != base::Errc::NotFound) {
    return send(exchange, trace, store_failure(user.error()));
  }
  if (user) credentials->user = *user;
  answer_judged(exchange, std::move(trace), needs_.authenticator, *credentials,
                [this, name = credentials->user](bool accepted) {
                  return accepted ? token_reply(name) : refused();
                });
}

Reply Presence::token_reply(const std::string& user) {
  auto minted = needs_.one_time.mint(user);
  if (!minted) return store_failure(minted.error());
  return text_reply(*minted);
}

Reply Presence::user_reply(const Resource& resource) {
  const auto name = resource.parameter("name");
  if (!name || name->empty()) {
    return refusal(400, "the request cannot be read", "user without name");
  }
  const auto user = user_of(*name);
  if (user) return text_reply("user");
  if (user.error().code != base::Errc::NotFound) return store_failure(user.error());
  return refusal(404, "no such user", "no such user");
}

void Front::handle(Exchange& exchange) {
  const bool ours = exchange.request().target.starts_with(kRoot);
  (ours ? presence_ : rest_).handle(exchange);
}

}  // namespace home
