#pragma once
// Multipart bodies (RFC 2046 section 5.1, RFC 5621) as SERVICE has them.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sip {

struct Part {
  std::string_view type;  // Content-Type's value, as written; empty when there is none
  std::string_view body;
};
// The parts of a body whose Content-Type is `type` ("multipart/mixed;boundary=…"). Malformed when
// it is no multipart, has no boundary or no end; TooLarge beyond kMaxParts. Views into `body`.
base::Result<std::vector<Part>> parse_multipart(std::string_view type, std::string_view body);

struct Multipart {
  std::string type;  // "multipart/mixed;boundary=boundary-<uuid>"
  std::string body;
};
Multipart make_multipart(const std::vector<Part>& parts);
// Whether a Content-Type names this media type, parameters apart and without case.
bool is_media_type(std::string_view content_type, std::string_view media_type);

}  // namespace sip
