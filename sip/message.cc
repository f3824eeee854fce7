#include "sip/message.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/text.h"
#include "sip/grammar.h"

namespace sip {
namespace {

// What a proxy adds to a message fits here, so that most messages have one block or two.
constexpr std::size_t kBlockBytes = 1024;

// Two searches: find_first_of() looks at each byte by itself.
void check_value(std::string_view text) {
  assert(text.find('\r') == std::string_view::npos);
  assert(text.find('\n') == std::string_view::npos);
  static_cast<void>(text);
}

bool is_kind(const Field& field, FieldId id, std::string_view name) {
  return id != FieldId::Other ? field.id == id : base::iequals(field.name, name);
}

}  // namespace

Message Message::request(std::string_view method, std::string_view uri) {
  assert(is_sip_token(method));
  check_value(uri);
  Message message;
  message.method_ = message.keep(method);
  message.uri_ = message.keep(uri);
  return message;
}

Message Message::response(int status, std::string_view reason) {
  assert(status >= 100 && status <= 699);
  check_value(reason);
  Message message;
  message.status_ = status;
  message.reason_ = message.keep(reason);
  return message;
}

void Message::set_uri(std::string_view uri) {
  check_value(uri);
  uri_ = keep(uri);
}

std::string_view Message::keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > free_bytes_) {
    free_bytes_ = std::max(text.size(), kBlockBytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(free_bytes_));
    free_ = blocks_.back().get();
  }
  char* const place = free_;
  std::memcpy(place, text.data(), text.size());
  free_ += text.size();
  free_bytes_ -= text.size();
  return {place, text.size()};
}

const Field* Message::find(FieldId id) const {
  for (const Field& field : fields_) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

const Field* Message::find(std::string_view name) const {
  const FieldId id = field_id(name);
  for (const Field& field : fields_) {
    if (is_kind(field, id, name)) return &field;
  }
  return nullptr;
}

std::string_view Message::value(FieldId id) const {
  const Field* const field = find(id);
  return field != nullptr ? field->value : std::string_view();
}

std::size_t Message::count(FieldId id) const {
  const auto is_it = [id](const Field& field) { return field.id == id; };
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), is_it));
}

std::vector<std::string_view> Message::values(FieldId id) const {
  std::vector<std::string_view> values;
  const bool list = is_list(id);
  for (const Field& field : fields_) {
    if (field.id != id) continue;
    for (std::size_t at = 0;;) {
      const std::size_t end = list ? find_outside(field.value, ',', at) : field.value.size();
      values.push_back(base::trim(field.value.substr(at, end - at)));
      if (end == field.value.size()) break;
      at = end + 1;
    }
  }
  return values;
}

std::optional<std::string_view> Message::first_value(FieldId id) const {
  const Field* const field = find(id);
  if (field == nullptr) return std::nullopt;
  if (!is_list(id)) return field->value;
  return base::trim(field->value.substr(0, find_outside(field->value, ',')));
}

void Message::add(FieldId id, std::string_view value) {
  assert(id != FieldId::Other);
  add(name_of(id), value);
}

void Message::add(std::string_view name, std::string_view value) {
  assert(is_sip_token(name));
  check_value(value);
  const FieldId id = field_id(name);
  // A name of ours needs no copy.
  const std::string_view own = name_of(id);
  const bool is_ours = !own.empty() && own == name;
  const Field field{id, is_ours ? own : keep(name), keep(value)};
  const auto last = std::find_if(fields_.rbegin(), fields_.rend(),
                                 [&](const Field& other) { return is_kind(other, id, name); });
  fields_.insert(last == fields_.rend() ? fields_.end() : last.base(), field);
}

void Message::add_first(FieldId id, std::string_view value) {
  assert(id != FieldId::Other);
  check_value(value);
  const Field field{id, name_of(id), keep(value)};
  auto place = std::find_if(fields_.begin(), fields_.end(),
                            [id](const Field& other) { return other.id == id; });
  if (id == FieldId::Via) {
    place = fields_.begin();
  } else if (place == fields_.end()) {
    place = std::find_if(fields_.rbegin(), fields_.rend(), [](const Field& other) {
              return other.id == FieldId::Via;
            }).base();
  }
  fields_.insert(place, field);
}

void Message::set(FieldId id, std::string_view value) {
  assert(id != FieldId::Other);
  check_value(value);
  const auto is_it = [id](const Field& field) { return field.id == id; };
  const auto first = std::find_if(fields_.begin(), fields_.end(), is_it);
  if (first == fields_.end()) {
    add(id, value);
    return;
  }
  first->value = keep(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(), is_it), fields_.end());
}

void Message::set_at(std::size_t index, std::string_view value) {
  assert(index < fields_.size());
  check_value(value);
  fields_[index].value = keep(value);
}

void Message::remove(FieldId id) {
  assert(id != FieldId::Other);
  std::erase_if(fields_, [id](const Field& field) { return field.id == id; });
}

void Message::remove(std::string_view name) {
  // `name` may be that of a field which goes.
  const FieldId id = field_id(name);
  std::erase_if(fields_, [&](const Field& field) { return is_kind(field, id, name); });
}

void Message::remove_first_value(FieldId id) {
  const auto field = std::find_if(fields_.begin(), fields_.end(),
                                  [id](const Field& other) { return other.id == id; });
  if (field == fields_.end()) return;
  const std::size_t end = is_list(id) ? find_outside(field->value, ',') : field->value.size();
  if (end == field->value.size()) {
    fields_.erase(field);
  } else {
    field->value = base::trim(field->value.substr(end + 1));
  }
}

void Message::set_first_value(FieldId id, std::string_view value) {
  check_value(value);
  const auto field = std::find_if(fields_.begin(), fields_.end(),
                                  [id](const Field& other) { return other.id == id; });
  if (field == fields_.end()) return;
  const std::size_t end = is_list(id) ? find_outside(field->value, ',') : field->value.size();
  if (end == field->value.size()) {
    field->value = keep(value);
    return;
  }
  std::string whole(value);
  whole += field->value.substr(end);
  field->value = keep(whole);
}

void Message::set_body(std::string_view type, std::string_view body) {
  body_ = keep(body);
  if (!type.empty()) set(FieldId::ContentType, type);
}

void Message::append_to(std::string& out) const {
  std::size_t bytes = method_.size() + uri_.size() + reason_.size() + body_.size() + 64;
  for (const Field& field : fields_)
    bytes += field.name.size() + field.value.size() + 4;
  out.reserve(out.size() + bytes);
  if (is_request()) {
    out.append(method_).append(" ").append(uri_).append(" ").append(version_);
  } else {
    out.append(version_).append(" ").append(std::to_string(status_)).append(" ").append(reason_);
  }
  out += "\r\n";
  for (const Field& field : fields_) {
    if (field.id == FieldId::ContentLength) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("Content-Length: ").append(std::to_string(body_.size())).append("\r\n\r\n");
  out += body_;
}

std::string Message::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

}  // namespace sip
