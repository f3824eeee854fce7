#include "net/http/fields.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/text.h"
#include "net/http/octets.h"

namespace net::http {
namespace {

// What a usual head needs, in one go.
constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualTextBytes = 768;

}  // namespace

void Fields::add(std::string_view name, std::string_view value) {
  const std::size_t at = text_.size();
  assert(at + name.size() + value.size() <= std::numeric_limits<std::uint32_t>::max());
  if (text_.capacity() - at < name.size() + value.size()) {
    grow_with(name, value);
  } else {
    text_.append(name).append(value);
  }
  if (entries_.capacity() == 0) entries_.reserve(kUsualFields);
  const auto narrow = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  entries_.push_back(
      {narrow(at), narrow(name.size()), narrow(at + name.size()), narrow(value.size())});
}

// `name` and `value` may be views of our own text: it must live until both are copied.
void Fields::grow_with(std::string_view name, std::string_view value) {
  const std::size_t needed = text_.size() + name.size() + value.size();
  std::string grown;
  grown.reserve(std::max({needed, 2 * text_.capacity(), kUsualTextBytes}));
  grown.append(text_).append(name).append(value);
  text_.swap(grown);
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
  return std::erase_if(entries_,
                       [&](const Entry& entry) { return same_name(at(entry).name, name); });
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
  return at(entries_[index]);
}

bool same_letters(const char* a, const char* b, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i] && base::to_lower(a[i]) != base::to_lower(b[i])) return false;
  }
  return true;
}

bool is_token(std::string_view text) {
  return !text.empty() && span_of(kTokenByte, text) == text.size();
}

bool is_field_value(std::string_view text) {
  if (!is_value_text(text)) return false;
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
