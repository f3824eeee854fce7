#include "sip/forward.h"

#include <algorithm>

#include "base/text.h"
#include "sip/hash.h"
#include "sip/limits.h"
#include "sip/uri.h"

namespace sip {
namespace {

constexpr int kFirstMaxForwards = 70;       // RFC 3261 section 16.6
constexpr std::size_t kReceivedBytes = 80;  // ";received=", an IPv6 address, ";rport=" …

void append_piece(std::string& out, std::string_view piece) {
  out += length_prefix(piece);
  out += piece;
}

std::string_view tag_of(const Message& message, FieldId id) {
  const auto address = parse_name_addr(message.value(id));
  return address ? address->param("tag").value_or("") : std::string_view{};
}

}  // namespace

bool lower_max_forwards(Message& request) {
  if (request.count(FieldId::MaxForwards) == 0) {
    request.set(FieldId::MaxForwards, std::to_string(kFirstMaxForwards - 1));
    return true;
  }
  const auto hops = base::parse_decimal(request.value(FieldId::MaxForwards), kMaxForwards);
  if (!hops || *hops == 0) return false;
  request.set(FieldId::MaxForwards, std::to_string(*hops - 1));
  return true;
}

bool mark_received(Message& request, const base::Endpoint& from, std::string_view zone) {
  const auto value = request.first_value(FieldId::Via);
  if (!value) return false;
  const auto via = parse_via(*value);
  if (!via) return false;
  const bool wants_port = find_param(via->params, "rport").has_value();
  const std::size_t head_bytes = via->params.empty()
                                     ? value->size()
                                     : static_cast<std::size_t>(via->params.data() - value->data());
  std::string_view head = value->substr(0, head_bytes);
  while (!head.empty() && (head.back() == ';' || head.back() == ' ' || head.back() == '\t')) {
    head.remove_suffix(1);
  }
  // What the sender says of itself here is not kept: others would take it for our word.
  const std::string params =
      without_params(via->params, {"received", "rport", "ingress-zone", "ingress-zone-id"});
  std::string text;
  text.reserve(value->size() + kReceivedBytes + zone.size());
  text += head;
  if (!params.empty()) text.append(";").append(params);
  text.append(";received=").append(base::to_string(from.address));
  if (wants_port) text.append(";rport=").append(std::to_string(from.port));
  if (!zone.empty()) text.append(";ingress-zone=").append(zone);
  request.set_first_value(FieldId::Via, text);
  return true;
}

std::uint64_t transaction_key(const Message& request) {
  std::string text;
  const std::string_view top = request.first_value(FieldId::Via).value_or("");
  if (const auto via = parse_via(top)) {
    append_piece(text, via->branch());
    append_piece(text, base::to_lower(host_port(via->host, via->port)));
  } else {
    append_piece(text, top);
    append_piece(text, {});
  }
  append_piece(text, request.value(FieldId::CallId));
  append_piece(text, tag_of(request, FieldId::From));
  const auto cseq = parse_cseq(request.value(FieldId::CSeq));
  append_piece(text, cseq ? std::to_string(cseq->number) : std::string());
  append_piece(text, request.uri());
  return first_number(hash_of(HashKind::Sha256, {text}));
}

std::string to_string(const OwnVia& via) {
  std::string text = "SIP/2.0/" + std::string(via.transport) + ' ' + std::string(via.host_port);
  if (!via.zone.empty()) text += ";egress-zone=" + std::string(via.zone);
  text += ";branch=" + std::string(kMagicCookie) + std::string(via.branch);
  if (!via.call_id.empty()) text += ";proxy-call-id=" + std::string(via.call_id);
  return text + ";rport";
}

bool opens_dialog(const Message& request) {
  const auto to = parse_name_addr(request.value(FieldId::To));
  if (to && to->param("tag")) return false;
  const std::string_view method = request.method();
  return method == "INVITE" || method == "SUBSCRIBE" || method == "REFER" || method == "NOTIFY";
}

std::optional<NameAddr> first_route(const Message& request) {
  const auto value = request.first_value(FieldId::Route);
  if (!value) return std::nullopt;
  const auto route = parse_name_addr(*value);
  if (!route) return std::nullopt;
  return *route;
}

}  // namespace sip
