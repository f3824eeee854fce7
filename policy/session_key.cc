// Where the core's signing key comes from and how it is kept.

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/base64.h"
#include "policy/session.h"

namespace policy {
namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, FreeSigningKey>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr std::size_t kMaxKeyFileBytes = 16 * 1024;  // a PEM key has about 120

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

base::Error file_error(const std::string& file, std::string_view what) {
  return {base::Errc::System, file + ": " + std::string(what) + ": " + std::strerror(errno)};
}

KeyPointer make_key() {
  KeyPointer key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  assert(key != nullptr);  // only without memory or a source of random numbers
  return key;
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()), &BIO_free);
  [[maybe_unused]] const int written =
      PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  assert(written == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

// No passphrase is asked for on a terminal: a locked key is an error.
int no_passphrase(char*, int, int, void*) noexcept {
  return -1;
}

base::Result<KeyPointer> parse_key(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  KeyPointer key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) return base::Error{base::Errc::Malformed, "no private key in PEM form"};
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return base::Error{base::Errc::Refused, "not an Ed25519 key"};
  }
  return key;
}

base::Result<std::string> read_key_file(const std::string& file, int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return file_error(file, "cannot look at it");
  if (!S_ISREG(about.st_mode)) return base::Error{base::Errc::Refused, file + ": not a file"};
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return base::Error{base::Errc::Refused, file + ": others may use it; make it mode 0600"};
  }
  std::string text(kMaxKeyFileBytes + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(fd, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(file, "cannot read");
    filled += static_cast<std::size_t>(got);
    if (filled > kMaxKeyFileBytes) {
      return base::Error{base::Errc::TooLarge, file + ": too large for a key"};
    }
    if (got == 0) break;
  }
  text.resize(filled);
  return text;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(fd) == 0;
}

// Writes beside the file and links it into place: whoever looks sees a whole key or none, and of
// two processes that start together one wins and the other reads the winner's key.
base::Result<> create_key_file(const std::string& file) {
  std::string beside = file + ".XXXXXX";
  const File out(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (out.fd() < 0) return file_error(file, "cannot create");
  const KeyPointer key = make_key();
  std::string pem = to_pem(key.get());
  const bool written = write_all(out.fd(), pem);
  OPENSSL_cleanse(pem.data(), pem.size());
  const bool linked = written && (::link(beside.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int cause = errno;
  ::unlink(beside.c_str());
  errno = cause;
  if (!linked) return file_error(file, "cannot write");
  return {};
}

}  // namespace

void FreeSigningKey::operator()(EVP_PKEY* key) const noexcept {
  EVP_PKEY_free(key);
}

KeyId key_id_of(std::string_view public_key_bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(public_key_bytes.data()), public_key_bytes.size(),
         digest.data());
  KeyId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

SessionSigner::SessionSigner(EVP_PKEY* key) : key_(key) {
  std::string bytes(32, '\0');
  std::size_t length = bytes.size();
  [[maybe_unused]] const int got =
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &length);
  assert(got == 1 && length == bytes.size());
  public_key_ = base::encode_base64url(bytes);
  key_id_ = key_id_of(bytes);
}

std::string SessionSigner::derive(std::string_view label) const {
  const auto bytes = [](auto& text) { return reinterpret_cast<unsigned char*>(text.data()); };
  std::array<unsigned char, 32> seed{};
  std::size_t seed_bytes = seed.size();
  std::string salt = "sallyport derived key v1";
  std::string info(label);
  std::string out(32, '\0');
  std::size_t out_bytes = out.size();
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  [[maybe_unused]] const bool derived =
      EVP_PKEY_get_raw_private_key(key_.get(), seed.data(), &seed_bytes) == 1 &&
      context != nullptr && EVP_PKEY_derive_init(context) == 1 &&
      EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_salt(context, bytes(salt), static_cast<int>(salt.size())) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_key(context, seed.data(), static_cast<int>(seed_bytes)) == 1 &&
      EVP_PKEY_CTX_add1_hkdf_info(context, bytes(info), static_cast<int>(info.size())) == 1 &&
      EVP_PKEY_derive(context, bytes(out), &out_bytes) == 1;
  EVP_PKEY_CTX_free(context);
  OPENSSL_cleanse(seed.data(), seed.size());
  assert(derived && out_bytes == out.size());  // only without memory
  return out;
}

std::unique_ptr<SessionSigner> SessionSigner::generate() {
  return std::unique_ptr<SessionSigner>(new SessionSigner(make_key().release()));
}

base::Result<std::unique_ptr<SessionSigner>> SessionSigner::from_pem(std::string_view pem) {
  if (pem.size() > kMaxKeyFileBytes)
    return base::Error{base::Errc::TooLarge, "too large for a key"};
  auto key = parse_key(pem);
  if (!key) return key.error();
  return std::unique_ptr<SessionSigner>(new SessionSigner(key->release()));
}

base::Result<std::unique_ptr<SessionSigner>> SessionSigner::load(const std::string& file) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd() < 0) {
    const base::Errc code = errno == ENOENT ? base::Errc::NotFound : base::Errc::System;
    return base::Error{code, file_error(file, "cannot open").detail};
  }
  auto pem = read_key_file(file, in.fd());
  if (!pem) return pem.error();
  auto signer = from_pem(*pem);
  OPENSSL_cleanse(pem->data(), pem->size());
  if (!signer) return base::Error{signer.error().code, file + ": " + signer.error().detail};
  return signer;
}

base::Result<std::unique_ptr<SessionSigner>> SessionSigner::load_or_create(
    const std::string& file) {
  auto loaded = load(file);
  if (loaded || loaded.error().code != base::Errc::NotFound) return loaded;
  if (auto created = create_key_file(file); !created) return created.error();
  return load(file);
}

}  // namespace policy
