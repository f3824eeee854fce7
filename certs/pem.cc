#include "certs/pem.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "certs/openssl.h"

namespace certs {
namespace {

using base::Errc;
using base::Error;

class File final {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Error system_error(const std::string& path, int error) {
  const Errc code = error == ENOENT ? Errc::NotFound : Errc::System;
  return {code, path + ": " + std::strerror(error)};
}

struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));  // it may be a key
  }
};

bool is_certificate(std::string_view name) {
  return name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD || name == PEM_STRING_X509_TRUSTED;
}

// A certificate that fills the block; null otherwise.
Certificate decode(const Block& block) {
  const unsigned char* at = block.data;
  // The trusted form carries OpenSSL's own settings behind the certificate; they are not judged.
  const bool trusted = std::string_view(block.name) == PEM_STRING_X509_TRUSTED;
  Certificate certificate(trusted ? d2i_X509_AUX(nullptr, &at, block.size)
                                  : d2i_X509(nullptr, &at, block.size));
  if (certificate != nullptr && at != block.data + block.size) certificate.reset();
  return certificate;
}

// Called when a key is encrypted. OpenSSL's default would ask on the terminal.
int no_passphrase(char*, int, int, void* asked) noexcept {
  *static_cast<bool*>(asked) = true;
  return -1;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

base::Result<std::vector<Certificate>> parse_certificates(std::string_view pem,
                                                          std::size_t max_count) {
  if (pem.size() > kMaxPemBytes) return Error{Errc::TooLarge, "more than 1 MiB of PEM"};
  const Bio input = reader_of(pem);
  if (input == nullptr) return openssl_error("read PEM");
  ERR_clear_error();
  std::vector<Certificate> certificates;
  for (;;) {
    Block block;
    if (PEM_read_bio(input.get(), &block.name, &block.header, &block.data, &block.size) != 1) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (at_end) break;
      return Error{Errc::Malformed, "a PEM block is cut short or damaged"};
    }
    if (!is_certificate(block.name)) continue;
    if (certificates.size() == max_count) {
      return Error{Errc::TooLarge, "more than " + std::to_string(max_count) + " certificates"};
    }
    Certificate certificate = decode(block);
    ERR_clear_error();
    if (certificate == nullptr) {
      const std::string number = std::to_string(certificates.size() + 1);
      return Error{Errc::Malformed, "certificate " + number + " cannot be decoded"};
    }
    certificates.push_back(std::move(certificate));
  }
  if (certificates.empty()) return Error{Errc::Malformed, "no certificate in it"};
  return certificates;
}

base::Result<Key> parse_key(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return Error{Errc::TooLarge, "more than 1 MiB of PEM"};
  const Bio input = reader_of(pem);
  if (input == nullptr) return openssl_error("read PEM");
  bool encrypted = false;
  Key key(PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, &encrypted));
  ERR_clear_error();
  if (encrypted) return Error{Errc::Refused, "the private key is encrypted"};
  if (key == nullptr) return Error{Errc::Malformed, "no private key in it"};
  return key;
}

std::string to_pem(X509* certificate) {
  const Bio memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || PEM_write_bio_X509(memory.get(), certificate) != 1) return {};
  return text_in(memory.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Bio memory(BIO_new(BIO_s_secmem()));
  if (memory == nullptr || PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0,
                                                         nullptr, nullptr) != 1) {
    return {};
  }
  return text_in(memory.get());
}

base::Result<std::string> read_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, errno);
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxPemBytes) return Error{Errc::TooLarge, path + ": more than 1 MiB"};
  }
}

base::Result<> write_file(const std::string& path, std::string_view text, unsigned mode,
                          Existing existing) {
  const bool replace = existing == Existing::Replace;
  const std::string target = replace ? path + ".new" : path;
  if (replace) ::unlink(target.c_str());  // left by a run that was cut short
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  const File file(::open(target.c_str(), flags, 0600));
  if (file.get() < 0 && errno == EEXIST) {
    return Error{Errc::Refused, path + ": exists already and is not overwritten"};
  }
  if (file.get() < 0) return system_error(target, errno);
  const bool written = ::fchmod(file.get(), mode) == 0 && write_all(file.get(), text) &&
                       ::fsync(file.get()) == 0 &&
                       (!replace || ::rename(target.c_str(), path.c_str()) == 0);
  if (written) return {};
  const int error = errno;
  ::unlink(target.c_str());
  return system_error(target, error);
}

}  // namespace certs
