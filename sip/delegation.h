#pragma once
// The delegated credential check (wire.md 6): what edge and core say to each other in SERVICE and
// its answer. Builds and reads whole messages; who may ask and what is answered is the caller's.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "certs/credentials.h"
#include "sip/message.h"

namespace sip {

inline constexpr std::size_t kMaxDelegatedNames = 64;   // lines of a user, and devices
inline constexpr std::size_t kMaxDelegatedBytes = 255;  // of each name

// The edge's question.
struct CredentialRequest {
  std::string peer_id;   // 8 hex digits of the asking process
  std::string id;        // decimal, of this question
  std::string username;  // as the client's digest has it
  std::string realm;     // the edge's name
  std::string sip_domain;
  std::int64_t msg_id = 0;  // seconds since 1970
};

struct Ha1 {
  std::string algorithm;  // "MD5" or "SHA-256"
  std::string value;      // lower-case hex
};

// The core's answer: what the edge needs to judge a client's digest by itself.
struct Association {
  std::string user;  // canonical, without the domain
  std::string domain;
  std::string username;  // as it was asked for
  std::string realm;
  std::vector<Ha1> ha1;
  std::vector<std::string> lines;     // user parts that the user's To and From may have
  std::vector<std::string> devices;   // names of the user's devices
  std::chrono::sys_seconds issued{};  // when the password was proven
  std::chrono::sys_seconds expires{};
  bool operator==(const Association&) const = default;
};
inline bool operator==(const Ha1& a, const Ha1& b) {
  return a.algorithm == b.algorithm && a.value == b.value;
}

// Who builds or answers, for From, Contact, Via and the certificate part.
struct Signer {
  const certs::Credentials& credentials;
  std::int64_t now = 0;  // seconds since 1970, for Date
};

// A complete SERVICE, signed, with the certificate chain as PEM, but without the proxies' Via and
// X-TAATag: those are the caller's.
base::Result<Message> make_service(const CredentialRequest& request, const Signer& signer);
// A 200 to `service`, signed by the core.
base::Result<Message> make_service_answer(const Message& service, const CredentialRequest& request,
                                          const Association& association, const Signer& signer);

// What a SERVICE or its 200 carries, taken apart. Malformed names what is missing or wrong.
struct Delegation {
  std::string document;  // of the application/text part
  std::shared_ptr<const certs::CertificateChain> chain;
};

// Takes delegations apart. A peer shows the same certificates each time, and to read them is dearer
// than to verify a signature: those of the last few peers stay as they were read, by their text.
// Nothing is kept of what a verification said. One per worker.
class DelegationReader final {
 public:
  static constexpr std::size_t kMaxChains = 16;  // at most 64 KiB of text each

  base::Result<Delegation> open(const Message& message);

 private:
  base::Result<std::shared_ptr<const certs::CertificateChain>> chain_of(std::string_view pem);

  std::map<std::string, std::shared_ptr<const certs::CertificateChain>, std::less<>>
      chains_;  // by PEM
};
base::Result<CredentialRequest> parse_method_call(std::string_view document);
base::Result<Association> parse_method_response(std::string_view document);
std::string to_xml(const CredentialRequest& request);
std::string to_xml(const CredentialRequest& request, const Association& association);

}  // namespace sip
