#pragma once
// The fields of a message head (RFC 9110 section 5): in the order they came, names compared
// without case, spelling kept. All text lies in one block, so a usual head costs two allocations.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net::http {

struct Field {
  std::string_view name;
  std::string_view value;
};

class Fields final {
 public:
  class Iterator;

  // Appends a field. Values come without surrounding white space. Any bytes are taken: what a
  // message may hold is the parsers' business, see is_field_name() and is_field_value().
  void add(std::string_view name, std::string_view value);
  // Makes room ahead, for more than a usual head needs.
  void reserve(std::size_t fields, std::size_t text_bytes);
  // Removes every field of this name, then appends one.
  void set(std::string_view name, std::string_view value);
  // Removes every field of this name; returns how many there were.
  std::size_t remove(std::string_view name);
  // Removes every field whose name `is_unwanted` says yes to.
  template <typename Predicate>
  void remove_if(Predicate is_unwanted) {
    std::erase_if(entries_, [&](const Entry& entry) {
      return is_unwanted(std::string_view(text_).substr(entry.name_at, entry.name_size));
    });
  }

  // The first field of this name. Views are valid until the next change.
  std::optional<std::string_view> get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // All values of this name, in order; valid until the next change.
  std::vector<std::string_view> all(std::string_view name) const;
  // All values of this name joined with ", " (RFC 9110 section 5.2); empty if there is none.
  std::string joined(std::string_view name) const;

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  std::size_t text_bytes() const { return text_.size(); }  // of all names and values
  Field operator[](std::size_t index) const;
  Iterator begin() const;
  Iterator end() const;

 private:
  struct Entry {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  void grow_with(std::string_view name, std::string_view value);
  Field at(const Entry& entry) const {
    const char* text = text_.data();
    return {{text + entry.name_at, entry.name_size}, {text + entry.value_at, entry.value_size}};
  }

  std::string text_;
  std::vector<Entry> entries_;
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
  return {*this, entries_.data()};
}
inline Fields::Iterator Fields::end() const {
  return {*this, entries_.data() + entries_.size()};
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
