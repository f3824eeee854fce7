// What passes the edge's admission names nobody but the user: whatever of a REGISTER is let in has
// From, To and devices of the association, and its Route begins with no name that we do not know.

#include <cstdlib>
#include <string_view>

#include "edge/sip_admission.h"
#include "edge/sip_challenge.h"
#include "edge/sip_forward.h"
#include "sip/headers.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto request = sip::parse_message(text);
  if (!request || !request->is_request() || edge::check_form(*request)) return 0;
  edge::SipSettings settings;
  settings.name = "edge.lab.example";
  settings.domains = {"lab.example"};
  sip::Association association;
  association.user = "mac.donald";
  association.domain = "lab.example";
  association.lines = {"5002"};
  association.devices = {"MDonald"};
  const edge::EdgeNames names{settings.name, {base::IpAddress::v4({10, 106, 4, 81}), 5061}, "f10e"};
  const std::vector<std::string> cores = {"core.lab.example"};

  const edge::SipAdmission admission = edge::admit(*request, settings, false);
  check(admission.refusal || admission.task != edge::SipTask::Forward);
  if (admission.refusal || edge::check_registrant(*request, association, settings.domains))
    return 0;
  const std::string line = edge::address_of_record(*request, sip::FieldId::To);
  check(line.starts_with("5002@") || line.size() > sizeof "mac.donald");
  check(line == edge::address_of_record(*request, sip::FieldId::From));
  check(line.find("RKnotts") == std::string::npos);
  if (edge::take_routes(*request, names, cores).refusal) return 0;
  const edge::SipHops hops{settings.name, "f10e", names.local, names.local, names.local};
  edge::dress_for_core(*request, hops, sip::FieldId::To);
  check(request->count(sip::FieldId::SallyportFlow) == 1);
  check(request->count(sip::FieldId::PAssertedIdentity) == 1);
  const auto credentials = edge::find_credentials(*request, settings.name);
  check(credentials && !*credentials);
  // What goes inside reads there as it reads here.
  const auto again = sip::parse_message(request->to_string());
  check(again && edge::address_of_record(*again, sip::FieldId::To) == line);
  return 0;
}
