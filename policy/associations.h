#pragma once
// What a sign-in leaves behind for SIP (wire.md 6): proof of the user's password that answers the
// digests of one edge's realm, without the password. Kept in the Store until the session's end.
//
// A value of the store is
//   version (1 byte, 1) | issued (8) | expires (8)
//   | number of proofs (1) | proofs (each 1 length byte, that many bytes of user name, MD5 HA1
//   (16),
//     SHA-256 HA1 (32))
//   | number of devices (1) | devices (each 1 length byte and that many bytes)
// with times in seconds since 1970 and numbers big-endian. It is as secret as the password is for
// this realm: never logged, never sent but in the signed answer to an edge.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/store.h"

namespace policy {

// HA1 of RFC 7616 section 3.4.2 for one spelling of the user's name; bytes, not digits.
struct DigestProof {
  std::string username;  // as a client writes it: "mac.donald", "Mac.Donald@LAB.example"
  std::array<std::uint8_t, 16> md5{};
  std::array<std::uint8_t, 32> sha256{};
  bool operator==(const DigestProof&) const = default;
};

struct Association {
  static constexpr std::size_t kMaxProofs = 6;          // spellings; more are not kept
  static constexpr std::size_t kMaxUsername = 255;      // bytes of one
  static constexpr std::size_t kMaxDeviceBytes = 1024;  // with a length byte each, as in a token

  std::chrono::sys_seconds issued{};  // when the password was proven
  std::chrono::sys_seconds expires{};
  std::vector<DigestProof> proofs;   // the canonical name's first
  std::vector<std::string> devices;  // names, the first ones where they are many
  bool operator==(const Association&) const = default;

  // The one of this very spelling; null when there is none.
  const DigestProof* proof(std::string_view username) const;
};

// What is too much for the limits above is left out.
std::string encode_association(const Association& association);
// Malformed for everything that encode_association() did not write.
base::Result<Association> decode_association(std::string_view bytes);

// Whose association, and for which realm. `user` and `domain` canonical (policy/user.h), `realm`
// the edge's name, in lower case.
struct AssociationKey {
  std::string_view user;
  std::string_view domain;
  std::string_view realm;
};
// The store's key: short, whatever the lengths of the names, and telling nothing of them.
std::string to_store_key(const AssociationKey& key);

// The associations in a store. One per worker.
class Associations final {
 public:
  using Found = std::function<void(base::Result<std::optional<Association>>)>;

  explicit Associations(Store& store) : store_(store) {}

  void put(const AssociationKey& key, const Association& association);
  // `done` comes from the loop; destroying the token cancels it.
  [[nodiscard]] Store::Token get(const AssociationKey& key, Found done);
  void erase(const AssociationKey& key);

 private:
  Store& store_;
};

}  // namespace policy
