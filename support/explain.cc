#include "support/explain.h"

#include <fmt/core.h>

#include "base/text.h"

namespace support {
namespace {

using base::Errc;

// The realm of our own 401 (wire.md section 4); a call manager has its own.
constexpr std::string_view kEdgeRealm = "realm=\"Cisco-Edge\"";

bool is_edge_challenge(const net::http::ResponseHead& head) {
  return head.fields.joined("WWW-Authenticate").find(kEdgeRealm) != std::string::npos;
}

std::string with_retry_after(std::string problem, const net::http::ResponseHead& head) {
  const auto after = head.fields.get("Retry-After");
  if (!after) return problem;
  const bool seconds = base::parse_decimal(*after).operator bool();
  return fmt::format("{}; it asks to be tried again after {}{}", problem, printable(*after, 40),
                     seconds ? " s" : "");
}

Explanation explain_401(Asked asked, const net::http::ResponseHead& head) {
  if (asked == Asked::EdgeConfig) {
    if (is_edge_challenge(head)) {
      return {"wrong user name or password",
              "try the same name and password at the call manager's own user page; if they work "
              "there, look at the core's log for this user"};
    }
    return {
        "the credentials were refused, but not by this edge: something else answers here",
        "what stands between this machine and the edge (a proxy, a portal), and the edge's log"};
  }
  if (is_edge_challenge(head)) {
    return {
        "the session of this sign-in was refused: it expired, was revoked, or was made by a "
        "core that this edge does not know",
        "the clocks of edge and core, and the core's log"};
  }
  return {"the call manager itself refused the credentials, though the sign-in took them",
          "whether the user's password or rights differ between the nodes of the cluster"};
}

Explanation explain_403(Asked asked, std::string_view place) {
  switch (asked) {
    case Asked::EdgeConfig:
      return {"this user is not enabled for remote access",
              "the user's settings at the home cluster and the access control of the core; the "
              "core's log names the rule"};
    case Asked::DeviceFile:
      return {"the device file was refused: it is given only to the device's own user",
              "which devices the call manager lists for the user, and the core's log"};
    case Asked::Uds:
    case Asked::SharedFile:
      return {fmt::format("the core does not let anybody reach {} for this", place),
              "the core's allow list and what it discovered; its log names the rule"};
  }
  return {};
}

Explanation explain_404(Asked asked, std::string_view place) {
  switch (asked) {
    case Asked::EdgeConfig:
      return {"the edge does not serve this domain",
              "the spelling of the domain, and domains in the edge's configuration"};
    case Asked::DeviceFile:
      return {fmt::format("{} has no configuration file for the device", place),
              "whether the device is complete at the call manager, and its TFTP service"};
    case Asked::Uds:
      return {fmt::format("{} does not know this resource or this user", place),
              "whether the user exists at the call manager and UDS runs there"};
    case Asked::SharedFile:
      return {fmt::format("{} does not have this file", place),
              "whether the file was uploaded to the TFTP service of every node"};
  }
  return {};
}

Explanation explain_trouble(int status, const net::http::ResponseHead& head,
                            std::string_view place) {
  const std::string server = place.empty() ? "the call manager" : std::string(place);
  switch (status) {
    case 502:
      return {fmt::format("the core reached for {} and got no usable answer: refused, a "
                          "certificate it does not trust, or no HTTP",
                          server),
              "the core's log, then whether that server runs and which certificate it shows"};
    case 503:
      return {with_retry_after("the edge has no link to a core, or the core has no server for "
                               "this that works",
                               head),
              "the edge's log and port 7001 (does a core's link arrive?), then the core's log"};
    default:
      return {fmt::format("{} did not answer the core in time", server),
              "whether that server runs and is busy, and the way from the core to it"};
  }
}

}  // namespace

bool is_server_trouble(int status) {
  return status == 502 || status == 503 || status == 504;
}

Explanation explain_status(Asked asked, const net::http::ResponseHead& head,
                           std::string_view place) {
  const int status = head.status;
  if (is_server_trouble(status)) return explain_trouble(status, head, place);
  switch (status) {
    case 400:
      return {"the edge refused the form of the request", "the edge's log; it names the rule"};
    case 401:
      return explain_401(asked, head);
    case 403:
      return explain_403(asked, place);
    case 404:
      return explain_404(asked, place);
    case 429:
      return {
          with_retry_after("too many sign-ins of this user in a short time: rate control", head),
          "which clients of this user sign in over and over, and rate control in the core's "
          "configuration"};
    default:
      break;
  }
  if (status >= 500) {
    return {with_retry_after(fmt::format("the server failed with {}", status), head),
            "the logs of the core and of the server behind it"};
  }
  if (status >= 300 && status < 400) {
    return {
        "the answer sends the client elsewhere; an edge never does, so something else "
        "answers here",
        "what stands between this machine and the edge (a proxy, a portal)"};
  }
  return {
      fmt::format("an answer that no edge gives: {} {}", status, net::http::reason_phrase(status)),
      "what answers at this address, and the edge's log"};
}

Explanation explain_no_answer(const base::Error& why) {
  std::string detail = printable(why.detail);
  switch (why.code) {
    case Errc::Timeout:
      return {fmt::format("no answer in time ({})", detail),
              "the edge's log: did the request arrive, and did it pass it on to a core?"};
    case Errc::Closed:
      return {fmt::format("the connection ended before the answer did ({})", detail),
              "the edge's log, and devices between that cut connections"};
    case Errc::TooLarge:
      return {fmt::format("the answer is larger than any client takes ({})", detail),
              "what lies under this name at the server"};
    case Errc::Malformed:
      return {fmt::format("the answer is not HTTP ({})", detail), "what answers at this address"};
    default:
      return {fmt::format("no answer: {} ({})", base::to_string(why.code), detail),
              "the edge's log and the network between"};
  }
}

Explanation explain_no_connection(const base::Error& why, const Dialled& dialled) {
  const std::string detail = printable(why.detail);
  if (!dialled.reached) {
    if (why.code == Errc::Timeout) {
      return {fmt::format("{} did not take the connection in time ({})", dialled.place, detail),
              "whether the edge runs, and the firewalls between this machine and the edge"};
    }
    return {fmt::format("no connection with {}: {}", dialled.place, detail),
            "whether the edge runs and listens on this port, and whether its public address is the "
            "one in the DNS"};
  }
  if (why.code == Errc::Refused) {
    return {fmt::format("{} was reached, but its certificate is not accepted: {}", dialled.place,
                        detail),
            fmt::format("the edge's certificate: it must hold the dialled name, or "
                        "_collab-edge._tls.{} as SRVName, be valid today and end in an authority "
                        "that this machine trusts (--trust); sallyport cert verify shows the rule",
                        dialled.domain)};
  }
  if (dialled.http2) {
    return {fmt::format("{} was reached, but no HTTP/2 came about: {}", dialled.place, detail),
            "the same without --http2; if that works, something between ends TLS in the edge's "
            "place"};
  }
  return {fmt::format("{} was reached, but the TLS handshake failed: {}", dialled.place, detail),
          "what listens on this port, and the edge's log"};
}

Explanation explain_body(Asked asked, const base::Error& why, std::string_view place) {
  const std::string detail = printable(why.detail);
  if (asked == Asked::EdgeConfig) {
    return {fmt::format("the edge configuration cannot be used: {}", detail),
            "the core's log and what it discovered"};
  }
  return {fmt::format("the answer of {} cannot be used: {}", place, detail),
          "the document at that server, and whether something between changed it"};
}

std::string printable(std::string_view text, std::size_t max) {
  const bool cut = text.size() > max;
  std::string out;
  // Letters beyond ASCII are spelled out as bytes: a terminal obeys C1 controls hidden among them.
  for (const char c : text.substr(0, max)) {
    if (c == '"' || c == '\'') {
      out += c;
    } else {
      base::append_escaped(out, std::string_view(&c, 1));
    }
  }
  if (cut) out += "...";
  return out;
}

std::string server_said(const net::http::ResponseHead& head, std::string_view body) {
  const auto type = head.fields.get("Content-Type");
  if (!type || !base::iequals(type->substr(0, 10), "text/plain")) return {};
  const std::string_view line = body.substr(0, body.find_first_of("\r\n"));
  return printable(base::trim(line));
}

}  // namespace support
