#include "support/sign_in.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

// Clients leave the padding out, and neither alphabet's odd characters can come of a host path:
// host names have no byte that leads to them.
std::string unpadded_base64(std::string_view text) {
  return base::encode_base64url(text);
}

// A user name goes into Basic credentials, where a colon ends it (RFC 7617 section 2).
bool is_user_name(std::string_view user) {
  const auto fits = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != ':' && c != '@';
  };
  return !user.empty() && user.size() <= kMaxUserBytes && std::ranges::all_of(user, fits);
}

}  // namespace

base::Result<Account> parse_account(std::string_view user, std::string_view domain) {
  Account account;
  const std::size_t at = user.rfind('@');
  const std::string own =
      at == std::string_view::npos ? std::string() : base::to_lower(user.substr(at + 1));
  account.user = user.substr(0, at);
  account.domain = base::to_lower(domain);
  if (at != std::string_view::npos) {
    if (!account.domain.empty() && account.domain != own) {
      return Error{Errc::Malformed, "USER and --domain name different domains"};
    }
    account.domain = own;
  } else if (account.domain.empty()) {
    return Error{Errc::Malformed, "no domain: give USER as user@domain, or --domain"};
  }
  if (!base::is_host_name(account.domain)) {
    return Error{Errc::Malformed,
                 fmt::format("\"{}\" is not a domain", base::escape_for_log(account.domain))};
  }
  if (!is_user_name(account.user)) {
    return Error{Errc::Malformed,
                 fmt::format("\"{}\" is not a user name: 1 to {} bytes, no colon, no second @",
                             base::escape_for_log(account.user), kMaxUserBytes)};
  }
  return account;
}

std::string host_path(std::string_view domain, const Location& location) {
  const std::string inside =
      fmt::format("{}/{}/{}/{}", domain, location.scheme, location.host, location.port);
  return "/" + unpadded_base64(inside) + location.target;
}

std::string edge_config_path(std::string_view domain) {
  return "/" + unpadded_base64(domain) +
         "/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin";
}

std::deque<dns::SrvTarget> edges_to_try(const SignIn& sign_in,
                                        const std::vector<EdgeServer>& edges) {
  std::deque<dns::SrvTarget> targets;
  for (const EdgeServer& edge : edges) {
    const dns::SrvTarget target{0, 0, edge.port, base::to_lower(edge.address)};
    if (target.host == sign_in.target.host) {
      targets.push_front(target);
    } else {
      targets.push_back(target);
    }
  }
  return targets;
}

net::http::RequestHead client_request(const SignIn& sign_in, std::string target, bool credentials) {
  net::http::RequestHead head;
  head.target = std::move(target);
  head.fields.add("Accept", "*/*");
  if (credentials) {
    const Account& account = sign_in.account;
    head.fields.add("Authorization",
                    "Basic " + base::encode_base64(account.user + ":" + account.password));
  }
  if (!sign_in.cookie.empty()) head.fields.add("Cookie", "X-Auth=" + sign_in.cookie);
  head.fields.add("User-Agent", "sallyport-login");
  return head;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace support
