#include "support/explain_xmpp.h"

#include <fmt/core.h>

namespace support {
namespace {

using Kind = XmppFault::Kind;

// The conditions that an edge gives (wire.md section 10), and those of servers that people meet.
Explanation explain_stream(const XmppFault& fault) {
  const std::string what = describe(fault);
  const std::string& condition = fault.condition;
  if (condition == "host-unknown") {
    return {what + ": the edge does not serve chat for this domain",
            "the spelling of the domain, and domains in the edge's configuration"};
  }
  if (condition == "remote-connection-failed") {
    return {what + ": the edge has no link to a core, or the core reaches no presence server",
            "the edge's log and port 7001, then the core's log and whether the presence server "
            "runs and which certificate it shows"};
  }
  if (condition == "system-shutdown") {
    return {what + ": the edge or the presence server is being stopped", "whether it comes back"};
  }
  if (condition == "connection-timeout") {
    return {what + ": the sign-in took longer than it may",
            "the way between edge, core and presence server; their logs have the times"};
  }
  if (condition == "policy-violation" || condition == "resource-constraint") {
    return {what + ": a limit was passed, of the edge or of the presence server",
            "the edge's log and the presence server's; they name the limit"};
  }
  if (condition == "conflict") {
    return {what + ": another client of this user took the same resource",
            "which other clients the user has"};
  }
  return {what, "the edge's log, then the presence server's"};
}

Explanation explain_sasl(const XmppFault& fault, bool by_token) {
  const std::string what = describe(fault);
  const std::string& condition = fault.condition;
  if (by_token && (fault.detail == "token-expired" || condition == "not-authorized")) {
    return {what + ": the one-time password was used before, is too old, or is another user's",
            "a new one: each is good once and for 10 minutes"};
  }
  if (condition == "not-authorized") {
    return {what + ": the presence server does not take the user name or the password",
            "whether it checks them at the same home cluster: the sign-in over HTTPS took them"};
  }
  if (condition == "temporary-auth-failure") {
    return {what + ": the presence server could not check the password just now",
            "the way from the presence server to home, and its log"};
  }
  if (condition == "account-disabled" || condition == "credentials-expired") {
    return {what, "the user's settings at the home cluster"};
  }
  if (condition == "invalid-mechanism" || condition == "mechanism-too-weak") {
    return {what + ": it does not take what it offered", "the presence server's configuration"};
  }
  return {what, "the presence server's log"};
}

}  // namespace

std::string describe(const XmppFault& fault) {
  const std::string text = printable(fault.text);
  const std::string more = text.empty() ? "" : fmt::format(" ({})", text);
  const std::string condition = printable(fault.condition, 60);
  switch (fault.kind) {
    case Kind::Connection:
      return "the connection ended" + more;
    case Kind::Timeout:
      return "no answer in time" + more;
    case Kind::Ended:
      return "the server ended the stream";
    case Kind::Stream:
      return fmt::format("stream error {}{}", condition, more);
    case Kind::Sasl:
      return fmt::format("SASL failure {}{}{}", condition,
                         fault.detail.empty() ? "" : ", " + printable(fault.detail, 60), more);
    case Kind::Stanza:
      return fmt::format("stanza error {}{}", condition, more);
    case Kind::Protocol:
      return "what came is not what XMPP allows" + more;
  }
  return {};
}

Explanation explain_xmpp(const XmppFault& fault, bool by_token) {
  switch (fault.kind) {
    case Kind::Stream:
      return explain_stream(fault);
    case Kind::Sasl:
      return explain_sasl(fault, by_token);
    case Kind::Stanza:
      return {describe(fault), "the presence server's log and what its modules allow this user"};
    case Kind::Protocol:
      return {describe(fault), "what answers at this address and port"};
    case Kind::Timeout:
      return {describe(fault),
              "the edge's log: was the stream opened, and did the presence server answer?"};
    case Kind::Connection:
    case Kind::Ended:
      return {describe(fault), "the edge's log, and devices between that cut connections"};
  }
  return {};
}

bool is_server_trouble(const XmppFault& fault) {
  switch (fault.kind) {
    case Kind::Stream:
      return fault.condition == "remote-connection-failed" ||
             fault.condition == "system-shutdown" || fault.condition == "internal-server-error" ||
             fault.condition == "resource-constraint";
    case Kind::Connection:
    case Kind::Ended:
    case Kind::Timeout:
      return true;
    case Kind::Sasl:
    case Kind::Stanza:
    case Kind::Protocol:
      return false;
  }
  return false;
}

}  // namespace support
