#pragma once
// PEM texts (RFC 7468) and the files they live in.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/credentials.h"

namespace certs {

// Every certificate of a PEM text in its order; blocks of other kinds (a key in the same file) are
// passed over. Malformed when there is none, when one does not parse, is cut short or has bytes
// behind its end; TooLarge beyond kMaxPemBytes or `max_count` certificates.
base::Result<std::vector<Certificate>> parse_certificates(std::string_view pem,
                                                          std::size_t max_count);

// The first private key of a PEM text. Malformed when there is none; Refused when it is encrypted:
// a service has nobody to ask for the passphrase.
base::Result<Key> parse_key(std::string_view pem);

std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key);  // PKCS#8, not encrypted: for a file of mode 0600

// The whole of a file. Errors name the file: NotFound, System (cannot be read), TooLarge beyond
// kMaxPemBytes.
base::Result<std::string> read_file(const std::string& path);

enum class Existing { Keep, Replace };  // what becomes of a file that is already there

// Writes a file whose permission bits are exactly `mode` from its first byte on. Refused when it
// exists and is to be kept; a file that is replaced is replaced whole or not at all.
base::Result<> write_file(const std::string& path, std::string_view text, unsigned mode,
                          Existing existing);

}  // namespace certs
