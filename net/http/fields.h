#pragma once
// The fields of a message head (RFC 9110 section 5): in the order they came, names compared
// without case, spelling kept. All lies in one block, so a usual head costs one allocation.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net::http {

struct Field {
  std::string_view name;
  std::string_view value;
};

class Fields final {
 public:
  class Iterator;

  Fields() = default;
  Fields(const Fields& other) { *this = other; }
  Fields(Fields&& other) noexcept
      : block_(std::move(other.block_)),
        count_(std::exchange(other.count_, 0)),
        max_count_(std::exchange(other.max_count_, 0)),
        text_bytes_(std::exchange(other.text_bytes_, 0)),
        max_text_bytes_(std::exchange(other.max_text_bytes_, 0)) {}
  Fields& operator=(const Fields& other);  // into the block there is, when it has room
  Fields& operator=(Fields&& other) noexcept {
    Fields taken(std::move(other));  // which leaves `other` empty
    swap(taken);
    return *this;
  }

  // Appends a field. Values come without surrounding white space. Any bytes are taken: what a
  // message may hold is the parsers' business, see is_field_name() and is_field_value().
  void add(std::string_view name, std::string_view value) { add_joined(name, {value}); }
  // The same with a value that comes in pieces.
  void add_joined(std::string_view name, std::initializer_list<std::string_view> value);
  // Makes room ahead, for more than a usual head needs.
  void reserve(std::size_t fields, std::size_t text_bytes);
  // Removes every field of this name, then appends one.
  void set(std::string_view name, std::string_view value);
  // Removes every field of this name; returns how many there were.
  std::size_t remove(std::string_view name);
  // Removes every field whose name `is_unwanted` says yes to; returns how many there were.
  template <typename Predicate>
  std::size_t remove_if(Predicate is_unwanted) {
    Entry* const kept = std::remove_if(entries(), entries() + count_, [&](const Entry& entry) {
      return is_unwanted(at(entry).name);
    });
    const std::size_t count = static_cast<std::size_t>(kept - entries());
    return std::exchange(count_, static_cast<std::uint32_t>(count)) - count;
  }

  // The first field of this name. Views are valid until the next change.
  std::optional<std::string_view> get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // All values of this name, in order; valid until the next change.
  std::vector<std::string_view> all(std::string_view name) const;
  // All values of this name joined with ", " (RFC 9110 section 5.2); empty if there is none.
  std::string joined(std::string_view name) const;

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::size_t text_bytes() const { return text_bytes_; }  // of all names and values
  Field operator[](std::size_t index) const;
  Iterator begin() const;
  Iterator end() const;

 private:
  struct Entry {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  Entry* entries() const { return block_.get(); }
  char* text() const { return reinterpret_cast<char*>(block_.get() + max_count_); }
  Field at(const Entry& entry) const {
    return {{text() + entry.name_at, entry.name_size}, {text() + entry.value_at, entry.value_size}};
  }
  void swap(Fields& other) noexcept;
  // A block for so much, with what we have at its beginning. Gives back the old one.
  std::unique_ptr<Entry[]> move_to(std::size_t fields, std::size_t text_bytes);

  // Room for max_count_ entries, then for max_text_bytes_ of text.
  std::unique_ptr<Entry[]> block_;
  std::uint32_t count_ = 0;
  std::uint32_t max_count_ = 0;
  std::uint32_t text_bytes_ = 0;
  std::uint32_t max_text_bytes_ = 0;
};

class Fields::Iterator {
 public:
  Iterator(const Fields& fields, const Entry* entry) : fields_(&fields), entry_(entry) {}
  Field operator*() const { return fields_->at(*entry_); }
  Iterator& operator++() {
    ++entry_;
    return *this;
  }
  bool operator==(const Iterator& other) const { return entry_ == other.entry_; }

 private:
  const Fields* fields_;
  const Entry* entry_;
};

inline Fields::Iterator Fields::begin() const {
  return {*this, entries()};
}
inline Fields::Iterator Fields::end() const {
  return {*this, entries() + count_};
}

// Of texts of the same size.
bool same_letters(const char* a, const char* b, std::size_t size);
// Whether names or tokens are equal without regard to ASCII case.
inline bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_letters(a.data(), b.data(), a.size());
}
// A token (RFC 9110 section 5.6.2), not empty.
bool is_token(std::string_view text);
// A field value (RFC 9110 section 5.5): visible ASCII, obs-text, SP and HTAB inside; no other byte.
bool is_field_value(std::string_view text);
// Whether a comma-separated list holds `token`, as Connection and the like are written.
bool list_holds(std::string_view list, std::string_view token);

}  // namespace net::http
