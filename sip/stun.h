#pragma once
// STUN binding requests in the stream (RFC 5389 sections 6, 7 and 15.2, RFC 5626 section 8.1):
// keep-alives of clients that prefer them to CRLF.

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace sip {

inline constexpr std::size_t kStunHeaderBytes = 20;
inline constexpr std::size_t kMaxStunBytes = 576;  // a keep-alive has no use for more

// The binding success response with XOR-MAPPED-ADDRESS of `client`; for a request with unknown
// comprehension-required attributes error 420. Nothing for indications, responses and what is no
// binding request.
std::optional<std::string> answer_stun(std::string_view message, const base::Endpoint& client);

}  // namespace sip
