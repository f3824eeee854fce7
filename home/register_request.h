#pragma once
// A REGISTER, read (RFC 3261 section 10.2, RFC 3327, RFC 5626): what it asks for, before anybody
// looks at who asks and what is there.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "home/contact.h"
#include "sip/message.h"

namespace home {

inline constexpr std::size_t kMaxContacts = 32;      // of one message
inline constexpr std::size_t kMaxPathBytes = 4096;   // a handful of proxies with sealed state
inline constexpr std::size_t kMaxCallIdBytes = 512;  // stored with each binding

// Why a request is refused.
struct Refusal {
  int status = 400;
  std::string text;         // behind the status code's own words: fixed, so a peer may see it
  std::string detail = {};  // further, for the log
};

struct RegisterRequest {
  std::string host;  // of To: the domain of the address-of-record
  std::string line;  // of To: the user, escapes undone, without parameters
  std::vector<Contact> contacts;
  bool star = false;                     // Contact: *
  std::optional<std::uint32_t> expires;  // of the header, seconds
  std::string path;                      // its values with commas between them
  std::string call_id;
  std::int64_t cseq = 0;
  bool supports_path = false;
  bool supports_outbound = false;
  bool proxied = false;  // it came over a proxy: several Vias, or Path
};

// `request` has passed sip::check_request().
//   400: To, Contact, Path or CSeq that cannot be read, `*` with anything but Expires: 0 or beside
//   another Contact, several Contacts with reg-id (RFC 5626 section 6), a Contact of sips without a
//   Path (there is no TLS here), more than kMax…; 404: To is no SIP address.
std::variant<RegisterRequest, Refusal> read_register(const sip::Message& request);

}  // namespace home
