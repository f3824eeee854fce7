#include "core/sip_rewrite.h"

#include <algorithm>

#include "base/text.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace core {

using sip::FieldId;
using sip::Message;
using sip::RouteState;

namespace {

constexpr std::string_view kZone = "UCTraversalZone";  // towards edges, in our Via

RouteState state_of(RouteState::Kind kind, const ClientPlace& client) {
  RouteState state;
  state.kind = kind;
  state.edge = client.edge;
  state.edge_worker = client.edge_worker;
  state.flow = client.flow;
  return state;
}

// "<sip:STATE@CORE:5060;transport=tcp;lr>"
std::string own_route(const SipSelf& self, std::string_view state) {
  return std::string("<sip:")
      .append(state)
      .append("@")
      .append(self.host_port)
      .append(";transport=tcp;lr>");
}

bool has_token(const Message& message, FieldId id, std::string_view token) {
  const auto values = message.values(id);
  return std::any_of(values.begin(), values.end(),
                     [&](std::string_view value) { return base::iequals(value, token); });
}

// Bindings, in Contact and in Path, and the dialogs' Record-Route: whoever of them opens.
std::optional<RouteState> open_place(const sip::Sealer& sealer, std::string_view text) {
  auto state = sealer.open(text);
  if (!state) return std::nullopt;
  if (state->kind != RouteState::Kind::Binding && state->kind != RouteState::Kind::Dialog) {
    return std::nullopt;
  }
  return state;
}

}  // namespace

bool SipSelf::is_me(std::string_view host) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return base::iequals(name, host); });
}

void pop_own_routes(Message& request, const SipSelf& self) {
  while (const auto route = sip::first_route(request)) {
    const auto uri = sip::parse_uri(route->uri);
    if (!uri || !self.is_me(uri->host)) return;
    request.remove_first_value(FieldId::Route);
  }
}

base::Result<> hide_contacts(Message& message, const SipSelf& self, const sip::Sealer& sealer,
                             const ClientPlace& client) {
  if (self.path_headers) return {};
  const std::string state = sealer.seal(state_of(RouteState::Kind::Binding, client));
  for (std::size_t i = 0; i < message.fields().size(); ++i) {
    if (message.fields()[i].id != FieldId::Contact) continue;
    std::string hidden;
    for (const std::string_view value : sip::split_list(message.fields()[i].value)) {
      auto one = sip::hide_contact(value, self.host_port, "tcp", state);
      if (!one) return one.error();
      if (!hidden.empty()) hidden += ", ";
      hidden += *one;
    }
    message.set_at(i, hidden);
  }
  return {};
}

base::Result<> write_inwards(Message& request, const SipSelf& self, const sip::Sealer& sealer,
                             const ClientPlace& client, std::uint64_t transaction) {
  if (const auto hidden = hide_contacts(request, self, sealer, client); !hidden) return hidden;
  if (request.method() == "REGISTER") {
    if (self.path_headers) {
      const auto state = sealer.seal(state_of(RouteState::Kind::Binding, client));
      request.add_first(FieldId::Path, own_route(self, state));
      if (!has_token(request, FieldId::Supported, "path")) {
        request.add(FieldId::Supported, "path");
      }
    } else {
      request.remove(FieldId::Path);
    }
  } else if (sip::opens_dialog(request)) {
    const auto state = sealer.seal(state_of(RouteState::Kind::Dialog, client));
    request.add_first(FieldId::RecordRoute, own_route(self, state));
  }
  request.remove(FieldId::SallyportFlow);
  RouteState state = state_of(RouteState::Kind::ToClient, client);
  state.transaction = transaction;
  const std::string branch = sealer.seal(state);
  sip::OwnVia via;
  via.transport = self.via_transport;
  via.host_port = self.host_port;
  via.branch = branch;
  request.add_first(FieldId::Via, sip::to_string(via));
  return {};
}

std::optional<ClientPlace> read_outwards(Message& request, const SipSelf& self,
                                         const sip::Sealer& sealer) {
  std::optional<ClientPlace> place;
  bool by_path = false;
  while (const auto route = sip::first_route(request)) {
    const auto uri = sip::parse_uri(route->uri);
    if (!uri || !self.is_me(uri->host)) break;
    if (const auto sealed = open_place(sealer, uri->user)) {
      place = place_of(*sealed);
      by_path = sealed->kind == RouteState::Kind::Binding;
    }
    request.remove_first_value(FieldId::Route);
  }
  std::string state;
  const auto original = sip::original_uri(request.uri(), &state);
  // The binding is what the registrar was told last, so it knows better than a dialog's begin.
  // Beside a Path the URI is the client's own word, and no proof of where it belongs.
  const auto bound = original && !by_path ? open_place(sealer, state) : std::nullopt;
  if (bound) {
    place = place_of(*bound);
    request.set_uri(*original);
  }
  if (place) request.remove(FieldId::Route);
  return place;
}

void write_outwards(Message& request, const SipSelf& self, const sip::Sealer& sealer,
                    const ClientPlace& client, std::uint64_t transaction,
                    std::uint64_t connection) {
  if (sip::opens_dialog(request)) {
    const auto state = sealer.seal(state_of(RouteState::Kind::Dialog, client));
    request.add_first(FieldId::RecordRoute, own_route(self, state));
  }
  request.set(FieldId::SallyportFlow, sip::to_string(client.flow));
  RouteState state = state_of(RouteState::Kind::ToUpstream, client);
  state.transaction = transaction;
  state.connection = connection;
  const std::string branch = sealer.seal(state);
  sip::OwnVia via;
  via.host_port = self.host_port;
  via.zone = kZone;
  via.branch = branch;
  request.add_first(FieldId::Via, sip::to_string(via));
}

std::optional<RouteState> read_via(const Message& response, const sip::Sealer& sealer,
                                   RouteState::Kind kind) {
  const auto top = response.first_value(FieldId::Via);
  if (!top) return std::nullopt;
  const auto via = sip::parse_via(*top);
  if (!via || !via->branch().starts_with(sip::kMagicCookie)) return std::nullopt;
  const auto state = sealer.open(via->branch().substr(sip::kMagicCookie.size()));
  if (!state || state->kind != kind) return std::nullopt;
  return state;
}

}  // namespace core
