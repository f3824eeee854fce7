// The first line is a Content-Type, the rest a body. Parts lie in the body in their order, and what
// was read can be written and read again to the same.

#include <cstdlib>
#include <string_view>

#include "sip/limits.h"
#include "sip/multipart.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  if (end == text.npos) return 0;
  const std::string_view body = text.substr(end + 1);
  const auto parts = sip::parse_multipart(text.substr(0, end), body);
  if (!parts) return 0;
  check(!parts->empty() && parts->size() <= sip::kMaxParts);
  const char* last = body.data();
  for (const sip::Part& part : *parts) {
    check(part.type.find_first_of("\r\n") == part.type.npos);
    if (part.body.empty()) continue;
    check(part.body.data() >= last &&
          part.body.data() + part.body.size() <= body.data() + body.size());
    last = part.body.data() + part.body.size();
  }
  const sip::Multipart made = sip::make_multipart(*parts);
  const auto again = sip::parse_multipart(made.type, made.body);
  check(again && again->size() == parts->size());
  for (std::size_t i = 0; i < parts->size(); ++i) {
    check((*again)[i].type == (*parts)[i].type && (*again)[i].body == (*parts)[i].body);
  }
  return 0;
}
