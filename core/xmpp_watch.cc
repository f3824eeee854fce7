#include "core/xmpp_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "xmpp/stream.h"

namespace core {

using xmpp::Direction;
using xmpp::Element;
using xmpp::Event;

namespace {

base::Error malformed(std::string detail) {
  return {base::Errc::Malformed, std::move(detail)};
}

}  // namespace

XmppWatch::XmppWatch(xmpp::Parser& parser, XmppWatcher& watcher, std::string domain,
                     bool plain_only)
    : watcher_(watcher),
      domain_(std::move(domain)),
      plain_only_(plain_only),
      client_reader_(parser),
      node_reader_(parser, xmpp::kLimitsOfNode) {
  client_reader_.set_detail(xmpp::Detail::Tree);
  node_reader_.set_detail(xmpp::Detail::Tree);
}

base::Result<XmppWatch::Passage> XmppWatch::from_client(std::string_view data) {
  Passage passage;
  from_client_.append(data);
  while (!from_client_.empty()) {
    const Event event = client_reader_.next(from_client_.view());
    if (event.kind == Event::Kind::NeedMore) break;
    if (event.kind == Event::Kind::Bad) return malformed("from the client: " + event.error.detail);
    const std::string_view octets = from_client_.view().substr(0, event.octets);
    if (event.kind != Event::Kind::Blank) {
      watcher_.on_stanza(Direction::Received, octets, event.bears_secret);
    }
    if (event.kind == Event::Kind::Header) {
      // The edge looked at it; here it decides whose user a token is for.
      const auto to = xmpp::parse_domain(event.element.attribute("to"));
      if (!to || *to != domain_) return malformed("the client's header is for another domain");
    }
    if (event.kind == Event::Kind::Element && progress_ == Progress::Unknown) {
      if (const auto taken = take_client_element(event, octets, passage); !taken)
        return taken.error();
    } else {
      passage.to_node += octets;
    }
    from_client_.consume(event.octets);
  }
  return passage;
}

base::Result<> XmppWatch::take_client_element(const Event& event, std::string_view octets,
                                              Passage& passage) {
  const Element& element = event.element;
  if (xmpp::begins_sasl(element)) {
    // The answer to the first would be taken for one to the second.
    if (translated_) return malformed("<auth/> while another is not answered");
    mechanism_ = element.attribute("mechanism");
    const auto auth = xmpp::parse_auth(element);
    user_ = auth ? xmpp::claimed_user(*auth) : std::string();
    if (translates_ && element.name == "auth" && xmpp::is_vtg_token(mechanism_)) {
      take_token(auth, passage);
      return {};
    }
  }
  passage.to_node += octets;
  return {};
}

void XmppWatch::take_token(const base::Result<xmpp::Auth>& auth, Passage& passage) {
  const auto token =
      auth ? xmpp::parse_vtg_token(auth->message) : base::Result<xmpp::VtgToken>(auth.error());
  if (!token) {
    passage.to_client += xmpp::write_sasl_failure("malformed-request");
    return;
  }
  const std::size_t at = token->user.find('@');
  const auto domain = xmpp::parse_domain(std::string_view(token->user).substr(at + 1));
  // The node would take the name for one of its own users.
  if (!domain || *domain != domain_) {
    passage.to_client += xmpp::kVtgTokenFailure;
    return;
  }
  const xmpp::PlainMessage plain{{}, token->user.substr(0, at), token->token};
  passage.to_node += xmpp::write_auth({std::string(xmpp::kPlain), xmpp::to_string(plain)});
  translated_ = true;
}

base::Result<XmppWatch::Passage> XmppWatch::from_node(std::string_view data) {
  Passage passage;
  from_node_.append(data);
  while (!from_node_.empty() && !is_over()) {
    const Event event = node_reader_.next(from_node_.view());
    if (event.kind == Event::Kind::NeedMore) return passage;
    if (event.kind == Event::Kind::Bad) return malformed("from the node: " + event.error.detail);
    const std::string_view octets = from_node_.view().substr(0, event.octets);
    if (event.kind != Event::Kind::Blank) {
      watcher_.on_stanza(Direction::Sent, octets, event.bears_secret);
    }
    if (event.kind == Event::Kind::Element) {
      if (const auto taken = take_node_element(event, octets, passage); !taken)
        return taken.error();
    } else {
      passage.to_client += octets;
    }
    from_node_.consume(event.octets);
  }
  if (is_over()) {
    passage.to_client += from_node_.view();
    passage.to_node += from_client_.view();
    from_node_.clear();
    from_client_.clear();
  }
  return passage;
}

base::Result<> XmppWatch::take_node_element(const Event& event, std::string_view octets,
                                            Passage& passage) {
  const Element& element = event.element;
  if (progress_ == Progress::Unknown) {
    if (plain_only_ && element.is("features", xmpp::ns::kStreams)) {
      passage.to_client += with_token(element, octets);
      return {};
    }
    const bool failed = xmpp::is_sasl(element) && element.name == "failure";
    if (failed && std::exchange(translated_, false)) {
      passage.to_client += xmpp::kVtgTokenFailure;
      return {};
    }
    passage.to_client += octets;
    if (xmpp::is_sasl(element) && element.name == "success") {
      return sign_in(element.ns == xmpp::ns::kSasl);
    }
    return {};
  }
  passage.to_client += octets;
  const auto jid = xmpp::granted_jid(element);
  if (!jid) return {};
  progress_ = Progress::Bound;
  watcher_.on_bound(jid->empty() ? std::string_view(user_) : *jid);
  return {};
}

std::string XmppWatch::with_token(const Element& features, std::string_view octets) {
  const std::vector<std::string> offered = xmpp::mechanisms_of(features);
  const auto offers = [&offered](auto&& is_it) {
    return std::any_of(offered.begin(), offered.end(), is_it);
  };
  translates_ = offers([](const std::string& name) { return name == xmpp::kPlain; }) &&
                !offers([](const std::string& name) { return xmpp::is_vtg_token(name); });
  return translates_ ? xmpp::add_mechanism(octets, xmpp::kVtgToken) : std::string(octets);
}

base::Result<> XmppWatch::sign_in(bool restarts) {
  progress_ = Progress::SignedIn;
  translated_ = false;
  watcher_.on_authenticated(user_, mechanism_);
  client_reader_.set_limits(xmpp::kLimitsAfter);
  if (!restarts) return {};
  // RFC 6120 section 6.4.6: what follows is a new stream in both directions, and nothing of the
  // client's could be there before this word was sent.
  if (!client_reader_.at_boundary() || !from_client_.empty()) {
    return malformed("octets of the client before SASL was over");
  }
  client_reader_.reset();
  node_reader_.reset();
  return {};
}

}  // namespace core
