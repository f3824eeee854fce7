#pragma once
// Messages as the lab's clients and servers send them, for the tests of the edge's SIP side.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "sip/message.h"

namespace edge {

// Lines ended by LF; a message has CR LF.
inline std::string sip_text(std::string_view lines) {
  std::string text;
  for (const char c : lines) {
    if (c == '\n') text += '\r';
    text += c;
  }
  return text;
}

inline sip::Message sip_message(std::string_view lines) {
  base::Result<sip::Message> message = sip::parse_message(sip_text(lines));
  REQUIRE_MESSAGE(message, (message ? "" : message.error().detail));
  return std::move(*message);
}

inline std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out(text);
  std::size_t at = out.find(what);
  REQUIRE(at != std::string::npos);
  for (; at != std::string::npos; at = out.find(what, at + with.size()))
    out.replace(at, what.size(), with);
  return out;
}

inline constexpr std::string_view kRegister =
    "REGISTER sip:ucm-sub.lab.example SIP/2.0\n"
    "Via: SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bKc1;rport\n"
    "From: <sip:5002@ucm-sub.lab.example>;tag=from\n"
    "To: <sip:5002@ucm-sub.lab.example>\n"
    "Call-ID: call\n"
    "Max-Forwards: 70\n"
    "CSeq: 101 REGISTER\n"
    "Contact: <sip:96446082@10.106.4.73:49256;transport=tls>"
    ";+u.sip!devicename.ccm.cisco.com=\"MDonald\";video\n"
    "Expires: 3600\n"
    "Content-Length: 0\n"
    "\n";

inline constexpr std::string_view kInvite =
    "INVITE sip:5003@ucm-sub.lab.example SIP/2.0\n"
    "Via: SIP/2.0/TLS 10.106.4.73:49256;branch=z9hG4bKi1;rport\n"
    "From: <sip:5002@ucm-sub.lab.example>;tag=from\n"
    "To: <sip:5003@ucm-sub.lab.example>\n"
    "Call-ID: call-invite\n"
    "Max-Forwards: 70\n"
    "CSeq: 7 INVITE\n"
    "Contact: <sip:96446082@10.106.4.73:49256;transport=tls>\n"
    "Content-Length: 0\n"
    "\n";

}  // namespace edge
