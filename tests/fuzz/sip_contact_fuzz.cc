// A Contact that could be hidden comes back letter by letter, and its state with it; a URI that is
// restored is one.

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "sip/forward.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_hidden(std::string_view value) {
  const auto hidden = sip::hide_contact(value, "core.lab.example:5060", "tcp", "St-4_te");
  if (!hidden) return;
  const auto before = sip::parse_name_addr(value);
  const auto after = sip::parse_name_addr(*hidden);
  check(before && after && before->is_star == after->is_star);
  if (before->is_star) return;
  check(after->display == before->display && after->params == before->params);
  const auto uri = sip::parse_uri(after->uri);
  check(uri && uri->host == "core.lab.example" && uri->port == 5060 && uri->scheme == "sip");
  check(uri->param("transport") == "tcp" && !uri->param("maddr"));
  const auto original_parsed = sip::parse_uri(before->uri);
  check(original_parsed && uri->user == original_parsed->user &&
        uri->password == original_parsed->password && uri->headers == original_parsed->headers);
  std::string state;
  const auto original = sip::original_uri(after->uri, &state);
  check(original && *original == before->uri && state == "St-4_te");
  sip::Message message = sip::Message::response(200, "OK");
  message.add(sip::FieldId::Contact, *hidden);
  sip::restore_contacts(message);
  if (before->has_brackets) check(message.value(sip::FieldId::Contact) == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A field's value, as a message gives it.
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos) return 0;
  check_hidden(base::trim(text));
  if (const auto original = sip::original_uri(text)) {
    check(static_cast<bool>(sip::parse_uri(*original)));
  }
  sip::Message message = sip::Message::response(200, "OK");
  message.add(sip::FieldId::Contact, text);
  sip::restore_contacts(message);
  return 0;
}
