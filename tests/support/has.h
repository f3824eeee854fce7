#pragma once
// Whether a text that people read holds what it must.

#include <string_view>

namespace support {

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace support
