#pragma once
// What a client's phone takes from its device's configuration file (<Device>.cnf.xml): the line it
// registers and the call managers it registers with. Pure: text in, values out.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace support {

inline constexpr std::size_t kMaxCallManagers = 8;  // a group has three; more are not tried
inline constexpr std::size_t kMaxLineBytes = 64;    // directory numbers have up to 24
inline constexpr std::uint16_t kSipPort = 5060;     // RFC 3261 section 19.1.2

struct CallManager {
  std::string host;  // a host name, lower case, or an IP address
  std::uint16_t port = kSipPort;
  bool operator==(const CallManager&) const = default;
};

struct PhoneSettings {
  std::string line;     // the directory number of the first line; empty: there is none
  std::string contact;  // the user part of its Contact; may be empty
  std::vector<CallManager> call_managers;  // by priority
  bool operator==(const PhoneSettings&) const = default;
};

// Reads <device>. A file without lines or call managers gives empty ones. Malformed, with the
// element in the detail, for what is no XML, and for a line, contact or node that no SIP URI could
// hold.
base::Result<PhoneSettings> parse_device_file(std::string_view body);

}  // namespace support
