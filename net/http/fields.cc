#include "net/http/fields.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/text.h"
#include "net/http/octets.h"

namespace net::http {

void Fields::add(std::string_view name, std::string_view value) {
  const std::size_t at = text_.size();
  const std::size_t needed = at + name.size() + value.size();
  assert(needed <= std::numeric_limits<std::uint32_t>::max());
  if (needed <= text_.capacity()) {
    text_.append(name).append(value);
  } else {
    // `name` and `value` may be views of our own text: it must live until both are copied.
    std::string grown;
    grown.reserve(std::max(needed, 2 * text_.capacity()));
    grown.append(text_).append(name).append(value);
    text_.swap(grown);
  }
  const auto narrow = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  entries_.push_back(
      {narrow(at), narrow(name.size()), narrow(at + name.size()), narrow(value.size())});
}

void Fields::reserve(std::size_t fields, std::size_t text_bytes) {
  entries_.reserve(fields);
  text_.reserve(text_bytes);
}

void Fields::set(std::string_view name, std::string_view value) {
  remove(name);  // leaves the text in place, so views of it are still good
  add(name, value);
}

std::size_t Fields::remove(std::string_view name) {
  return std::erase_if(entries_, [&](const Entry& entry) {
    return same_name(std::string_view(text_).substr(entry.name_at, entry.name_size), name);
  });
}

std::optional<std::string_view> Fields::get(std::string_view name) const {
  for (const Field field : *this) {
    if (same_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field field : *this)
    found += same_name(field.name, name) ? 1 : 0;
  return found;
}

std::vector<std::string_view> Fields::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Field field : *this) {
    if (same_name(field.name, name)) values.push_back(field.value);
  }
  return values;
}

std::string Fields::joined(std::string_view name) const {
  std::string all;
  bool first = true;
  for (const Field field : *this) {
    if (!same_name(field.name, name)) continue;
    if (!first) all += ", ";
    all += field.value;
    first = false;
  }
  return all;
}

Field Fields::operator[](std::size_t index) const {
  assert(index < entries_.size());
  const Entry& entry = entries_[index];
  const std::string_view text = text_;
  return {text.substr(entry.name_at, entry.name_size),
          text.substr(entry.value_at, entry.value_size)};
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && base::to_lower(a[i]) != base::to_lower(b[i])) return false;
  }
  return true;
}

bool is_token(std::string_view text) {
  return !text.empty() && span_of(kTokenByte, text) == text.size();
}

bool is_field_value(std::string_view text) {
  if (span_of(kValueByte, text) != text.size()) return false;
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  return text.empty() || (!is_space(text.front()) && !is_space(text.back()));
}

bool list_holds(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_name(base::trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace net::http
