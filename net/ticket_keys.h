#pragma once
// The keys that seal TLS session tickets (RFC 5077 section 4, RFC 8446 section 4.6.1). A ticket is
// AES-256-CBC under HMAC-SHA256, as RFC 5077 recommends.
//
// A fresh key seals for an hour and opens for two more; then it is gone, and with it the chance to
// read recorded TLS 1.2 traffic through it. All workers share one TicketKeys, so a session goes on
// at whichever of them the client arrives.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>

typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_mac_ctx_st EVP_MAC_CTX;

namespace net {

// Safe to use from any thread.
class TicketKeys final {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  static constexpr std::chrono::hours kPeriod{1};
  static constexpr int kOldPeriods = 2;  // for so long a key still opens what it sealed
  static constexpr std::size_t kNameBytes = 16;
  static constexpr std::size_t kIvBytes = 16;

  // What open() found: Renew means valid, but sealed with an older key.
  enum class Found { Nothing, Valid, Renew };

  // `now` is called under the lock, from any thread.
  explicit TicketKeys(Now now = &std::chrono::steady_clock::now);
  ~TicketKeys();  // wipes the keys
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // Prepares to seal a ticket: writes the key's name and a fresh IV, sets up cipher and MAC.
  // False when OpenSSL fails; the ticket is then not issued.
  bool seal(std::span<std::uint8_t, kNameBytes> name, std::span<std::uint8_t, kIvBytes> iv,
            EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
  // Prepares to open the ticket that bears `name` and `iv`.
  Found open(std::span<const std::uint8_t, kNameBytes> name,
             std::span<const std::uint8_t, kIvBytes> iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);

 private:
  struct Key {
    std::array<std::uint8_t, kNameBytes> name;
    std::array<std::uint8_t, 32> cipher;
    std::array<std::uint8_t, 32> mac;
    std::int64_t period;  // the one it seals in, counted from the start
  };

  std::int64_t rotate();
  static bool set_mac(const Key& key, EVP_MAC_CTX* mac);

  std::mutex mutex_;  // guards all below; held for microseconds, once a handshake
  Now now_;
  std::chrono::steady_clock::time_point start_;
  std::deque<Key> keys_;  // newest first
};

}  // namespace net
