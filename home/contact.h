#pragma once
// One Contact of a REGISTER (RFC 3261 section 20.10, RFC 5626 section 4.2), and when two of them
// mean the same phone.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace home {

// URI and parameters of one; a line's answer holds 16 of them and must fit into a message's head.
inline constexpr std::size_t kMaxContactBytes = 1024;

struct Contact {
  std::string uri;     // without brackets
  std::string params;  // as they came, without expires and x-cisco-newreg
  std::string instance;
  std::int64_t reg_id = 0;               // 0: none, or of no use without an instance
  std::optional<std::uint32_t> expires;  // seconds; a malformed one is kMalformedExpires
  bool is_sips = false;
};

// RFC 3261 section 10.2.1.1.
inline constexpr std::uint32_t kMalformedExpires = 3600;

// `value` is one value of the field, not `*`. Malformed: no address, a URI that is not sip or sips
// or has no host, a reg-id of 0 or beyond 2^31 - 1 (RFC 5626 section 4.2). TooLarge beyond
// kMaxContactBytes.
base::Result<Contact> parse_contact(std::string_view value);

// A URI taken apart for comparison by RFC 3261 section 19.1.4, once, so that comparing many with
// many stays cheap. What cannot be read is equal only to the same text.
class ComparableUri final {
 public:
  explicit ComparableUri(std::string_view text);
  bool matches(const ComparableUri& other) const;

 private:
  std::string text_;
  std::string address_;  // what must be equal as a whole: scheme, user, host, port
  std::vector<std::pair<std::string, std::string>> params_;   // sorted
  std::vector<std::pair<std::string, std::string>> headers_;  // sorted
  bool readable_ = false;
};

}  // namespace home
