// Values that are taken read back as the same when they are written plainly.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "sip/headers.h"
#include "sip/message.h"

namespace {

void check_address(std::string_view raw) {
  const base::Result<sip::NameAddr> address = sip::parse_name_addr(raw);
  if (!address || address->is_star) return;
  std::string plain(address->display);
  plain.append("<").append(address->uri).append(">");
  if (!address->params.empty()) plain.append(";").append(address->params);
  const base::Result<sip::NameAddr> again = sip::parse_name_addr(plain);
  assert(again && again->has_brackets && again->display == address->display);
  assert(again->uri == address->uri && again->params == address->params);
  // What is one address is one value of a list.
  assert(sip::split_list(raw).size() == 1);
}

void check_via(std::string_view raw) {
  const base::Result<sip::Via> via = sip::parse_via(raw);
  if (!via) return;
  std::string plain = "SIP/2.0/";
  plain.append(via->transport).append(" ").append(sip::host_port(via->host, via->port));
  if (!via->params.empty()) plain.append(";").append(via->params);
  const base::Result<sip::Via> again = sip::parse_via(plain);
  assert(again && again->host == via->host && again->port == via->port);
  assert(again->branch() == via->branch());
  assert(sip::split_list(raw).size() == 1);
}

void check_auth(std::string_view raw) {
  const base::Result<sip::AuthParams> auth = sip::parse_auth(raw);
  if (!auth) return;
  std::string plain(auth->scheme);
  for (const sip::AuthParams::Param& param : auth->params) {
    plain += &param == auth->params.data() ? " " : ",";
    plain.append(param.name).append("=").append(sip::quote(param.value));
  }
  const base::Result<sip::AuthParams> again = sip::parse_auth(plain);
  assert(again && again->params.size() == auth->params.size());
  for (const sip::AuthParams::Param& param : auth->params)
    assert(again->get(param.name) == param.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw =
      base::trim(std::string_view(reinterpret_cast<const char*>(data), size));
  check_address(raw);
  check_via(raw);
  check_auth(raw);
  if (const base::Result<sip::CSeq> cseq = sip::parse_cseq(raw)) {
    assert(cseq->number < 1u << 31 && !cseq->method.empty());
  }
  if (const base::Result<std::int64_t> date = sip::parse_date(raw)) {
    assert(sip::parse_date(sip::format_date(*date)) && raw.size() == 29);
  }
  static_cast<void>(sip::parse_delta_seconds(raw));
  return 0;
}
