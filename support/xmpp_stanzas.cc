#include "support/xmpp_stanzas.h"

#include <fmt/core.h>

namespace support {
namespace {

constexpr std::string_view kStanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas";
constexpr std::string_view kSession = "urn:ietf:params:xml:ns:xmpp-session";
constexpr std::string_view kRoster = "jabber:iq:roster";

// The first child in `ns` that is no text is the condition; the text is for people.
void read_condition(const xmpp::Element& error, std::string_view ns, XmppFault& fault) {
  for (const xmpp::Element& child : error.children) {
    if (child.ns != ns) {
      if (fault.detail.empty()) fault.detail = child.name;
    } else if (child.name == "text") {
      fault.text = child.text;
    } else if (fault.condition.empty()) {
      fault.condition = child.name;
    }
  }
  if (fault.condition.empty()) fault.condition = "undefined-condition";
}

}  // namespace

XmppFault stream_fault(const xmpp::Element& error) {
  XmppFault fault{XmppFault::Kind::Stream, {}};
  read_condition(error, xmpp::ns::kStreamErrors, fault);
  return fault;
}

XmppFault sasl_fault(const xmpp::Element& failure) {
  XmppFault fault{XmppFault::Kind::Sasl, {}};
  read_condition(failure, xmpp::ns::kSasl, fault);
  return fault;
}

XmppFault stanza_fault(const xmpp::Element& stanza) {
  XmppFault fault{XmppFault::Kind::Stanza, {}};
  const xmpp::Element* error = stanza.child("error", xmpp::ns::kClient);
  read_condition(error == nullptr ? xmpp::Element{} : *error, kStanzaErrors, fault);
  return fault;
}

std::string bind_request(std::string_view id, std::string_view resource) {
  return fmt::format("<iq type='set' id='{}'><bind xmlns='{}'><resource>{}</resource></bind></iq>",
                     xmpp::escape(id), xmpp::ns::kBind, xmpp::escape(resource));
}

std::string session_request(std::string_view id) {
  return fmt::format("<iq type='set' id='{}'><session xmlns='{}'/></iq>", xmpp::escape(id),
                     kSession);
}

std::string roster_request(std::string_view id) {
  return fmt::format("<iq type='get' id='{}'><query xmlns='{}'/></iq>", xmpp::escape(id), kRoster);
}

bool wants_session(const xmpp::Element& features) {
  const xmpp::Element* session = features.child("session", kSession);
  return session != nullptr && session->child("optional", kSession) == nullptr;
}

bool answers_iq(const xmpp::Element& stanza, std::string_view id) {
  const std::string_view type = stanza.attribute("type");
  return stanza.is("iq", xmpp::ns::kClient) && stanza.attribute("id") == id &&
         (type == "result" || type == "error");
}

RosterSize roster_size(const xmpp::Element& result) {
  RosterSize size;
  const xmpp::Element* query = result.child("query", kRoster);
  if (query == nullptr) return size;
  for (const xmpp::Element& item : query->children) {
    if (!item.is("item", kRoster)) continue;
    ++size.contacts;
    if (item.attribute("subscription") == "both") ++size.mutual;
  }
  return size;
}

std::string initial_presence() {
  return "<presence><priority>-1</priority></presence>";
}

std::string final_presence() {
  return "<presence type='unavailable'/>";
}

std::string chat_message(std::string_view id, std::string_view to, std::string_view body) {
  return fmt::format("<message type='chat' id='{}' to='{}'><body>{}</body></message>",
                     xmpp::escape(id), xmpp::escape(to), xmpp::escape(body));
}

std::string refusal_of(const xmpp::Element& iq) {
  const std::string_view type = iq.attribute("type");
  if (!iq.is("iq", xmpp::ns::kClient) || (type != "get" && type != "set")) return {};
  const std::string_view from = iq.attribute("from");
  const std::string to = from.empty() ? "" : fmt::format(" to='{}'", xmpp::escape(from));
  return fmt::format(
      "<iq type='error' id='{}'{}><error type='cancel'><service-unavailable xmlns='{}'/></error>"
      "</iq>",
      xmpp::escape(iq.attribute("id")), to, kStanzaErrors);
}

}  // namespace support
