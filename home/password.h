#pragma once
// Passwords as they are stored: scrypt (RFC 7914), with a salt for each user and its parameters
// beside it, so that they can be raised without touching what is there.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace home {

// N = 2^14, r = 8, p = 1: 16 MiB and some 50 ms a guess.
struct ScryptCost {
  int log_n = 14;  // 2^log_n: the cost in time and memory, 10 to 17 when read
  int r = 8;       // block size, 1 to 16
  int p = 1;       // parallelization, 1 to 4
};

// "$scrypt$ln=14,r=8,p=1$<salt>$<hash>", both in hex; 16 bytes of fresh random salt, 32 of hash.
// Blocks for as long as the cost says.
std::string hash_password(std::string_view password, const ScryptCost& cost = {});

// Whether `stored` was made from `password`, compared in constant time. A `stored` that cannot be
// read is false, after as much work as a good one costs.
bool verify_password(std::string_view stored, std::string_view password);

// A well-formed hash that no password fits, of the usual cost: what an unknown user's password is
// compared with, so that the time of the answer does not tell who exists.
const std::string& impossible_hash();

}  // namespace home
