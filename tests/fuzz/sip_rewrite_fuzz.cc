// A request in good form that the core rewrites is a message still: towards call managers its Via
// opens and the link's own field is gone, and what was not sealed here leads to no client.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/sip_rewrite.h"
#include "sip/check.h"
#include "sip/forward.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

core::SipSelf self(bool path_headers) {
  core::SipSelf made;
  made.host_port = "10.106.4.85:5060";
  made.names = {"10.106.4.85", "core.lab.example"};
  made.path_headers = path_headers;
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sip::Sealer sealer(std::string(32, 's'));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool path_headers : {false, true}) {
    auto request = sip::parse_message(text);
    if (!request || !request->is_request() || sip::check_request(*request)) return 0;
    const core::SipSelf me = self(path_headers);
    core::ClientPlace client;
    client.edge_worker = 3;
    core::pop_own_routes(*request, me);
    if (core::write_inwards(*request, me, sealer, client, sip::transaction_key(*request))) {
      const auto again = sip::parse_message(request->to_string());
      check(bool(again));
      check(again->find(sip::FieldId::SallyportFlow) == nullptr);
      const auto state = core::read_via(*again, sealer, sip::RouteState::Kind::ToClient);
      check(state && state->edge_worker == 3);
    }
    auto inside = sip::parse_message(text);
    check(!core::read_outwards(*inside, me, sealer));
    core::write_outwards(*inside, me, sealer, client, 1, 2);
    check(bool(sip::parse_message(inside->to_string())));
  }
  return 0;
}
