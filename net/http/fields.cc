#include "net/http/fields.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "base/text.h"
#include "net/http/octets.h"

namespace net::http {
namespace {

// What a usual head needs, in one go.
constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualTextBytes = 768;

}  // namespace

Fields& Fields::operator=(const Fields& other) {
  if (this == &other) return *this;
  count_ = text_bytes_ = 0;
  if (other.count_ > max_count_ || other.text_bytes_ > max_text_bytes_) {
    move_to(std::max(max_count_, other.count_), std::max(max_text_bytes_, other.text_bytes_));
  }
  std::copy_n(other.entries(), other.count_, entries());
  std::copy_n(other.text(), other.text_bytes_, text());
  count_ = other.count_;
  text_bytes_ = other.text_bytes_;
  return *this;
}

void Fields::swap(Fields& other) noexcept {
  block_.swap(other.block_);
  std::swap(count_, other.count_);
  std::swap(max_count_, other.max_count_);
  std::swap(text_bytes_, other.text_bytes_);
  std::swap(max_text_bytes_, other.max_text_bytes_);
}

void Fields::add_joined(std::string_view name, std::initializer_list<std::string_view> value) {
  std::size_t value_bytes = 0;
  for (const std::string_view piece : value)
    value_bytes += piece.size();
  const std::size_t needed = text_bytes_ + name.size() + value_bytes;
  std::unique_ptr<Entry[]> old;  // name and value may be views of it
  if (count_ == max_count_ || needed > max_text_bytes_) {
    old = move_to(
        count_ == max_count_ ? std::max(kUsualFields, 2 * std::size_t{max_count_}) : max_count_,
        needed > max_text_bytes_
            ? std::max({kUsualTextBytes, needed, 2 * std::size_t{max_text_bytes_}})
            : max_text_bytes_);
  }
  char* end = text() + text_bytes_;
  end += name.copy(end, name.size());
  for (const std::string_view piece : value)
    end += piece.copy(end, piece.size());
  const auto narrow = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  const std::uint32_t value_at = text_bytes_ + narrow(name.size());
  entries()[count_++] = {text_bytes_, narrow(name.size()), value_at, narrow(value_bytes)};
  text_bytes_ = narrow(needed);
}

void Fields::reserve(std::size_t fields, std::size_t text_bytes) {
  if (fields <= max_count_ && text_bytes <= max_text_bytes_) return;
  move_to(std::max<std::size_t>(fields, max_count_),
          std::max<std::size_t>(text_bytes, max_text_bytes_));
}

std::unique_ptr<Fields::Entry[]> Fields::move_to(std::size_t fields, std::size_t text_bytes) {
  assert(fields <= std::numeric_limits<std::uint32_t>::max() &&
         text_bytes <= std::numeric_limits<std::uint32_t>::max());
  const std::size_t text_entries = (text_bytes + sizeof(Entry) - 1) / sizeof(Entry);
  auto block = std::make_unique_for_overwrite<Entry[]>(fields + text_entries);
  std::copy_n(entries(), count_, block.get());
  std::copy_n(text(), text_bytes_, reinterpret_cast<char*>(block.get() + fields));
  max_count_ = static_cast<std::uint32_t>(fields);
  max_text_bytes_ = static_cast<std::uint32_t>(text_bytes);
  return std::exchange(block_, std::move(block));
}

void Fields::set(std::string_view name, std::string_view value) {
  remove(name);  // leaves the text in place, so views of it are still good
  add(name, value);
}

std::size_t Fields::remove(std::string_view name) {
  return remove_if([name](std::string_view one) { return same_name(one, name); });
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
  assert(index < count_);
  return at(entries()[index]);
}

bool same_letters(const char* a, const char* b, std::size_t size) {
  const auto word = [](const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
  };
  std::size_t i = 0;
  while (size - i >= sizeof(std::uint64_t) && word(a + i) == word(b + i))
    i += sizeof(std::uint64_t);  // mostly they are spelled alike
  for (; i < size; ++i) {
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
