// A URI that is taken is the sum of its parts, its host is one that can be written and read again,
// and parameters that are set are found.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sip/uri.h"

namespace {

std::string join(const sip::Uri& uri) {
  std::string text(uri.scheme);
  text += ':';
  if (uri.has_user) {
    text += uri.user;
    // "user:@host" has a password, an empty one.
    if (!uri.password.empty()) text.append(":").append(uri.password);
    text += '@';
  }
  text += sip::host_port(uri.host, uri.port);
  if (!uri.params.empty()) text.append(";").append(uri.params);
  if (!uri.headers.empty()) text.append("?").append(uri.headers);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  if (const base::Result<sip::Uri> uri = sip::parse_uri(raw)) {
    assert(raw.find_first_of("\r\n <>\"") == std::string_view::npos);
    const std::string joined = join(*uri);
    const base::Result<sip::Uri> again = sip::parse_uri(joined);
    assert(again && join(*again) == joined);
    assert(again->host == uri->host && again->port == uri->port);
    assert(uri->is_ipv6 == (uri->host.find(':') != std::string_view::npos));
    assert(!uri->is_ipv6 || sip::host_address(uri->host));
    assert(sip::unescape(uri->user) && sip::unescape(uri->params));
  }
  if (sip::are_params(raw)) {
    assert(sip::find_param(sip::with_param(raw, "new", "1"), "NEW") == "1");
    const std::string without = sip::without_params(raw, {"new"});
    assert(!sip::find_param(without, "new") && sip::are_params(without));
  }
  static_cast<void>(sip::find_param(raw, "a"));
  static_cast<void>(sip::with_param(raw, "a", "b"));
  if (const base::Result<std::string> plain = sip::unescape(raw)) assert(plain->size() <= size);
  if (const base::Result<sip::HostPort> host = sip::parse_host_port(raw)) {
    assert(sip::parse_host_port(sip::host_port(host->host, host->port)));
  }
  return 0;
}
