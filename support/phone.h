#pragma once
// The words of a client's phone: the REGISTER it sends, the answers it gives to what comes from
// inside, and what it reads in the answers it gets. Pure: values in, messages out.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "sip/digest.h"
#include "sip/message.h"
#include "support/device_file.h"

namespace support {

inline constexpr std::uint32_t kRegisterSeconds = 3600;  // what the seed's client asks for

struct Phone {
  std::string user;  // the digest's
  std::string password;
  std::string line;
  std::string device;
  std::string contact;   // user part of the Contact
  std::string instance;  // UUID, the same whenever this device registers (RFC 5626 section 4.1)
};
// The contact is made of the device's name where the settings have none.
Phone make_phone(std::string user, std::string password, std::string device,
                 const PhoneSettings& settings);

// Where a REGISTER goes: through the edge and one of its cores to a call manager.
struct RegisterPath {
  std::string edge;   // host name of the edge
  std::string route;  // of the edge configuration, with its brackets
  CallManager registrar;
  bool operator==(const RegisterPath&) const = default;
};
// "sip:ucm-pub.lab.example", the request URI and so the digest's.
std::string registrar_uri(const RegisterPath& path);

// What differs from one REGISTER of a phone to the next.
struct RegisterTurn {
  std::string call_id;
  std::string from_tag;
  std::uint32_t sequence = 101;
  std::uint32_t expires = kRegisterSeconds;  // 0 unregisters
  std::string credentials;                   // Proxy-Authorization; empty: none
  base::Endpoint local;                      // our end of the connection
  std::int64_t now = 0;                      // seconds since 1970
};
// As the seed's client writes it (wire.md section 6), without Via.
sip::Message make_register(const Phone& phone, const RegisterPath& path, const RegisterTurn& turn);

// The challenge of a 407 that is answered: SHA-256 before MD5 whatever their order, since an edge
// that offers MD5 first offers both (RFC 8760 section 2.3 leaves the choice to the client).
// NotFound when there is none, else the fault of the last that cannot be answered.
base::Result<sip::DigestChallenge> choose_challenge(const sip::Message& answer);

// Seconds for which a 200 to REGISTER holds this phone's contact: its Contact's expires, else
// Expires, else what was asked for. Nothing when the answer lists contacts, but not this one.
std::optional<std::uint32_t> granted_seconds(const sip::Message& answer, const Phone& phone);

// The answer to a request from inside: OPTIONS and NOTIFY 200, INVITE 486 (there is no media here),
// what breaks RFC 3261 as sip::check_request() says, the rest 405. Nothing for an ACK.
std::optional<sip::Message> answer_inside(const sip::Message& request);

// The message for people, masked and printable, line by line.
std::string masked_text(const sip::Message& message);

}  // namespace support
