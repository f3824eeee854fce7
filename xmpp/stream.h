#pragma once
// What the two ends of a stream say to each other before stanzas flow (RFC 6120 sections 4 and 5):
// written, and the stream header read.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "xmpp/condition.h"
#include "xmpp/element.h"

namespace xmpp {

// The attributes of a stream header (RFC 6120 section 4.7); empty: not there.
struct StreamHeader {
  std::string to;
  std::string from;
  std::string id;
  std::string version;
  std::string lang;  // xml:lang
  bool operator==(const StreamHeader&) const = default;
};

// From the element of Event::Kind::Header.
StreamHeader read_header(const Element& element);
// Whether `version` is 1.0 or a later 1.x or above (RFC 6120 section 4.7.5): "major.minor", decimal
// numbers. A header without a version is that of an older protocol, which has no features.
bool is_version_1(std::string_view version);

// The form in which a domain of a `to` is compared with configured ones: lower case, without a
// final dot. Malformed when it is no host name (RFC 1123; a JID with a user or a resource is none).
base::Result<std::string> parse_domain(std::string_view to);

// The header with its XML declaration, for the prefix "stream" and the default jabber:client.
std::string write_header(const StreamHeader& header);

// <stream:features> with STARTTLS alone, required (RFC 6120 section 5.3.1).
inline constexpr std::string_view kStartTlsFeatures =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
    "</stream:features>";
inline constexpr std::string_view kStartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
inline constexpr std::string_view kProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
inline constexpr std::string_view kStreamEnd = "</stream:stream>";

// The stream error and the end of the stream (RFC 6120 section 4.9.1). `root_name` is the tag of
// the stream that it is put into (Reader::root_name()), where another one's header opened it.
std::string write_error(Condition condition, std::string_view root_name = "stream:stream");

// The JID that an <iq type='result'/> bound for its client (RFC 6120 section 7); empty when `iq`, a
// tree, is another element.
std::string_view bound_jid(const Element& iq);
// With what a node makes a signed-in client one that may send stanzas: bound_jid(), or empty for
// the <resumed/> of stream management (XEP-0198 section 5). Nothing when `element` is neither.
std::optional<std::string_view> granted_jid(const Element& element);

// A failure of SASL (RFC 6120 section 6.5): `condition` is its element's name.
std::string write_sasl_failure(std::string_view condition);

}  // namespace xmpp
