#pragma once
// The edge's side of digest authentication (wire.md 6, RFC 7616): what it challenges with, which
// credentials it looks at, and the nc that must rise. Whether a digest is right stands in
// sip/digest.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/sip_settings.h"
#include "sip/digest.h"
#include "sip/message.h"

namespace edge {

// 407 for `request`, with one Proxy-Authenticate for each algorithm (RFC 8760 section 2.3). `flow`
// is the client's Flow-id, which the nonce is bound to; `now` in seconds since 1970.
sip::Message make_challenge(const sip::Message& request, const SipSettings& settings,
                            sip::NonceKey& nonces, std::string_view flow, std::int64_t now,
                            bool stale);

// The first Proxy-Authorization for `realm`; nothing when there is none. Those of other realms are
// somebody else's. Malformed or Unsupported as sip::parse_credentials has it.
base::Result<std::optional<sip::DigestCredentials>> find_credentials(const sip::Message& request,
                                                                     std::string_view realm);
// Takes away the Proxy-Authorization fields for `realm` and leaves the others.
void strip_credentials(sip::Message& request, std::string_view realm);

// Whether the digest's uri means the Request-URI: the same bytes, or the same but for the case of
// scheme, host and parameters.
bool same_uri(std::string_view a, std::string_view b);

// The highest nc that was used with each nonce of one connection. Entries are made by digests that
// verified, so strangers cannot fill it; each goes when its nonce is no longer fresh.
class NonceCounts final {
 public:
  // When more are fresh at once the oldest goes, and nonces as old as that count as stale: nothing
  // can be replayed because it was forgotten.
  static constexpr std::size_t kMaxNonces = 1024;

  // Whether `count` is above all that were taken with this nonce; it is the highest from now on.
  // `now` in seconds since 1970.
  bool take(const sip::NonceKey::Judged& nonce, std::uint32_t count, std::int64_t now);
  void expire(std::int64_t now);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t id;
    std::int64_t made;
    std::uint32_t count;
  };
  std::vector<Entry> entries_;
  std::int64_t floor_ = 0;  // nonces made up to then and not in entries_ are not taken
};

}  // namespace edge
