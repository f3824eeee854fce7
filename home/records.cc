#include "home/records.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/hex.h"
#include "base/text.h"
#include "home/xml_writer.h"

namespace home {
namespace {

base::Error malformed(std::string_view field, std::string_view why) {
  return {base::Errc::Malformed, std::string(field) + ": " + std::string(why)};
}

base::Result<> check_size(std::string_view field, std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return {};
  const std::string most = std::to_string(limit) + " bytes at most";
  return base::Error{base::Errc::TooLarge, std::string(field) + ": " + most};
}

bool made_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return base::is_alnum(c) || extra.find(c) != std::string_view::npos;
  });
}

base::Result<> check_name(std::string_view field, std::string_view name, std::string_view extra) {
  if (name.empty()) return malformed(field, "must not be empty");
  if (auto fits = check_size(field, name, kMaxNameBytes); !fits) return fits;
  if (!made_of(name, extra)) {
    return malformed(field, "only letters, digits and " + std::string(extra));
  }
  // ".", ".." and hidden names would mean something else in a path.
  if (name.front() == '.') return malformed(field, "must not begin with a dot");
  return {};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

base::Result<> check_text(std::string_view field, std::string_view text) {
  if (auto fits = check_size(field, text, kMaxTextBytes); !fits) return fits;
  if (!is_xml_text(text)) return malformed(field, "not UTF-8 text");
  if (has_control(text)) return malformed(field, "control characters");
  return {};
}

}  // namespace

base::Result<> check_user(const User& user) {
  if (auto fits = check_name("user name", user.name, "._-+@"); !fits) return fits;
  const struct {
    std::string_view field;
    std::string_view text;
  } texts[] = {{"first name", user.first_name},
               {"last name", user.last_name},
               {"mail", user.mail},
               {"directory URI", user.directory_uri}};
  for (const auto& [field, text] : texts) {
    if (auto fits = check_text(field, text); !fits) return fits;
  }
  if (user.phone.empty()) return {};
  return check_number(user.phone);
}

base::Result<> check_device(const Device& device) {
  if (auto fits = check_name("device name", device.name, "._-"); !fits) return fits;
  // Their files are everybody's: SPDefault.cnf.xml must not become one person's device.
  for (const std::string_view shared : {"SPDefault", "XMLDefault"}) {
    if (base::iequals(device.name, shared)) return malformed("device name", "reserved");
  }
  if (auto fits = check_text("model", device.model); !fits) return fits;
  if (auto fits = check_text("description", device.description); !fits) return fits;
  if (device.protocol != "SIP") return malformed("protocol", "only SIP is known");
  if (device.product < 1 || device.product > 0xffff) return malformed("product", "1 to 65535");
  if (device.lines.size() > kMaxLines) {
    return base::Error{base::Errc::TooLarge, "lines: 8 of one device at most"};
  }
  for (const Line& line : device.lines) {
    if (auto fits = check_number(line.number); !fits) return fits;
  }
  return {};
}

base::Result<> check_number(std::string_view number) {
  if (number.empty()) return malformed("number", "must not be empty");
  if (auto fits = check_size("number", number, kMaxNumberBytes); !fits) return fits;
  const std::string_view rest = number.front() == '+' ? number.substr(1) : number;
  const bool fits = !rest.empty() && std::all_of(rest.begin(), rest.end(), [](char c) {
    return base::is_digit(c) || c == '*' || c == '#';
  });
  return fits ? base::Result<>() : malformed("number", "digits, * and #, + only in front");
}

base::Result<> check_password(std::string_view password) {
  if (password.empty()) return malformed("password", "must not be empty");
  if (auto fits = check_size("password", password, kMaxPasswordBytes); !fits) return fits;
  if (has_control(password)) return malformed("password", "control characters");
  return {};
}

std::string uuid_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x80);  // version 8
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);  // the variant of the RFC
  std::string hex = base::encode_hex({reinterpret_cast<const char*>(digest.data()), 16});
  for (const std::size_t at : {20U, 16U, 12U, 8U})
    hex.insert(at, 1, '-');
  return hex;
}

}  // namespace home
