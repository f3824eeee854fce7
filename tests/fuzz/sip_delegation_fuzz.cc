// Documents that are read are written and read again to the same; a message that is opened has a
// chain and a document.

#include <cstdlib>
#include <string_view>

#include "sip/delegation.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_documents(std::string_view text) {
  if (const auto request = sip::parse_method_call(text)) {
    const auto again = sip::parse_method_call(sip::to_xml(*request));
    check(again && again->username == request->username && again->realm == request->realm &&
          again->id == request->id && again->peer_id == request->peer_id &&
          again->msg_id == request->msg_id && again->sip_domain == request->sip_domain);
  }
  if (const auto association = sip::parse_method_response(text)) {
    check(association->lines.size() <= sip::kMaxDelegatedNames &&
          association->devices.size() <= sip::kMaxDelegatedNames && !association->ha1.empty());
    const sip::CredentialRequest request{"00000000",         "1",           association->username,
                                         association->realm, "lab.example", 0};
    const auto again = sip::parse_method_response(sip::to_xml(request, *association));
    check(again && *again == *association);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_documents(text);
  const auto message = sip::parse_message(text);
  if (!message) return 0;
  const auto opened = sip::DelegationReader().open(*message);
  if (!opened) return 0;
  check(!opened->chain->empty() && opened->chain->size() <= certs::kMaxChain);
  check_documents(opened->document);
  return 0;
}
