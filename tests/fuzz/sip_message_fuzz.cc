// A message that is taken holds no line end in a value, is judged without harm, and written again
// it reads back as the same. Taking first values away ends, one value at a time.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sip/check.h"
#include "sip/limits.h"
#include "sip/message.h"

namespace {

using sip::Field;
using sip::FieldId;
using sip::Message;

std::vector<Field> fields_of(const Message& message) {
  std::vector<Field> fields;
  for (const Field& field : message.fields()) {
    assert(field.id == sip::field_id(field.name));
    assert(field.name.find_first_of("\r\n: ") == std::string_view::npos);
    assert(field.value.find_first_of("\r\n") == std::string_view::npos);
    if (field.id != FieldId::ContentLength) fields.push_back(field);
  }
  return fields;
}

void check_values(Message& message, FieldId id) {
  for (std::size_t left = message.values(id).size(); left > 0; --left) {
    const std::vector<std::string_view> values = message.values(id);
    assert(values.size() == left && message.first_value(id) == values.front());
    if (sip::is_list(id)) {
      message.set_first_value(id, "NEW");
      assert(message.first_value(id) == "NEW" && message.values(id).size() == left);
    }
    message.remove_first_value(id);
  }
  assert(message.find(id) == nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  base::Result<Message> message = sip::parse_message(raw);
  if (!message) return 0;
  const auto fault =
      message->is_request() ? sip::check_request(*message) : sip::check_response(*message);
  if (fault) assert(fault->status >= 400 && !fault->phrase.empty());

  const std::vector<Field> before = fields_of(*message);
  const std::string written = message->to_string();
  // Content-Length and blanks that were not there may lift it over a limit.
  const base::Result<Message> again = sip::parse_message(written);
  if (again) {
    assert(again->is_request() == message->is_request());
    assert(again->method() == message->method() && again->uri() == message->uri());
    assert(again->status() == message->status() && again->reason() == message->reason());
    assert(again->version() == message->version() && again->body() == message->body());
    const std::vector<Field> after = fields_of(*again);
    assert(after.size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      assert(before[i].name == after[i].name && before[i].value == after[i].value);
    }
    assert(again->to_string() == written);
  } else {
    assert(again.error().code == base::Errc::TooLarge);
  }
  for (const FieldId id : {FieldId::Via, FieldId::Route, FieldId::Contact, FieldId::To})
    check_values(*message, id);
  return 0;
}
