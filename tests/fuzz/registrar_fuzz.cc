// A REGISTER, read: what the registrar tells of a Contact in its 200 means the same Contact again,
// within the limits, and comparing URIs does not depend on their order.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "home/register_request.h"
#include "sip/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message =
      sip::parse_message(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!message || !message->is_request() || sip::check_request(*message)) return 0;
  const auto read = home::read_register(*message);
  const auto* asked = std::get_if<home::RegisterRequest>(&read);
  if (asked == nullptr) return 0;
  assert(asked->contacts.size() <= home::kMaxContacts && asked->path.size() <= home::kMaxPathBytes);
  assert(!asked->star || asked->contacts.empty());
  for (const home::Contact& contact : asked->contacts) {
    std::string value = "<" + contact.uri + ">";
    if (!contact.params.empty()) value += ";" + contact.params;
    value += ";expires=7";
    const auto again = home::parse_contact(value);
    // Brackets and another expiry may make it longer than it came.
    if (!again) {
      assert(again.error().code == base::Errc::TooLarge);
      continue;
    }
    assert(again->uri == contact.uri && again->params == contact.params);
    assert(again->instance == contact.instance && again->reg_id == contact.reg_id);
    assert(again->expires == 7U);
    const home::ComparableUri first(asked->contacts.front().uri);
    const home::ComparableUri uri(contact.uri);
    assert(uri.matches(uri) && uri.matches(first) == first.matches(uri));
  }
  return 0;
}
