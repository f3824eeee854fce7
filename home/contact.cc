#include "home/contact.h"

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace home {
namespace {

constexpr std::int64_t kMaxRegId = 0x7fffffff;

using Pairs = std::vector<std::pair<std::string, std::string>>;

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, "Contact: " + std::string(what)};
}

std::string plain(std::string_view text) {
  auto plain = sip::unescape(text);
  return plain ? *std::move(plain) : std::string(text);
}

// Without the quotes, or without the brackets where a phone left the quotes out.
std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

Pairs pairs_of(std::string_view list, char separator) {
  Pairs pairs;
  if (list.empty()) return pairs;
  for (const std::string_view item : base::split(list, separator)) {
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    pairs.emplace_back(base::to_lower(plain(item.substr(0, equals))), base::to_lower(plain(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

// Those that count even if only one of the two URIs has them.
bool is_telling(std::string_view name) {
  return name == "user" || name == "ttl" || name == "method" || name == "maddr" ||
         name == "transport";
}

// Walks both sorted lists at once.
bool same_params(const Pairs& a, const Pairs& b) {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    const bool take_left = right == b.end() || (left != a.end() && left->first < right->first);
    const bool take_right = left == a.end() || (right != b.end() && right->first < left->first);
    if (take_left || take_right) {
      const auto& alone = take_left ? *left++ : *right++;
      if (is_telling(alone.first)) return false;
    } else if (*left++ != *right++) {
      return false;
    }
  }
  return true;
}

base::Result<std::int64_t> parse_reg_id(std::optional<std::string_view> text) {
  if (!text) return 0;
  const auto number = base::parse_decimal(*text, kMaxRegId);
  if (!number || *number == 0) return malformed("reg-id is no number from 1 to 2147483647");
  return static_cast<std::int64_t>(*number);
}

}  // namespace

base::Result<Contact> parse_contact(std::string_view value) {
  if (value.size() > kMaxContactBytes) {
    return base::Error{base::Errc::TooLarge, "Contact: more than 1024 bytes"};
  }
  const auto address = sip::parse_name_addr(value);
  if (!address) return malformed(address.error().detail);
  const auto uri = sip::parse_uri(address->uri);
  if (!uri) return malformed("the URI is not one of SIP: " + uri.error().detail);
  if (uri->host.empty()) return malformed("the URI has no host");
  Contact contact;
  contact.uri = address->uri;
  contact.is_sips = uri->is_sips();
  contact.params = sip::without_params(address->params, {"expires", "x-cisco-newreg"});
  contact.instance = unquoted(address->param("+sip.instance").value_or(""));
  const auto reg_id = parse_reg_id(address->param("reg-id"));
  if (!reg_id) return reg_id.error();
  if (!contact.instance.empty()) contact.reg_id = *reg_id;
  if (const auto asked = address->param("expires")) {
    const auto seconds = sip::parse_delta_seconds(*asked);
    contact.expires = seconds ? *seconds : kMalformedExpires;
  }
  return contact;
}

ComparableUri::ComparableUri(std::string_view text) : text_(text) {
  const auto uri = sip::parse_uri(text);
  if (!uri) return;
  const auto ip = base::parse_ip(uri->host);
  const std::string host = ip ? to_string(*ip) : base::to_lower(uri->host);
  // A password tells from none; no port is not the same as 5060.
  address_ = base::to_lower(uri->scheme) + ":" + plain(uri->user) + '\0' + plain(uri->password) +
             '\0' + host + '\0' + (uri->port ? std::to_string(*uri->port) : "");
  params_ = pairs_of(uri->params, ';');
  headers_ = pairs_of(uri->headers, '&');
  readable_ = true;
}

bool ComparableUri::matches(const ComparableUri& other) const {
  if (text_ == other.text_) return true;
  return readable_ && other.readable_ && address_ == other.address_ && headers_ == other.headers_ &&
         same_params(params_, other.params_);
}

}  // namespace home
