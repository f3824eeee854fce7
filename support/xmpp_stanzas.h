#pragma once
// The words of a chat client: what it sends, and what it reads in the answers. Pure: values in,
// octets out. Octets that come of values from outside are escaped.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/element.h"

namespace support {

// Why there was no answer that is of use.
struct XmppFault {
  enum class Kind {
    Connection,  // lost, or not there any more
    Timeout,     // no answer in time
    Ended,       // the server ended the stream without saying why
    Stream,      // a stream error (RFC 6120 section 4.9)
    Sasl,        // SASL failed (section 6.5)
    Stanza,      // an answer of type "error" (section 8.3)
    Protocol,    // what came breaks the rules
  };
  Kind kind = Kind::Connection;
  std::string condition;  // of Stream, Sasl and Stanza: "not-authorized"
  std::string text{};     // what the server said, or what is wrong; from outside, not escaped
  // Of Sasl: what stands beside the condition, as CISCO-VTG-TOKEN's "token-expired".
  std::string detail{};
};

struct XmppAnswer {
  std::optional<XmppFault> fault;  // empty: `element` is the answer
  xmpp::Element element{};
};

// From <stream:error/>, SASL's <failure/>, and a stanza of type "error".
XmppFault stream_fault(const xmpp::Element& error);
XmppFault sasl_fault(const xmpp::Element& failure);
XmppFault stanza_fault(const xmpp::Element& stanza);

// IQs (RFC 6120 section 8.2.3); `id` is ours. Binding and the session of RFC 3921 section 3, which
// some servers still want.
std::string bind_request(std::string_view id, std::string_view resource);
std::string session_request(std::string_view id);
std::string roster_request(std::string_view id);
// Whether `features` ask for RFC 3921's session: offered, and not marked as optional.
bool wants_session(const xmpp::Element& features);
// Whether `stanza` is the result or the error of the IQ with that id.
bool answers_iq(const xmpp::Element& stanza, std::string_view id);
// Items of a roster's result, and how many of them see each other's presence.
struct RosterSize {
  std::size_t contacts = 0;
  std::size_t mutual = 0;
};
RosterSize roster_size(const xmpp::Element& result);

// Presence with a negative priority (RFC 6121 section 4.7.2.3): what others write to the user in
// the meantime, and what waits for them, goes to their own clients and not here.
std::string initial_presence();
std::string final_presence();
std::string chat_message(std::string_view id, std::string_view to, std::string_view body);
// What an IQ get or set that nobody here serves is answered with; empty when it is none.
std::string refusal_of(const xmpp::Element& iq);

}  // namespace support
