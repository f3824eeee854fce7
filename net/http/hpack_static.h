#pragma once
// HPACK's static table (RFC 7541 appendix A). Its indices begin at 1.

#include <array>
#include <cstdint>
#include <string_view>

namespace net::http {

inline constexpr std::uint32_t kStaticEntries = 61;

struct StaticEntry {
  std::string_view name;
  std::string_view value;
};

// By index; that of index 0 is empty.
extern const std::array<StaticEntry, kStaticEntries + 1> kStaticTable;

struct StaticMatch {
  std::uint32_t index = 0;  // 0: not even the name is there
  bool value = false;       // the value is the entry's too
};

// `name` is lower case.
StaticMatch find_static(std::string_view name, std::string_view value);

}  // namespace net::http
