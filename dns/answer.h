#pragma once
// Reads a DNS response (RFC 1035 section 4) to one question for A, AAAA or SRV records. Pure, and
// for messages from anybody: every length, count and compression pointer is checked.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "dns/resolver.h"

namespace dns {

enum class RecordType : std::uint16_t { A = 1, Aaaa = 28, Srv = 33 };

// Limits of what an answer may make us do. Real ones stay far below.
inline constexpr std::size_t kMaxRecords = 512;  // read in all sections; more is a ServerError
inline constexpr std::size_t kMaxKept = 64;      // records of the type asked; the rest is dropped
inline constexpr std::size_t kMaxAliases = 8;    // CNAMEs followed; more is a ServerError

struct Records {
  Outcome outcome = Outcome::ServerError;
  std::vector<SrvTarget> targets;          // RecordType::Srv
  std::vector<base::IpAddress> addresses;  // RecordType::A and Aaaa
  // As the server says: the smallest TTL on the way, or that of the negative answer (RFC 2308,
  // section 5; 0 when it names none). dns/cache.h bounds it.
  std::chrono::seconds ttl{0};
  std::string detail;  // for the log; empty when Ok
};

// `name` is what was asked: lower case, no final dot. A message that does not parse, or answers
// another question, is a ServerError, as are all response codes but 0 and 3 (NXDOMAIN).
Records parse_answer(std::string_view message, std::string_view name, RecordType type);

}  // namespace dns
