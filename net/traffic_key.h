#pragma once
// The key of one direction of a TLS 1.3 connection: seals or opens records, one after the other
// (RFC 8446 sections 5.2, 5.3 and 7).

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;

namespace net {

class TrafficKey final {
 public:
  enum class Use { Seal, Open };
  static constexpr std::size_t kHeaderBytes = 5;
  static constexpr std::size_t kTagBytes = 16;
  // RFC 8446 section 5.5 allows AES-GCM 2^24.5 full records under one key; a new one comes sooner.
  static constexpr std::uint64_t kMaxSealed = std::uint64_t{1} << 24;

  TrafficKey() = default;
  ~TrafficKey();  // wipes the secret
  TrafficKey(const TrafficKey&) = delete;
  TrafficKey& operator=(const TrafficKey&) = delete;

  // Begins with `secret`, the direction's application_traffic_secret_0, after `used` records.
  // `suite` is the number of a TLS 1.3 suite. False: one we do not know, or OpenSSL fails.
  bool start(Use use, std::uint16_t suite, std::string_view secret, std::uint64_t used);
  // Goes on with application_traffic_secret_N+1 (section 7.2), counting from 0.
  bool advance();
  bool worn_out() const { return used_ >= kMaxSealed; }

  // Both work in place on one whole record: its header, what is sealed, its tag. False: OpenSSL
  // fails or, opening, the record is not what the peer sealed. A shorter one is the caller's fault.
  bool seal(std::span<char> record);
  bool open(std::span<char> record);

 private:
  struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* cipher) const noexcept;
  };
  struct Suite;
  static const Suite* find_suite(std::uint16_t number);
  struct Wanted {
    std::string_view label;
    std::span<unsigned char> out;
  };
  bool expand(std::initializer_list<Wanted> wanted) const;
  bool set_key();
  using Nonce = std::array<unsigned char, 12>;
  bool begin_record(std::span<const char> header, unsigned char* tag);
  bool set_nonce_and_tag(Nonce& nonce, unsigned char* tag);
  bool set_for_gcm(Nonce& nonce, unsigned char* tag);

  const Suite* suite_ = nullptr;
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> cipher_;
  std::uint64_t used_ = 0;                  // records under this key
  std::array<unsigned char, 48> secret_{};  // as long as the suite's hash
  Nonce iv_{};
  Use use_ = Use::Seal;
};

}  // namespace net
