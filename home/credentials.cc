#include "home/credentials.h"

#include <memory>
#include <utility>

#include "home/request.h"

namespace home {
namespace {

using net::http::Exchange;
using net::http::ExchangeTrace;

constexpr std::string_view kRealm = R"(Basic realm="Cisco Web Services Realm")";

Reply busy() {
  Reply reply = refusal(503, "busy, try again", "too many passwords wait to be judged");
  reply.response.head.fields.add("Retry-After", "2");
  return reply;
}

// A request that waits for its password to be judged.
class Pending final : public net::http::Job {
 public:
  Pending(Exchange& exchange, ExchangeTrace trace)
      : exchange_(exchange), trace_(std::move(trace)) {}

  // False when nobody has time to judge: the caller answers.
  bool start(Authenticator& authenticator, const policy::BasicCredentials& credentials,
             std::function<Reply(bool accepted)> reply) {
    check_ = authenticator.check(credentials, [this, reply = std::move(reply)](bool accepted) {
      send(exchange_, trace_, reply(accepted));
    });
    return check_ != nullptr;
  }
  ExchangeTrace& trace() { return trace_; }

 private:
  void on_body(std::string_view) override {}  // nothing here reads one (RFC 9110, 9.3.1)
  void on_end() override {}
  void on_drained() override {}
  void on_failed(const base::Error&) override { check_.reset(); }  // nobody waits any more

  Exchange& exchange_;
  ExchangeTrace trace_;
  std::unique_ptr<Authenticator::Check> check_;
};

}  // namespace

Reply unauthorized(std::string_view reason) {
  Reply reply = refusal(401, "credentials needed", reason);
  reply.response.head.fields.add("WWW-Authenticate", kRealm);
  return reply;
}

Reply store_failure(const base::Error& why) {
  Reply reply = refusal(503, "temporarily out of service", why.detail);
  reply.response.head.fields.add("Retry-After", "5");
  return reply;
}

std::optional<policy::BasicCredentials> credentials_of(Exchange& exchange, ExchangeTrace& trace) {
  const auto& fields = exchange.request().fields;
  const auto authorization = fields.get("Authorization");
  if (!authorization) {
    send(exchange, trace, unauthorized("no credentials"));
    return std::nullopt;
  }
  if (fields.count("Authorization") != 1) {
    send(exchange, trace, refusal(400, "the request cannot be read", "Authorization given twice"));
    return std::nullopt;
  }
  auto credentials = parse_basic(*authorization);
  if (!credentials) {
    send(exchange, trace, unauthorized(credentials.error().detail));
    return std::nullopt;
  }
  return *std::move(credentials);
}

void answer_judged(Exchange& exchange, ExchangeTrace trace, Authenticator& authenticator,
                   const policy::BasicCredentials& credentials,
                   std::function<Reply(bool accepted)> reply) {
  if (authenticator.remembers(credentials)) return send(exchange, trace, reply(true));
  auto pending = std::make_unique<Pending>(exchange, std::move(trace));
  if (!pending->start(authenticator, credentials, std::move(reply))) {
    return send(exchange, pending->trace(), busy());
  }
  exchange.attach(std::move(pending));
}

}  // namespace home
