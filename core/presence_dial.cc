#include "core/presence_dial.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "dns/selection.h"
#include "sip/uri.h"
#include "xmpp/stream.h"

namespace core {

using xmpp::Event;

namespace {

// A stream error has its condition as its first child; of a failure of STARTTLS the name says all.
std::string said(const xmpp::Element& element) {
  if (element.children.empty()) return fmt::format("it said <{}/>", element.name);
  return fmt::format("it said <{}/> <{}/>", element.name, element.children.front().name);
}

}  // namespace

PresenceNodes::PresenceNodes(net::Loop& loop, dns::Resolver& resolver, base::Logger& log,
                             const std::vector<std::unique_ptr<Discovery>>& discoveries,
                             PresenceSettings settings)
    : loop_(loop),
      resolver_(resolver),
      log_(log),
      discoveries_(discoveries),
      settings_(std::move(settings)) {
  for (const std::string& text : settings_.config.nodes) {
    const auto parsed = sip::parse_host_port(text);
    if (!parsed) continue;  // the configuration was checked
    configured_.push_back({0, 0, parsed->port.value_or(kPort), base::to_lower(parsed->host)});
  }
}

bool PresenceNodes::serves(std::string_view domain) const {
  return std::any_of(discoveries_.begin(), discoveries_.end(), [domain](const auto& discovery) {
    return base::iequals(discovery->domain(), domain);
  });
}

std::vector<dns::SrvTarget> PresenceNodes::targets(const std::string& domain,
                                                   const dns::SrvAnswer& answer) {
  if (answer.outcome == dns::Outcome::Ok) known_[domain] = answer.targets;
  if (answer.outcome == dns::Outcome::NameError) known_.erase(domain);
  if (const auto known = known_.find(domain); known != known_.end()) {
    return dns::select(known->second, dns::system_dice());
  }
  std::vector<dns::SrvTarget> targets;
  for (const auto& discovery : discoveries_) {
    if (!base::iequals(discovery->domain(), domain)) continue;
    targets = discovery->presence().targets;
    // Its port is that of another service of theirs.
    for (dns::SrvTarget& target : targets)
      target.port = kPort;
  }
  return targets;
}

// Said once for as long as the node stays set aside: every client tries it.
void PresenceNodes::failed(const dns::SrvTarget& node, const base::Error& why) {
  if (!failed_.is_failed(node.host, node.port, loop_.now())) {
    log_.warn("presence node not reached",
              {{"node", fmt::format("{}:{}", node.host, node.port)}, {"reason", why.detail}});
  }
  failed_.failed(node.host, node.port, loop_.now());
}

PresenceDial::PresenceDial(PresenceNodes& nodes, std::string domain, Done done)
    : nodes_(nodes),
      domain_(std::move(domain)),
      done_(std::move(done)),
      reader_(nodes.parser_),
      timer_(nodes.loop_, [this] { on_timer(); }) {
  reader_.set_detail(xmpp::Detail::Tree);
  timer_.start(std::chrono::milliseconds{0});
}

PresenceDial::~PresenceDial() = default;

void PresenceDial::on_timer() {
  if (state_ != State::Asking) {
    next_address_ = addresses_.size();
    const base::Error why{base::Errc::Timeout, "it took too long to become ready"};
    if (stream_) return stream_->abort(why);
    return on_node_failed(why);
  }
  if (!nodes_.settings_.tls) {
    return finish(base::Error{base::Errc::NotFound, "no authorities of presence nodes are known"});
  }
  if (!nodes_.configured().empty()) return choose(nodes_.configured());
  query_ = nodes_.resolver_.srv(
      "_xmpp-client._tcp." + domain_,
      [this](const dns::SrvAnswer& answer) { choose(nodes_.targets(domain_, answer)); });
}

void PresenceDial::choose(std::vector<dns::SrvTarget> targets) {
  targets_ = std::move(targets);
  nodes_.failed_.move_last(targets_, nodes_.loop_.now());
  next_node();
}

void PresenceDial::next_node() {
  if (next_target_ == targets_.size()) return finish(why_);
  state_ = State::Resolving;
  addresses_.clear();
  next_address_ = 0;
  timer_.start(nodes_.settings_.node_limit);
  query_ = nodes_.resolver_.addresses(
      targets_[next_target_].host,
      [this](const dns::AddressAnswer& answer) { on_addresses(answer); });
}

void PresenceDial::on_addresses(const dns::AddressAnswer& answer) {
  if (answer.outcome != dns::Outcome::Ok) {
    return on_node_failed(
        {base::Errc::NotFound,
         fmt::format("no address: {} {}", dns::to_string(answer.outcome), answer.detail)});
  }
  addresses_ = answer.addresses;
  dial();
}

void PresenceDial::dial() {
  state_ = State::Connecting;
  net::DialOptions options;
  options.remote = {addresses_[next_address_++], targets_[next_target_].port};
  options.source = nodes_.settings_.source;
  options.limits.connect = nodes_.settings_.connect;
  options.limits.handshake = nodes_.settings_.node_limit;
  stream_ = net::dial_plain(nodes_.loop_, options, *this);
}

void PresenceDial::on_open() {
  if (state_ == State::Handshaking) {
    const dns::SrvTarget& node = targets_[next_target_];
    nodes_.failed_.succeeded(node.host, node.port);
    return finish(std::move(stream_));
  }
  state_ = State::Header;
  xmpp::StreamHeader header;
  header.to = domain_;
  header.version = "1.0";
  reader_.reset();
  stream_->write(xmpp::write_header(header));
}

std::size_t PresenceDial::on_data(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && state_ >= State::Header && state_ <= State::Proceed) {
    const Event event = reader_.next(data.substr(taken));
    if (event.kind == Event::Kind::NeedMore) return taken;
    taken += event.octets;
    take(event, taken == data.size());
  }
  return data.size();
}

// `is_last`: nothing came behind it.
void PresenceDial::take(const Event& event, bool is_last) {
  const xmpp::Element& element = event.element;
  switch (event.kind) {
    case Event::Kind::NeedMore:
    case Event::Kind::Blank:
      return;
    case Event::Kind::Bad:
      return refuse(event.error.detail);
    case Event::Kind::End:
      return refuse("it ended the stream");
    case Event::Kind::Header:
      if (!xmpp::is_version_1(xmpp::read_header(element).version)) {
        return refuse("it speaks an older protocol, without features");
      }
      state_ = State::Features;
      return;
    case Event::Kind::Element:
      break;
  }
  if (state_ == State::Features) {
    if (!element.is("features", xmpp::ns::kStreams)) return refuse(said(element));
    if (!element.child("starttls", xmpp::ns::kTls)) return refuse("it offers no STARTTLS");
    state_ = State::Proceed;
    stream_->write(xmpp::kStartTls);
    return;
  }
  if (!element.is("proceed", xmpp::ns::kTls)) return refuse(said(element));
  // Who could put them there would have them pass for words of the node.
  if (!is_last) return refuse("octets behind <proceed/>");
  state_ = State::Handshaking;
  const std::string& host = targets_[next_target_].host;
  const auto address = base::parse_ip(host);
  stream_->start_tls({nodes_.settings_.tls,
                      {certs::dns_name(domain_),
                       address ? certs::Name{certs::Name::Kind::Ip, base::to_string(*address)}
                               : certs::dns_name(host)},
                      domain_});
}

void PresenceDial::refuse(std::string detail) {
  state_ = State::Refused;  // and no other address of it is tried: it is the same server
  stream_->abort({base::Errc::Refused, std::move(detail)});
}

void PresenceDial::on_end() {
  stream_->abort({base::Errc::Closed, "it hung up"});
}

void PresenceDial::on_closed(const base::Error& why) {
  nodes_.loop_.retire(std::unique_ptr<net::PlainStream>(std::move(stream_)));
  if (state_ == State::Connecting && next_address_ < addresses_.size()) return dial();
  on_node_failed(why);
}

void PresenceDial::on_node_failed(const base::Error& why) {
  const dns::SrvTarget& node = targets_[next_target_++];
  nodes_.failed(node, why);
  why_ = {why.code, fmt::format("{}:{}: {}", node.host, node.port, why.detail)};
  next_node();
}

void PresenceDial::finish(base::Result<std::unique_ptr<net::PlainStream>> result) {
  state_ = State::Done;
  timer_.stop();
  query_.reset();
  std::exchange(done_, nullptr)(std::move(result));
}

}  // namespace core
