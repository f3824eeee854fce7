#pragma once
// What the subcommands of `sallyport cert` do, apart from how their options are written.

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

namespace support::cert {

inline constexpr int kDone = 0;     // accepted, written, shown
inline constexpr int kRefused = 1;  // the chain is refused
inline constexpr int kMisused = 2;  // a wrong value, a file that cannot be read or written

struct Terminal {
  std::ostream& out;
  std::ostream& err;
  std::chrono::sys_seconds now;
};

struct VerifyOptions {
  std::string role;                // "server" or "client"
  std::vector<std::string> names;  // "DNS:...", "IP:...", "SRV:..."; one of them must be held
  std::string trust_file;          // empty: the authorities of the operating system
  std::string at;                  // RFC 3339; empty: now
  std::string chain_file;
};
// Prints "accepted: ok" or "refused: <rule>: <reason>". A chain file that can be read but holds no
// proper chain is refused; it is what a peer could have sent.
int verify(const VerifyOptions& options, const Terminal& terminal);

// Prints every certificate of a PEM file.
int show(const std::string& file, const Terminal& terminal);

struct RequestOptions {
  std::vector<std::string> names;
  std::string common_name;  // empty: the first name
  std::string key_kind;     // certs/key.h
  std::string key_file;
  std::string request_file;
  bool force = false;  // files that exist are replaced
};
// Writes a fresh key and a PKCS#10 request.
int request(const RequestOptions& options, const Terminal& terminal);

struct MakeOptions {
  std::string parent;  // the folder of the authority that signs; empty: a root
  std::string common_name;
  std::vector<std::string> names;
  std::string role;  // "server", "client" or "both"
  std::string key_kind;
  std::string digest;
  std::string not_before;  // certs::parse_time(); empty: five minutes ago
  std::string not_after;   // likewise; empty: `days` after the beginning
  int days = 0;
  std::string request_file;  // a PKCS#10 to sign in place of a fresh key
  std::string out;           // a folder for an authority, a prefix of file names for a certificate
  bool force = false;
};
// Writes ca.pem and ca.key into the folder `out`, which is made if need be.
int make_authority(const MakeOptions& options, const Terminal& terminal);
// Writes `out`.pem and, unless it signs a request, `out`.key.
int issue(const MakeOptions& options, const Terminal& terminal);

}  // namespace support::cert
