#pragma once
// An element as far as somebody asked to see it: always its name and attributes, what is in it only
// where the tree was asked for. Namespaces are resolved, prefixes are gone.

#include <string>
#include <string_view>
#include <vector>

namespace xmpp {

// Namespaces that are ours to know.
namespace ns {
inline constexpr std::string_view kStreams = "http://etherx.jabber.org/streams";
inline constexpr std::string_view kClient = "jabber:client";
inline constexpr std::string_view kTls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr std::string_view kSasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr std::string_view kSasl2 = "urn:xmpp:sasl:2";  // XEP-0388
inline constexpr std::string_view kStreamErrors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr std::string_view kBind = "urn:ietf:params:xml:ns:xmpp-bind";
inline constexpr std::string_view kIqAuth = "jabber:iq:auth";          // XEP-0078
inline constexpr std::string_view kIqRegister = "jabber:iq:register";  // XEP-0077
inline constexpr std::string_view kVtgToken = "http://protocols.cisco.com/vtg/token";
inline constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";
}  // namespace ns

struct Attribute {
  std::string ns;  // empty: none, as most have
  std::string name;
  std::string value;
  bool operator==(const Attribute&) const = default;
};

struct Element {
  std::string ns;
  std::string name;                   // local
  std::vector<Attribute> attributes;  // without the declarations of namespaces
  std::string text;                   // tree only: the text directly in it, put together
  std::vector<Element> children;      // tree only
  bool operator==(const Element&) const = default;

  bool is(std::string_view its_name, std::string_view its_ns) const {
    return name == its_name && ns == its_ns;
  }
  // The value, empty when there is none. `its_ns` empty: an attribute without a namespace.
  std::string_view attribute(std::string_view its_name, std::string_view its_ns = {}) const;
  // The first child of that name; null: there is none, or the tree was not asked for.
  const Element* child(std::string_view its_name, std::string_view its_ns) const;
};

// Text as it may stand in character data and in attribute values: the five characters of XML
// section 4.6 become their entities, and what XML cannot hold (controls) is left out.
std::string escape(std::string_view text);

// The octets of one whole, well-formed element as a log may show them: when it `bears_secret`
// (Event::bears_secret) all between its first and its last tag is "xxxxx".
std::string masked(std::string_view octets, bool bears_secret);

}  // namespace xmpp
