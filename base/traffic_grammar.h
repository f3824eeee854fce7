#pragma once
// The words of the traffic log, for its writer (base/traffic_log.h) and for who reads it: the greps
// of docs/support.md, and deploy/sallyport.lnav.json. The layout is that of the Expressway
// diagnostic log:
//
//   <date>T<time>+00:00 <host> <process>: UTCTime="<date> <time>,<ms>" Module="…" Level="…":
//   Key="…" …
//
// and after a DEBUG line, when there is a message to show:
//
//   HTTPMSG:
//   |first line
//   further lines
//   |
//
// Values and dumped lines are escaped by base::append_escaped; a dumped line never begins with a
// bar. So a line that begins with a bar is always the first or the one that closes the dump.

#include <cstddef>
#include <string_view>

namespace base::traffic {

inline constexpr std::string_view kHttpProcess = "traffic_server";  // then "[<pid>]"
inline constexpr std::string_view kSipProcess = "tvcs";
inline constexpr std::string_view kXmppProcess = "xcp";
inline constexpr std::string_view kHttpModule = "network.http.trafficserver";
inline constexpr std::string_view kSipModule = "network.sip";
inline constexpr std::string_view kXmppModule = "network.xmpp";
inline constexpr std::string_view kHttpDump = "HTTPMSG:";
inline constexpr std::string_view kSipDump = "SIPMSG:";
inline constexpr std::string_view kXmppDump = "XMPPMSG:";
inline constexpr char kBar = '|';
inline constexpr std::string_view kEscapedBar = "\\x7c";

// Keys before the colon, on every line.
inline constexpr std::string_view kUtcTime = "UTCTime";
inline constexpr std::string_view kModule = "Module";
inline constexpr std::string_view kLevel = "Level";

// Keys after it. HTTP lines have them in this order:
inline constexpr std::string_view kDetail = "Detail";
inline constexpr std::string_view kTxnId = "Txn-id";
inline constexpr std::string_view kFlowId = "Flow-id";
inline constexpr std::string_view kSrcIp = "Src-ip";
inline constexpr std::string_view kSrcPort = "Src-port";
inline constexpr std::string_view kDstIp = "Dst-ip";
inline constexpr std::string_view kDstPort = "Dst-port";
inline constexpr std::string_view kTunnelDstHost = "Tunnel-dst-host";
inline constexpr std::string_view kMsg = "Msg";
inline constexpr std::string_view kEvent = "Event";
inline constexpr std::string_view kReason = "Reason";
// SIP lines begin with these three, and the hash follows the Detail and the ids.
inline constexpr std::string_view kAction = "Action";
inline constexpr std::string_view kLocalIp = "Local-ip";
inline constexpr std::string_view kLocalPort = "Local-port";
inline constexpr std::string_view kMsgHash = "Msg-Hash";
// XMPP lines are like HTTP's, without a Txn-id; these come last, as far as they are known.
inline constexpr std::string_view kTo = "To";
inline constexpr std::string_view kUser = "User";
inline constexpr std::string_view kJid = "Jid";
inline constexpr std::string_view kMechanism = "Mechanism";

// Values of Detail on HTTP lines, and of Action on SIP lines.
inline constexpr std::string_view kReceiveRequest = "Receive Request";
inline constexpr std::string_view kSendingRequest = "Sending Request";
inline constexpr std::string_view kReceiveResponse = "Receive Response";
inline constexpr std::string_view kSendingResponse = "Sending Response";
inline constexpr std::string_view kSent = "Sent";
inline constexpr std::string_view kReceived = "Received";

// Values of Detail on XMPP lines; the last two only with a dump.
inline constexpr std::string_view kStreamOpened = "XMPP Stream Opened";
inline constexpr std::string_view kStreamSecured = "XMPP Stream Secured";
inline constexpr std::string_view kStreamAuthenticated = "XMPP Stream Authenticated";
inline constexpr std::string_view kStreamBound = "XMPP Stream Bound";
inline constexpr std::string_view kStreamClosed = "XMPP Stream Closed";
inline constexpr std::string_view kReceiveStanza = "Receive Stanza";
inline constexpr std::string_view kSendStanza = "Send Stanza";

// Fields whose value is never shown, in lower case, and what stands there instead.
inline constexpr std::string_view kMask = "xxxxx";
inline constexpr std::string_view kMaskedFields[] = {
    "authorization", "proxy-authorization", "cookie", "set-cookie",
    "cookie2",       "set-cookie2",         "x-auth",
};

// More of one value or of one dump is not written, so that a peer cannot fill the log's queue with
// a few messages. Above every head and SIP message we accept.
inline constexpr std::size_t kMaxValueBytes = 16 * 1024;
inline constexpr std::size_t kMaxDumpBytes = 128 * 1024;
// Ends a value or a dump that was cut.
inline constexpr std::string_view kCut = "[cut]";

}  // namespace base::traffic
