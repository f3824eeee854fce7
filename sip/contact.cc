// The client's Contact under the core's name, and back; declared in forward.h.

#include <string>
#include <vector>

#include "base/text.h"
#include "sip/forward.h"
#include "sip/uri.h"

namespace sip {
namespace {

constexpr std::string_view kTransport = "transport";
constexpr std::string_view kUsualTransport = "tls";
constexpr std::string_view kUsualScheme = "sip";
constexpr std::string_view kOrigHostPort = "orig-hostport";
constexpr std::string_view kOrigTransport = "orig-transport";
constexpr std::string_view kOrigScheme = "orig-scheme";
constexpr std::string_view kFlow = "flow";
// What a client may not bring along: our own, and maddr, which would send what the registrar has
// for the client past the core to any address.
constexpr std::string_view kReserved[] = {kOrigHostPort, kOrigTransport, kOrigScheme, kFlow,
                                          "maddr"};

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, "Contact: " + std::string(what)};
}

struct UriParam {
  std::string_view text;  // "name=value"
  std::string_view name;
  std::string_view value;
  bool has_value = false;

  bool is(std::string_view wanted) const { return base::iequals(name, wanted); }
};

// A URI that parse_uri() took, cut so that the pieces joined again are the same text.
struct Pieces {
  std::string_view scheme;
  std::string_view user;  // with its password and the '@'; may be empty
  std::string_view host_port;
  std::vector<UriParam> params;
  std::string_view headers;  // with the '?'
};

UriParam param_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  UriParam param{text, text.substr(0, equals), {}, equals != text.npos};
  if (param.has_value) param.value = text.substr(equals + 1);
  return param;
}

base::Result<Pieces> cut_uri(std::string_view uri) {
  if (const auto parsed = parse_uri(uri); !parsed) return parsed.error();
  Pieces pieces;
  const std::size_t colon = uri.find(':');
  pieces.scheme = uri.substr(0, colon);
  std::string_view rest = uri.substr(colon + 1);
  if (const std::size_t at = rest.find('@'); at != rest.npos) {
    pieces.user = rest.substr(0, at + 1);
    rest.remove_prefix(at + 1);
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  pieces.headers = rest.substr(question);
  rest = rest.substr(0, question);
  const std::size_t host_end = std::min(rest.find(';'), rest.size());
  pieces.host_port = rest.substr(0, host_end);
  if (host_end == rest.size()) return pieces;
  // No quotes in the parameters of a URI, so every ';' parts two of them.
  for (const std::string_view text : base::split(rest.substr(host_end + 1), ';')) {
    pieces.params.push_back(param_of(text));
  }
  return pieces;
}

// "%66low" is the same name as "flow" to whoever undoes escapes (RFC 3261 section 19.1.4).
base::Result<> check_names(const std::vector<UriParam>& params) {
  for (const UriParam& param : params) {
    const auto name = unescape(param.name);
    if (!name) return name.error();
    for (const std::string_view reserved : kReserved) {
      if (base::iequals(*name, reserved)) {
        return malformed("the parameter " + std::string(reserved) + " is not the client's");
      }
    }
    const bool is_transport = base::iequals(*name, kTransport);
    if (is_transport && (!param.is(kTransport) || param.value.empty())) {
      return malformed("bad transport");
    }
  }
  return {};
}

base::Result<std::string> hide_uri(std::string_view uri, std::string_view core_host_port,
                                   std::string_view transport, std::string_view state) {
  const auto pieces = cut_uri(uri);
  if (!pieces) return pieces.error();
  if (const auto checked = check_names(pieces->params); !checked) return checked.error();
  std::string out(kUsualScheme);
  out.reserve(uri.size() + core_host_port.size() + state.size() + 80);
  const auto append = [&out](std::string_view name, std::string_view value) {
    out += ';';
    out += name;
    if (value.empty()) return;
    out += '=';
    out += value;
  };
  out += ':';
  out += pieces->user;
  out += core_host_port;
  std::string_view own_transport;
  for (const UriParam& param : pieces->params) {
    if (param.is(kTransport)) {
      own_transport = param.value;
      append(param.name, transport);
    } else {
      append(param.text, {});
    }
  }
  if (own_transport.empty()) append(kTransport, transport);
  append(kOrigHostPort, pieces->host_port);
  if (own_transport != kUsualTransport) append(kOrigTransport, own_transport);
  if (pieces->scheme != kUsualScheme) append(kOrigScheme, pieces->scheme);
  if (!state.empty()) append(kFlow, state);
  out += pieces->headers;
  // Ours may have been one parameter too many.
  if (!parse_uri(out)) return malformed("too many parameters");
  return out;
}

// The value with its URI replaced, and brackets around that.
std::string with_uri(std::string_view value, const NameAddr& address, std::string_view uri) {
  const auto begin = static_cast<std::size_t>(address.uri.data() - value.data());
  std::string out(value.substr(0, begin));
  if (!address.has_brackets) out += '<';
  out += uri;
  if (!address.has_brackets) out += '>';
  out += value.substr(begin + address.uri.size());
  return out;
}

// Nothing when the value is not one of ours.
std::optional<std::string> restore_contact(std::string_view value) {
  const auto address = parse_name_addr(value);
  if (!address || address->is_star) return std::nullopt;
  const auto uri = original_uri(address->uri);
  if (!uri) return std::nullopt;
  return with_uri(value, *address, *uri);
}

}  // namespace

base::Result<std::string> hide_contact(std::string_view value, std::string_view core_host_port,
                                       std::string_view transport, std::string_view state) {
  const auto address = parse_name_addr(value);
  if (!address) return address.error();
  if (address->is_star) return std::string(value);
  const auto hidden = hide_uri(address->uri, core_host_port, transport, state);
  if (!hidden) return hidden.error();
  return with_uri(value, *address, *hidden);
}

std::optional<std::string> original_uri(std::string_view uri, std::string* state) {
  const auto pieces = cut_uri(uri);
  if (!pieces) return std::nullopt;
  std::string_view host_port;
  std::string_view scheme = kUsualScheme;
  std::optional<std::string_view> transport = kUsualTransport;  // nothing: there was none
  std::string_view flow;
  for (const UriParam& param : pieces->params) {
    if (param.is(kOrigHostPort)) host_port = param.value;
    if (param.is(kOrigScheme)) scheme = param.value;
    if (param.is(kFlow)) flow = param.value;
    if (!param.is(kOrigTransport)) continue;
    transport = param.has_value ? std::optional(param.value) : std::nullopt;
  }
  if (host_port.empty()) return std::nullopt;
  std::string out(scheme);
  out.reserve(uri.size());
  out += ':';
  out += pieces->user;
  out += host_port;
  bool has_transport = false;
  for (const UriParam& param : pieces->params) {
    if (param.is(kTransport)) {
      has_transport = true;
      if (transport) out += ';' + std::string(param.name) + '=' + std::string(*transport);
    } else if (!param.is(kOrigHostPort) && !param.is(kOrigScheme) && !param.is(kFlow) &&
               !param.is(kOrigTransport)) {
      out += ';';
      out += param.text;
    }
  }
  // A registrar that drops the parameter does not change what the client said.
  if (!has_transport && transport) out += ";transport=" + std::string(*transport);
  out += pieces->headers;
  if (!parse_uri(out)) return std::nullopt;  // the text came by way of others
  if (state != nullptr) *state = flow;
  return out;
}

void restore_contacts(Message& message) {
  for (std::size_t i = 0; i < message.fields().size(); ++i) {
    const Field& field = message.fields()[i];
    if (field.id != FieldId::Contact) continue;
    std::string all;
    bool changed = false;
    for (const std::string_view value : split_list(field.value)) {
      const auto restored = restore_contact(value);
      changed = changed || restored;
      if (!all.empty()) all += ", ";
      all += restored ? std::string_view(*restored) : value;
    }
    if (changed) message.set_at(i, all);
  }
}

}  // namespace sip
