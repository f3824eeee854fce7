#include "core/refusal.h"

#include <doctest/doctest.h>

#include "base/traffic_log.h"
#include "tests/fakes/exchange.h"
#include "tests/fakes/log_sink.h"

namespace core {
namespace {

TEST_CASE("a server inside that fails is 502, 503 or 504, never 401") {
  struct Case {
    base::Errc code;
    int status;
  };
  const Case cases[] = {
      {base::Errc::Malformed, 502}, {base::Errc::TooLarge, 502}, {base::Errc::Unsupported, 502},
      {base::Errc::Refused, 502},   {base::Errc::Timeout, 504},  {base::Errc::Closed, 502},
      {base::Errc::NotFound, 503},  {base::Errc::System, 502},
  };
  for (const Case& c : cases) {
    CAPTURE(base::to_string(c.code));
    const Refusal refusal = upstream_refusal({c.code, "the secret cause"});
    CHECK(refusal.status == c.status);
    CHECK(refusal.reason == "the secret cause");
    CHECK(refusal.line.find("secret") == std::string_view::npos);
    const auto response = to_response(refusal);
    CHECK(response.head.fields.count("www-authenticate") == 0);
    CHECK(response.head.fields.count("retry-after") == (c.status == 503 ? 1 : 0));
  }
}

TEST_CASE("401 challenges with our realm, 429 says when to come back") {
  const auto unauthorized = to_response({401, "Authorization Failed", "why", "sign in first"});
  CHECK(unauthorized.head.fields.joined("www-authenticate") == "Basic realm=\"Cisco-Edge\"");
  CHECK(unauthorized.body == "sign in first\n");
  const auto limited =
      to_response({429, "Rate Limited", "why", "too many", std::chrono::seconds{17}});
  CHECK(limited.head.fields.joined("retry-after") == "17");
  CHECK(to_response({403, "x", "y", "z"}).head.fields.count("www-authenticate") == 0);
}

TEST_CASE("a refusal leaves its reason in the log and its line with the client") {
  fakes::MemorySink sink;
  base::TrafficLog traffic(sink, "core", 1);
  net::http::ExchangeTrace trace(traffic, "77", "f1");
  fakes::Exchange exchange("/x");
  refuse(exchange, trace, {403, "Not Allowed", "host not allowed: \"\r\nevil", "no"});
  CHECK(exchange.status() == 403);
  CHECK(exchange.body() == "no\n");
  CHECK(exchange.finished());
  const std::string text = sink.text();
  CHECK(text.find("Event=\"Not Allowed\"") != std::string::npos);
  CHECK(text.find("host not allowed: \\x22\\x0d\\x0aevil") != std::string::npos);
  CHECK(text.find("Txn-id=\"77\"") != std::string::npos);

  fakes::Exchange head("/x", "HEAD");
  refuse(head, trace, {403, "Not Allowed", "why", "no"});
  CHECK(head.status() == 403);
  CHECK(head.body().empty());
}

}  // namespace
}  // namespace core
