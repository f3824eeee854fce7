#include "sip/stun.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sip {
namespace {

constexpr unsigned kBindingRequest = 0x0001;
constexpr unsigned kBindingSuccess = 0x0101;
constexpr unsigned kBindingError = 0x0111;
constexpr std::string_view kCookie("\x21\x12\xa4\x42", 4);
constexpr unsigned kErrorCode = 0x0009;
constexpr unsigned kUnknownAttributes = 0x000a;
constexpr unsigned kXorMappedAddress = 0x0020;
constexpr unsigned kFirstOptional = 0x8000;  // comprehension-optional from here on
// What RFC 5389 itself defines: USERNAME and MESSAGE-INTEGRITY of a client that sends credentials
// nobody asked for, REALM, NONCE and the rest, which mean nothing to us.
constexpr unsigned kKnown[] = {0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x0020};

unsigned number_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}

void append_number(std::string& out, unsigned number) {
  out += static_cast<char>(number >> 8 & 0xff);
  out += static_cast<char>(number & 0xff);
}

void append_attribute(std::string& out, unsigned type, std::string_view value) {
  append_number(out, type);
  append_number(out, static_cast<unsigned>(value.size()));
  out += value;
  out.append((4 - value.size() % 4) % 4, '\0');
}

std::string with_header(unsigned type, std::string_view transaction, std::string_view attributes) {
  std::string message;
  message.reserve(kStunHeaderBytes + attributes.size());
  append_number(message, type);
  append_number(message, static_cast<unsigned>(attributes.size()));
  message += kCookie;
  message += transaction;
  message += attributes;
  return message;
}

// RFC 5389 section 15.2: the address under the cookie and the transaction id.
std::string xor_mapped(const base::Endpoint& client, std::string_view transaction) {
  std::string value(1, '\0');
  value += client.address.is_v4() ? '\x01' : '\x02';
  append_number(value, client.port ^ 0x2112u);
  const std::string mask = std::string(kCookie) + std::string(transaction);
  const std::string_view bytes = client.address.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value += static_cast<char>(bytes[i] ^ mask[i]);
  return value;
}

// The attributes a server must know and we do not, each once; nothing when the list is cut.
std::optional<std::vector<unsigned>> unknown_of(std::string_view attributes) {
  std::vector<unsigned> unknown;
  while (!attributes.empty()) {
    if (attributes.size() < 4) return std::nullopt;
    const unsigned type = number_at(attributes, 0);
    const std::size_t size = (number_at(attributes, 2) + 3u) / 4 * 4;
    attributes.remove_prefix(4);
    if (size > attributes.size()) return std::nullopt;
    attributes.remove_prefix(size);
    if (type >= kFirstOptional || std::ranges::count(kKnown, type) > 0) continue;
    if (std::ranges::count(unknown, type) == 0) unknown.push_back(type);  // at most 139 of them
  }
  return unknown;
}

}  // namespace

std::optional<std::string> answer_stun(std::string_view message, const base::Endpoint& client) {
  if (message.size() < kStunHeaderBytes || message.size() > kMaxStunBytes) return std::nullopt;
  if (number_at(message, 0) != kBindingRequest ||
      number_at(message, 2) != message.size() - kStunHeaderBytes || message.size() % 4 != 0 ||
      message.substr(4, kCookie.size()) != kCookie) {
    return std::nullopt;
  }
  const std::string_view transaction = message.substr(8, 12);
  const auto unknown = unknown_of(message.substr(kStunHeaderBytes));
  if (!unknown) return std::nullopt;
  std::string attributes;
  if (unknown->empty()) {
    append_attribute(attributes, kXorMappedAddress, xor_mapped(client, transaction));
    return with_header(kBindingSuccess, transaction, attributes);
  }
  constexpr std::string_view kError("\0\0\x04\x14Unknown Attribute", 21);  // 420
  append_attribute(attributes, kErrorCode, kError);
  std::string list;
  for (const unsigned type : *unknown)
    append_number(list, type);
  append_attribute(attributes, kUnknownAttributes, list);
  return with_header(kBindingError, transaction, attributes);
}

}  // namespace sip
