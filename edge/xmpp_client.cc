#include "edge/xmpp_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/random.h"
#include "net/tls_context.h"
#include "xmpp/sasl.h"
#include "xmpp/stream.h"

namespace edge {

using xmpp::Condition;
using xmpp::Direction;
using xmpp::Event;

namespace {

constexpr std::string_view kAlpn = "xmpp-client";  // XEP-0368
constexpr char kTlsHandshake = '\x16';             // the first octet of a ClientHello

}  // namespace

XmppClient::XmppClient(XmppSurroundings& around, net::Socket socket, XmppClientHandler& handler)
    : around_(around),
      handler_(handler),
      since_(around.clock.steady()),
      client_reader_(around.parser, xmpp::kLimitsBefore),
      node_reader_(around.parser, xmpp::kLimitsOfNode) {
  const std::string flow = base::random_hex(flow_id_.size() / 2);
  std::copy_n(flow.begin(), flow_id_.size(), flow_id_.begin());
  client_reader_.set_detail(xmpp::Detail::Tree);
  node_reader_.set_detail(xmpp::Detail::Tree);
  stream_ = net::accept_plain(around.loop, std::move(socket), *this,
                              {.handshake = around.settings->handshake_limit});
  set_deadline();
}

XmppClient::~XmppClient() = default;

void XmppClient::enter(State next) {
  const bool was_joined = is_joined();
  state_ = next;
  if (is_joined() != was_joined) handler_.on_client_joined(*this, is_joined());
  set_deadline();
}

// Comes twice: at once, and when TLS is up.
void XmppClient::on_open() {
  if (state_ != State::Handshaking) return;
  log_event(base::traffic::kStreamSecured);
  Counters::add(around_.counters.xmpp_secured);
  enter(State::Secured);
  if (domain_.empty() && stream_->info().alpn != kAlpn) {
    return end(Condition::PolicyViolation, "direct TLS without xmpp-client in ALPN");
  }
  client_reader_.reset();
}

std::size_t XmppClient::on_data(std::string_view data) {
  switch (state_) {
    case State::First:
      if (data.front() == kTlsHandshake) {
        start_tls();
        return 0;
      }
      enter(State::Header);
      [[fallthrough]];
    case State::Header:
    case State::Offered:
      return take_plain(data);
    case State::Secured:
      return take_secured(data);
    case State::Joined:
      return take_joined(data);
    case State::Joining:
      return 0;
    case State::Handshaking:
    case State::Leaving:
    case State::Ending:
    case State::Closed:
      return data.size();
  }
  return data.size();
}

void XmppClient::start_tls() {
  enter(State::Handshaking);
  stream_->start_tls({around_.settings->tls, {}, {}});
}

std::size_t XmppClient::take_plain(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && (state_ == State::Header || state_ == State::Offered)) {
    const Event event = client_reader_.next(data.substr(taken));
    const std::string_view octets = data.substr(taken, event.octets);
    taken += event.octets;
    switch (event.kind) {
      case Event::Kind::NeedMore:
        return taken;
      case Event::Kind::Bad:
        end(event.error.condition, event.error.detail);
        break;
      case Event::Kind::Blank:
        break;
      case Event::Kind::Header:
        log_stanza(Direction::Received, octets);
        if (take_header(event)) offer_tls(event.element.attribute("from"));
        break;
      case Event::Kind::Element:
        log_stanza(Direction::Received, octets, event.bears_secret);
        take_offered(event);
        break;
      case Event::Kind::End:
        send(xmpp::kStreamEnd);
        close("the client ended its stream before TLS");
        break;
    }
  }
  // What came behind <starttls/> is dropped, since whoever stands in the way could have put it
  // there, to be taken for the client's own. Some clients send a line end.
  return state_ == State::Ending || state_ == State::Handshaking ? data.size() : taken;
}

// The domain of a connection is that of its first header (RFC 6120 section 4.7.2).
bool XmppClient::take_header(const Event& event) {
  const xmpp::StreamHeader header = xmpp::read_header(event.element);
  const base::Result<std::string> domain = xmpp::parse_domain(header.to);
  const auto& domains = around_.settings->domains;
  if (!domain || std::find(domains.begin(), domains.end(), *domain) == domains.end()) {
    end(Condition::HostUnknown, fmt::format("no domain of this edge: {}", header.to));
  } else if (!domain_.empty() && *domain != domain_) {
    end(Condition::HostUnknown, fmt::format("{} after TLS, {} before", *domain, domain_));
  } else if (!xmpp::is_version_1(header.version)) {
    end(Condition::UnsupportedVersion, fmt::format("version \"{}\"", header.version));
  } else if (domain_.empty()) {
    domain_ = *domain;
    log_event(base::traffic::kStreamOpened);
    Counters::add(around_.counters.xmpp_opened);
  }
  return state_ != State::Ending;
}

std::string XmppClient::own_header(std::string_view to) const {
  constexpr std::size_t kIdBytes = 16;
  return xmpp::write_header({std::string(to), domain_.empty() ? around_.settings->name : domain_,
                             base::random_hex(kIdBytes), "1.0", "en"});
}

void XmppClient::offer_tls(std::string_view to) {
  send(own_header(to).append(xmpp::kStartTlsFeatures));
  enter(State::Offered);
}

void XmppClient::take_offered(const Event& event) {
  if (event.element.is("auth", xmpp::ns::kSasl)) {
    // RFC 6120 section 6.5.4. Whatever it holds has been on the wire in clear.
    send(xmpp::write_sasl_failure("encryption-required"));
    send(xmpp::kStreamEnd);
    Counters::add(around_.counters.xmpp_refused);
    return close("encryption-required: <auth/> before TLS");
  }
  if (!event.element.is("starttls", xmpp::ns::kTls)) {
    return end(Condition::PolicyViolation, "another element than <starttls/> before TLS");
  }
  send(xmpp::kProceed);
  start_tls();
}

void XmppClient::on_end() {
  switch (state_) {
    case State::Joined:
      if (sign_in_) count_failure();
      return leave();
    case State::Leaving:
    case State::Ending:
    case State::Closed:
      return;
    default:
      if (!domain_.empty()) return close("the client closed the connection");
      enter(State::Ending);  // somebody who only looked whether we are there: no line for that
      return stream_->close();
  }
}

void XmppClient::on_closed(const base::Error& why) {
  drop_call();
  if (state_ != State::Ending) {
    if (sign_in_) count_failure();
    if (state_ == State::First || state_ == State::Handshaking) {
      Counters::add(around_.counters.handshake_failures);
      around_.log.debug("XMPP connection not opened",
                        {{"client", base::to_string(remote())}, {"reason", why.detail}});
    }
    if (!domain_.empty()) log_event(base::traffic::kStreamClosed, why.detail);
  }
  enter(State::Closed);
  handler_.on_client_closed(*this, why);
}

// Until when what it waits for must have come; nothing where it may wait.
std::optional<XmppClient::Steady> XmppClient::time_limit() const {
  switch (state_) {
    case State::First:
    case State::Header:
    case State::Offered:
    case State::Handshaking:
      return since_ + around_.settings->secure_limit;
    case State::Secured:
    case State::Joining:
    case State::Joined:
      if (!signed_in()) return since_ + around_.settings->sign_in_limit;
      if (stalled_) return since_ + kStallLimit;
      return std::nullopt;
    case State::Leaving:
      return since_ + kLeaveLimit;
    case State::Ending:
    case State::Closed:
      return std::nullopt;
  }
  return std::nullopt;
}

void XmppClient::set_deadline() {
  if (const auto limit = time_limit()) {
    around_.deadlines.set(*this, *limit);
  } else {
    around_.deadlines.cancel(*this);
  }
}

void XmppClient::on_deadline(Steady now) {
  const auto limit = time_limit();
  if (!limit || *limit > now) return set_deadline();  // a reload may have moved it
  switch (state_) {
    case State::First:
    case State::Header:
    case State::Offered:
    case State::Handshaking:
      return end(Condition::ConnectionTimeout, "no TLS in time");
    case State::Secured:
    case State::Joining:
    case State::Joined:
      if (!signed_in()) return end(Condition::ConnectionTimeout, "not signed in in time");
      return stream_->abort({base::Errc::Timeout, "the client does not read what it is sent"});
    case State::Leaving:
      return close("the stream was not ended from both sides in time");
    case State::Ending:
    case State::Closed:
      return;
  }
}

void XmppClient::shut_down() {
  end(Condition::SystemShutdown, "the edge stops");
}

void XmppClient::send(std::string_view octets) {
  log_stanza(Direction::Sent, octets);
  stream_->write(octets);
}

// The last word is put behind what was passed on whole, into the stream that the client sees: ours
// before TLS, then the node's, and a new one of ours where there is none.
void XmppClient::end(Condition condition, std::string_view reason) {
  if (state_ == State::Ending || state_ == State::Closed) return;
  const bool is_of_client = condition != Condition::RemoteConnectionFailed &&
                            condition != Condition::SystemShutdown &&
                            condition != Condition::ConnectionTimeout;
  if (sign_in_ && is_of_client) count_failure();
  const std::string words = fmt::format("{}: {}", xmpp::to_string(condition), reason);
  if (condition == Condition::RemoteConnectionFailed) {
    Counters::add(around_.counters.xmpp_unavailable);
  } else if (condition != Condition::SystemShutdown) {
    Counters::add(around_.counters.xmpp_refused);
  }
  if (state_ == State::Handshaking) {
    return stream_->abort({base::Errc::Timeout, words});  // nothing can be said there
  }
  const bool node_spoke = is_joined() && node_reader_.has_header();
  if (!node_spoke && state_ != State::Offered) {
    send(own_header({}) + xmpp::write_error(condition));
  } else if (!node_reader_.has_ended()) {
    send(xmpp::write_error(condition, node_reader_.root_name()));
  }
  close(words);
}

// After what is queued.
void XmppClient::close(std::string_view reason) {
  log_event(base::traffic::kStreamClosed, reason);
  drop_call();
  from_node_.clear();
  enter(State::Ending);
  stream_->close();
}

// To a core that has not seen our end yet this is a reset.
void XmppClient::drop_call() {
  around_.loop.retire(std::move(call_));
}

xmpp::Hop XmppClient::hop(Direction direction) const {
  xmpp::Hop hop;
  hop.flow_id = flow_id();
  (direction == Direction::Received ? hop.src : hop.dst) = remote();
  if (core_) hop.tunnel_dst_host = core_->name;
  return hop;
}

void XmppClient::log_event(std::string_view event, std::string_view reason,
                           std::string_view mechanism) {
  const bool bound = progress_ == Progress::Bound;
  const std::string_view who = who_;
  xmpp::log_stream(around_.traffic, hop(Direction::Received), event,
                   {.to = domain_,
                    .user = bound ? std::string_view{} : who,
                    .jid = bound ? who : std::string_view{},
                    .mechanism = mechanism,
                    .reason = reason});
}

void XmppClient::log_stanza(Direction direction, std::string_view octets, bool bears_secret) {
  if (!around_.traffic.enabled(base::Level::Debug)) return;
  xmpp::log_stanza(around_.traffic, hop(direction), direction, octets, bears_secret);
}

}  // namespace edge
