#pragma once
// The SIP part of a sign-in (wire.md section 6): connect to the edge, register the device's line,
// be reached from inside, unregister.

#include <chrono>
#include <memory>
#include <vector>

#include "support/sign_in.h"
#include "support/sip_session.h"
#include "support/step.h"

namespace net {
class Loop;
}

namespace support {

// How long `from-inside` waits for a request: a call manager that probes does so at once.
inline constexpr std::chrono::milliseconds kInsideWait{5'000};

struct KeepOptions {
  std::chrono::milliseconds ping{60'000};        // between CRLF keep-alives
  std::chrono::milliseconds pong{10'000};        // for the answer to one (RFC 5626 section 4.4.1)
  std::chrono::milliseconds first_delay{1'000};  // before connecting again; doubled each time
  std::chrono::milliseconds max_delay{30'000};
};

struct SipStepOptions {
  bool keep = false;  // stay registered until SipSession::ask_to_stop()
  std::chrono::milliseconds inside_wait = kInsideWait;
  KeepOptions keeping{};
};

// `loop`, `sign_in` and `session` must outlive the steps, which follow those of login_steps.h.
std::vector<std::unique_ptr<Step>> sip_steps(net::Loop& loop, SignIn& sign_in, SipSession& session,
                                             const SipStepOptions& options);

// Each by itself.
std::unique_ptr<Step> sip_connect_step(net::Loop& loop, SignIn& sign_in, SipSession& session);
std::unique_ptr<Step> register_step(SignIn& sign_in, SipSession& session);
std::unique_ptr<Step> from_inside_step(net::Loop& loop, SipSession& session,
                                       std::chrono::milliseconds wait);
std::unique_ptr<Step> keep_step(net::Loop& loop, SignIn& sign_in, SipSession& session,
                                const KeepOptions& options);
std::unique_ptr<Step> unregister_step(SipSession& session);

// Every way through this edge, the routes of the first call manager before those of the next; at
// most kMaxPaths, since each may take the whole limit of an answer.
inline constexpr std::size_t kMaxPaths = 6;
std::vector<RegisterPath> register_paths(const SignIn& sign_in, const std::string& edge);
// "sip:5002@ucm-pub.lab.example through edge.lab.example"
std::string registration_place(const Registration& registration);

}  // namespace support
