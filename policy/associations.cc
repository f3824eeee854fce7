#include "policy/associations.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/hex.h"

namespace policy {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kMaxByteCount = 255;

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(number >> shift));
}

void append_text(std::string& out, std::string_view text) {
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

template <std::size_t N>
void append_bytes(std::string& out, const std::array<std::uint8_t, N>& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), N);
}

// Takes values from the front; a value that is not there makes it fail for good.
class Reader final {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t count) {
    if (rest_.size() < count) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::size_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<unsigned char>(one.front());
  }
  std::chrono::sys_seconds time() {
    std::uint64_t number = 0;
    for (const char c : take(8))
      number = number << 8 | static_cast<unsigned char>(c);
    return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(number)));
  }
  template <std::size_t N>
  void bytes(std::array<std::uint8_t, N>& out) {
    const std::string_view taken = take(N);
    if (taken.size() == N) std::memcpy(out.data(), taken.data(), N);
  }
  bool is_done() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

const DigestProof* Association::proof(std::string_view username) const {
  const auto found = std::find_if(proofs.begin(), proofs.end(),
                                  [&](const DigestProof& one) { return one.username == username; });
  return found == proofs.end() ? nullptr : &*found;
}

std::string encode_association(const Association& association) {
  std::string out(1, kVersion);
  append_number(out, static_cast<std::uint64_t>(association.issued.time_since_epoch().count()));
  append_number(out, static_cast<std::uint64_t>(association.expires.time_since_epoch().count()));
  std::size_t count = 0;
  std::string list;
  for (const DigestProof& proof : association.proofs) {
    if (proof.username.size() > Association::kMaxUsername) continue;
    if (count == Association::kMaxProofs) break;
    append_text(list, proof.username);
    append_bytes(list, proof.md5);
    append_bytes(list, proof.sha256);
    ++count;
  }
  out.push_back(static_cast<char>(count));
  out += list;
  count = 0;
  list.clear();
  for (const std::string& device : association.devices) {
    const bool fits = device.size() <= kMaxByteCount &&
                      list.size() + 1 + device.size() <= Association::kMaxDeviceBytes;
    if (!fits || count == kMaxByteCount) continue;
    append_text(list, device);
    ++count;
  }
  out.push_back(static_cast<char>(count));
  out += list;
  assert(out.size() <= Store::kMaxValueBytes);
  return out;
}

base::Result<Association> decode_association(std::string_view bytes) {
  Reader reader(bytes);
  Association association;
  const bool known = reader.byte() == static_cast<unsigned char>(kVersion);
  association.issued = reader.time();
  association.expires = reader.time();
  for (std::size_t left = known ? reader.byte() : 0; left > 0 && !reader.failed(); --left) {
    DigestProof& proof = association.proofs.emplace_back();
    proof.username = reader.take(reader.byte());
    reader.bytes(proof.md5);
    reader.bytes(proof.sha256);
  }
  for (std::size_t left = known ? reader.byte() : 0; left > 0 && !reader.failed(); --left) {
    association.devices.emplace_back(reader.take(reader.byte()));
  }
  if (!known || !reader.is_done() || encode_association(association) != bytes) {
    return base::Error{base::Errc::Malformed, "not an association"};
  }
  return association;
}

std::string to_store_key(const AssociationKey& key) {
  std::string text;
  for (const std::string_view part : {key.user, key.domain, key.realm}) {
    text.append(part);
    text.push_back('\0');  // none of the names can hold one
  }
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return "association " + base::encode_hex(digest);
}

void Associations::put(const AssociationKey& key, const Association& association) {
  store_.put(to_store_key(key), encode_association(association), association.expires);
}

Store::Token Associations::get(const AssociationKey& key, Found done) {
  return store_.get(to_store_key(key),
                    [done = std::move(done)](base::Result<std::optional<std::string>> value) {
                      if (!value) return done(value.error());
                      if (!*value) return done(std::optional<Association>{});
                      auto association = decode_association(**value);
                      if (!association) return done(association.error());
                      done(std::optional<Association>(std::move(*association)));
                    });
}

void Associations::erase(const AssociationKey& key) {
  store_.erase(to_store_key(key));
}

}  // namespace policy
