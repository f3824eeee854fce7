#pragma once
// What the home cluster knows: users, their devices, the devices' lines. Plain values, and the
// judgement of what may stand in them, so that nothing in the store can surprise a path, a header
// or a document later.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace home {

inline constexpr std::size_t kMaxNameBytes = 128;  // user and device names, as call managers have
inline constexpr std::size_t kMaxTextBytes = 255;  // names of people, addresses, descriptions
inline constexpr std::size_t kMaxNumberBytes = 48;
inline constexpr std::size_t kMaxLines = 8;  // of one device
inline constexpr std::size_t kMaxPasswordBytes = 256;

struct User {
  std::string name;  // the sign-in name; compared without ASCII case, kept as it was given
  std::string first_name;
  std::string last_name;
  std::string phone;
  std::string mail;
  std::string directory_uri;
  bool operator==(const User&) const = default;
};

struct Line {
  std::string id;      // UUID: the contact user part that the client registers with
  std::string number;  // the directory number
  bool operator==(const Line&) const = default;
};

struct Device {
  std::string id;     // UUID in lower case, minted when the device is added
  std::string name;   // "MDonald": its file is MDonald.cnf.xml
  std::string owner;  // the user's name; empty for a device of nobody
  std::string model = "Cisco Unified Client Services Framework";
  std::int64_t product = 390;  // the call manager's number for that model
  std::string protocol = "SIP";
  std::string description;
  std::int64_t changed = 0;  // seconds since 1970, UTC
  std::vector<Line> lines;   // button 1 first
  bool operator==(const Device&) const = default;
};

// What may be stored; Malformed (or TooLarge) names the field. A user name is letters, digits and
// ". _ - + @" (a colon could not be sent: RFC 7617 section 2); a device name letters, digits, ".
// _ -", not beginning with a dot and not the name of a shared file; a number digits, "*", "#", and
// a leading "+"; other texts well-formed UTF-8 without control characters.
base::Result<> check_user(const User& user);
base::Result<> check_device(const Device& device);
base::Result<> check_number(std::string_view number);
// 1 to 256 bytes without control characters (RFC 7617 section 2).
base::Result<> check_password(std::string_view password);

// The UUID of a text by its SHA-256 (RFC 9562 section 5.8): the same text has the same one.
std::string uuid_of(std::string_view text);

}  // namespace home
