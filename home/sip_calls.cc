#include "home/sip_calls.h"

#include <cassert>

#include "base/random.h"
#include "base/text.h"
#include "home/request.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/uri.h"

namespace home {
namespace {

using sip::FieldId;

constexpr std::uint16_t kSipPort = 5060;
constexpr std::uint16_t kSipsPort = 5061;
constexpr std::size_t kTagBytes = 8;
constexpr std::size_t kCallIdBytes = 12;

// A Contact as a request URI: what belongs to a header or names a method goes (RFC 3261 section
// 19.1.1).
std::string request_uri(std::string_view contact) {
  const std::string_view uri = contact.substr(0, contact.find('?'));
  const auto parsed = sip::parse_uri(uri);
  if (!parsed || !parsed->param("method")) return std::string(uri);
  const std::string params = sip::without_params(parsed->params, {"method"});
  const std::size_t head = uri.size() - parsed->params.size() - 1;
  return std::string(uri.substr(0, head)) + (params.empty() ? "" : ";" + params);
}

}  // namespace

sip::Message make_request(const PhoneRequest& what, const Binding& binding,
                          const SipSender& sender) {
  sip::Message request = sip::Message::request(what.method, request_uri(binding.contact));
  sip::OwnVia via;
  via.transport = "TCP";
  via.host_port = sender.via;
  via.branch = sender.branch;
  request.add(FieldId::Via, sip::to_string(via));
  request.add(FieldId::MaxForwards, "70");
  if (!binding.path.empty()) request.add(FieldId::Route, binding.path);
  request.add(FieldId::From, "<sip:" + sender.host + ">;tag=" + base::random_hex(kTagBytes));
  request.add(FieldId::To, "<sip:" + encode_segment(binding.line) + "@" + sender.host + ">");
  request.add(FieldId::CallId, base::random_hex(kCallIdBytes) + "@" + sender.host);
  request.add(FieldId::CSeq, "101 " + what.method);
  request.add(FieldId::Contact, "<sip:" + sender.via + ";transport=tcp>");
  request.add(FieldId::UserAgent, "Sallyport-Home");
  if (what.method == "NOTIFY") {
    request.add(FieldId::Event, what.event);
    request.add(FieldId::SubscriptionState, "active");
  } else {
    request.add(FieldId::Accept, "application/sdp");
  }
  if (!what.body.empty()) request.set_body("text/plain", what.body);
  return request;
}

NextHop next_hop(const Binding& binding) {
  NextHop hop;
  hop.text = binding.contact;
  const auto path = sip::split_list(binding.path);
  if (!binding.path.empty() && !path.empty()) {
    if (const auto first = sip::parse_name_addr(path.front())) hop.text = first->uri;
  }
  const auto uri = sip::parse_uri(hop.text);
  if (!uri) return hop;
  hop.tls = uri->is_sips() || base::iequals(uri->param("transport").value_or(""), "tls");
  const auto address = base::parse_ip(uri->host);
  if (!address) return hop;
  hop.endpoint = base::Endpoint{*address, uri->port.value_or(hop.tls ? kSipsPort : kSipPort)};
  return hop;
}

void SipCalls::add(const std::string& branch, SipCall call) {
  assert(!calls_.contains(branch));
  in_order_.emplace_back(call.sent, branch);
  by_peer_[call.peer].insert(branch);
  calls_.emplace(branch, std::move(call));
}

std::optional<SipCall> SipCalls::take_branch(const std::string& branch) {
  auto node = calls_.extract(branch);
  if (node.empty()) return std::nullopt;
  const auto peer = by_peer_.find(node.mapped().peer);
  if (peer != by_peer_.end()) {
    peer->second.erase(branch);
    if (peer->second.empty()) by_peer_.erase(peer);
  }
  return std::move(node.mapped());
}

std::optional<SipCall> SipCalls::take(const sip::Message& response) {
  if (response.status() < 200) return std::nullopt;
  const auto value = response.first_value(FieldId::Via);
  if (!value) return std::nullopt;
  const auto via = sip::parse_via(*value);
  if (!via || !via->branch().starts_with(sip::kMagicCookie)) return std::nullopt;
  const std::string branch(via->branch().substr(sip::kMagicCookie.size()));
  const auto known = calls_.find(branch);
  const auto cseq = sip::parse_cseq(response.value(FieldId::CSeq));
  if (known == calls_.end() || !cseq || cseq->method != known->second.what.method) {
    return std::nullopt;
  }
  return take_branch(branch);
}

std::vector<SipCall> SipCalls::take_of(PeerId peer) {
  std::vector<SipCall> taken;
  const auto found = by_peer_.find(peer);
  if (found == by_peer_.end()) return taken;
  const auto branches = std::move(found->second);
  by_peer_.erase(found);
  for (const std::string& branch : branches) {
    if (auto call = take_branch(branch)) taken.push_back(*std::move(call));
  }
  return taken;
}

std::vector<SipCall> SipCalls::take_overdue(Moment now) {
  std::vector<SipCall> taken;
  while (!in_order_.empty() && in_order_.front().first + kLimit <= now) {
    if (auto call = take_branch(in_order_.front().second)) taken.push_back(*std::move(call));
    in_order_.pop_front();
  }
  return taken;
}

}  // namespace home
