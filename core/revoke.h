#pragma once
// Sessions that end before their time: what an administrator asks for, and how edges are told.
//
// PUT /revoke?user=mac.donald@lab.example on the core's admin port: ends every session of a user
// that was issued until now, at all edges within a second. The user may sign in again at once: to
// keep somebody out, deny the user (access.denied) or change the password.

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tunnel/control.h"
#include "policy/revocations.h"

namespace core {

// What a query asks to be revoked. `now` is the time of asking. Malformed: no user or more than
// one, another parameter, a name without its domain or one that no account can have; NotFound: a
// domain that is not among `domains`. The detail may be shown to the administrator.
base::Result<policy::Revocation> parse_revoke(std::string_view query,
                                              std::span<const std::string> domains,
                                              std::chrono::system_clock::time_point now);

// A line of the link has a limit (net::tunnel::kMaxControlLine); so many of the longest ones fit.
inline constexpr std::size_t kRevocationsPerEvent = 100;

// Copies of `event` that together tell of all `revocations`; none when there is nothing to tell.
std::vector<net::tunnel::CoreEvent> revocation_events(
    std::span<const policy::Revocation> revocations, const net::tunnel::CoreEvent& event);

}  // namespace core
