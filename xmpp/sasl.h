#pragma once
// SASL (RFC 6120 section 6) as far as somebody between client and server must understand it: PLAIN
// (RFC 4616), and the presence service's own CISCO-VTG-TOKEN, whose message is
// "userid=" user@domain NUL "token=" one-time-password. Everything is taken strictly, so that what
// is translated means the same to both sides.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "xmpp/element.h"

namespace xmpp {

inline constexpr std::string_view kPlain = "PLAIN";
inline constexpr std::string_view kVtgToken = "CISCO-VTG-TOKEN";
// RFC 4616 section 2 bounds each of a message's parts so.
inline constexpr std::size_t kMaxSaslPartBytes = 255;

// Whether it is an element of SASL, or of SASL2 (XEP-0388).
bool is_sasl(const Element& element);
// Whether a client begins to sign in with it: <auth/>, or SASL2's <authenticate/>.
bool begins_sasl(const Element& element);

// <auth/> of a client.
struct Auth {
  std::string mechanism;
  std::string message;  // decoded; empty when there was none
};
// `element` is a tree. Malformed: it is no <auth/> in SASL's namespace, has no mechanism or
// elements inside, or its text is not base64 (RFC 6120 section 6.4.2: padded; "=" stands for an
// empty message). White space around it is taken, for the guide's examples have it.
base::Result<Auth> parse_auth(const Element& element);
std::string write_auth(const Auth& auth);

// The presence service's guide writes the name with hyphens and with underscores.
bool is_vtg_token(std::string_view mechanism);

struct PlainMessage {
  std::string authzid;  // mostly empty: the user's own
  std::string authcid;  // the user
  std::string password;
  bool operator==(const PlainMessage&) const = default;
};
// Malformed: not three parts with a NUL between each, no authcid or password, a part that is not
// UTF-8 or has a control character, or beyond 255 bytes.
base::Result<PlainMessage> parse_plain(std::string_view message);
std::string to_string(const PlainMessage& plain);

struct VtgToken {
  std::string user;  // user@domain
  std::string token;
  bool operator==(const VtgToken&) const = default;
};
// Malformed: anything but the two parts, in this order, with one NUL between; a user that is not
// name@domain; a part that is empty, not UTF-8, with a control character, or beyond 255 bytes.
base::Result<VtgToken> parse_vtg_token(std::string_view message);
std::string to_string(const VtgToken& token);

// Whom a client says to be, for the log: of PLAIN, of the token, and of SCRAM-... (RFC 5802 section
// 5.1, "n="). Empty for other mechanisms and for what is not understood.
std::string claimed_user(const Auth& auth);

// The octets of <stream:features/> (a whole element that a Reader found good) with one mechanism
// more; unchanged when it is offered already, or when there is no list of some.
std::string add_mechanism(std::string_view features, std::string_view mechanism);
// The mechanisms that it offers; `features` is a tree.
std::vector<std::string> mechanisms_of(const Element& features);

// What the guide prints for a token that was used, is too old, or never was.
inline constexpr std::string_view kVtgTokenFailure =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/>"
    "<token-expired xmlns='http://protocols.cisco.com/vtg/token'/></failure>";

}  // namespace xmpp
