// What home accepts as a target is unambiguous: its segments, written again, are read as the same,
// and none of them leads anywhere but down.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "home/request.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_plain(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  for (const char c : segment) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/' || c == '\\') return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto credentials = home::parse_basic(text)) check(!credentials->user.empty());
  const auto resource = home::parse_target(text);
  if (!resource) return 0;
  check(resource->segments.size() <= home::kMaxSegments);
  check(resource->query.size() <= home::kMaxParameters);
  std::string again;
  for (const std::string& segment : resource->segments) {
    check(is_plain(segment));
    again += "/" + home::encode_segment(segment);
  }
  const auto reread = home::parse_target(again.empty() ? "/" : again);
  check(reread && reread->segments == resource->segments);
  return 0;
}
