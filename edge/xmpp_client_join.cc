// A client's stream from its header after TLS on: the stream on a link, and what passes over it.

#include <fmt/format.h>

#include <utility>

#include "edge/network.h"
#include "edge/xmpp_client.h"
#include "net/tunnel/control.h"
#include "policy/user.h"
#include "xmpp/sasl.h"
#include "xmpp/stream.h"

namespace edge {

using xmpp::Condition;
using xmpp::Direction;
using xmpp::Event;

std::size_t XmppClient::take_secured(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && state_ == State::Secured) {
    const Event event = client_reader_.next(data.substr(taken));
    switch (event.kind) {
      case Event::Kind::NeedMore:
        return taken;
      case Event::Kind::Blank:
        taken += event.octets;
        break;
      case Event::Kind::Header:
        if (!take_header(event)) break;
        // It is left where it is, and read once more when there is somebody to pass it to.
        client_reader_.reset();
        join();
        break;
      case Event::Kind::Bad:
        end(event.error.condition, event.error.detail);
        break;
      case Event::Kind::Element:
      case Event::Kind::End:
        end(Condition::BadFormat, "no stream header");
        break;
    }
  }
  return state_ == State::Ending ? data.size() : taken;
}

void XmppClient::join() {
  net::tunnel::Link* link = around_.links.choose(domain_, {});
  if (!link) return on_lost("no core that serves the domain is connected");
  core_ = link->shared_core();
  enter(State::Joining);
  stream_->pause_reading();
  net::http::RequestHead head;
  head.method = "CONNECT";
  head.protocol = net::tunnel::kXmppProtocol;
  head.scheme = "https";
  head.authority = domain_;
  head.target = "/";
  head.content_length = std::nullopt;
  head.fields.add(net::tunnel::kFlowField, flow_id());
  head.fields.add(net::tunnel::kClientField, base::to_string(remote()));
  call_ = link->start(std::move(head), answer_);
}

void XmppClient::on_answer(int status) {
  if (state_ != State::Joining) return;
  if (status != 200) return on_lost(fmt::format("the core answered {}", status));
  enter(State::Joined);
  stream_->resume_reading();
}

std::size_t XmppClient::take_joined(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && state_ == State::Joined) {
    const Event event = client_reader_.next(data.substr(taken));
    if (event.kind == Event::Kind::NeedMore) break;
    if (event.kind == Event::Kind::Bad) {
      end(event.error.condition, event.error.detail);
      break;
    }
    const std::string_view octets = data.substr(taken, event.octets);
    taken += event.octets;
    if (event.kind != Event::Kind::Blank) {
      log_stanza(Direction::Received, octets, event.bears_secret);
      if (!may_pass(event)) break;
    }
    call_->write(octets);
    if (event.kind == Event::Kind::End) leave();
  }
  if (state_ != State::Joined) return data.size();
  if (call_->queued_bytes() > net::http::Flow::kHighWater) stream_->pause_reading();
  return taken;
}

// False: the stream was ended.
bool XmppClient::may_pass(const Event& event) {
  if (event.kind == Event::Kind::Header) {
    const std::string_view to = event.element.attribute("to");
    const base::Result<std::string> domain = xmpp::parse_domain(to);
    if (domain && *domain == domain_) return true;
    end(Condition::HostUnknown, fmt::format("{} now, {} before", to, domain_));
    return false;
  }
  if (event.kind != Event::Kind::Element || signed_in()) return true;
  // RFC 6120 section 4.9.3.12. A node has nothing to judge before it knows who asks, accounts that
  // somebody would like to have included.
  if (!xmpp::is_sasl(event.element)) {
    end(Condition::NotAuthorized, fmt::format("<{}/> before SASL", event.element.name));
    return false;
  }
  return !xmpp::begins_sasl(event.element) || may_guess(event.element);
}

// Counted before it is known to be wrong, and given back when it was right.
bool XmppClient::may_guess(const xmpp::Element& element) {
  if (sign_in_) {
    end(Condition::PolicyViolation, "a sign-in while another is under way");
    return false;
  }
  const base::Result<xmpp::Auth> auth = xmpp::parse_auth(element);
  who_ = auth ? xmpp::claimed_user(*auth) : std::string();
  sign_in_ = std::make_unique<SignIn>();
  sign_in_->mechanism = element.attribute("mechanism");
  // However it is spelled. Who does not say it at once, or in a way that we know, shares one count
  // with others of that kind.
  const std::string network = network_of(remote().address);
  const base::Result<std::string> user = policy::canonical_user(who_, domain_);
  sign_in_->guesser = fmt::format("{}@{} {}", user ? *user : std::string(), domain_, network);
  std::string_view whose = "from its network";
  if (!is_suspect(network)) {
    const policy::RateVerdict guess =
        around_.guesses.take(sign_in_->guesser, around_.clock.steady());
    sign_in_->ticket = guess.ticket;
    if (guess.allowed) return true;
    whose = "of this user from its network";
  }
  sign_in_.reset();
  if (node_reader_.has_header()) send(xmpp::write_sasl_failure("temporary-auth-failure"));
  end(Condition::PolicyViolation, fmt::format("too many failed sign-ins {}", whose));
  return false;
}

// Also of users who do not exist, each of whom costs the node what a real one does; and of who does
// not wait for the node's word.
void XmppClient::count_failure() {
  sign_in_.reset();
  around_.network_guesses.take(network_of(remote().address), around_.clock.steady());
}

// Looked at only: many sign in at once behind one address, and who failed is known afterwards.
bool XmppClient::is_suspect(const std::string& network) {
  const policy::RateVerdict verdict = around_.network_guesses.take(network, around_.clock.steady());
  if (verdict.allowed) around_.network_guesses.refund(network, verdict.ticket);
  return !verdict.allowed;
}

// Client or node has said its last word; what the node still has for the client passes.
void XmppClient::leave() {
  call_->finish();
  since_ = around_.clock.steady();
  enter(State::Leaving);
}

void XmppClient::on_node_data(std::string_view data) {
  if (!is_joined()) return;
  if (from_node_.empty()) {
    const std::size_t taken = pass_on(data);
    if (is_joined()) from_node_.append(data.substr(taken));
  } else {
    from_node_.append(data);
    const std::size_t taken = pass_on(from_node_.view());
    if (is_joined()) from_node_.consume(taken);
  }
  if (!is_joined() || stream_->queued_bytes() <= net::Stream::kHighWater) return;
  if (!std::exchange(stalled_, true) && signed_in() && state_ == State::Joined) {
    since_ = around_.clock.steady();
    set_deadline();
  }
  call_->pause();
}

std::size_t XmppClient::pass_on(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && is_joined()) {
    const Event event = node_reader_.next(data.substr(taken));
    if (event.kind == Event::Kind::NeedMore) return taken;
    if (event.kind == Event::Kind::Bad) {
      on_lost("what the presence node sends is no stream: " + event.error.detail);
      return taken;
    }
    const std::string_view octets = data.substr(taken, event.octets);
    taken += event.octets;
    stream_->write(octets);
    if (event.kind == Event::Kind::Blank) continue;
    log_stanza(Direction::Sent, octets, event.bears_secret);
    if (event.kind == Event::Kind::Element && progress_ != Progress::Bound) {
      judge_node(event.element);
    } else if (event.kind == Event::Kind::End && state_ == State::Joined) {
      leave();
    }
  }
  return taken;
}

// What the node says of who the client is: it alone knows.
void XmppClient::judge_node(const xmpp::Element& element) {
  if (!signed_in()) {
    if (!xmpp::is_sasl(element)) return;
    if (element.name == "success") return sign_in(element.ns == xmpp::ns::kSasl);
    if (element.name == "failure") return on_failure();
    return;
  }
  const auto jid = xmpp::granted_jid(element);
  if (!jid) return;
  if (!jid->empty()) who_ = *jid;
  progress_ = Progress::Bound;
  client_reader_.set_detail(xmpp::Detail::Head);
  node_reader_.set_detail(xmpp::Detail::Head);
  log_event(base::traffic::kStreamBound);
}

void XmppClient::on_failure() {
  Counters::add(around_.counters.xmpp_failed_sign_ins);
  count_failure();
  if (++failures_ >= kMaxFailures) {
    end(Condition::PolicyViolation, "too many failed sign-ins on one stream");
  }
}

void XmppClient::sign_in(bool restarts) {
  progress_ = Progress::SignedIn;
  set_deadline();
  std::string mechanism;
  if (const auto sign_in = std::move(sign_in_)) {
    around_.guesses.refund(sign_in->guesser, sign_in->ticket);
    mechanism = sign_in->mechanism;
  }
  log_event(base::traffic::kStreamAuthenticated, {}, mechanism);
  Counters::add(around_.counters.xmpp_signed_in);
  handler_.on_client_signed_in(*this);
  client_reader_.set_limits(xmpp::kLimitsAfter);
  if (!restarts) return;
  // RFC 6120 section 6.4.6: what follows is a new stream, and nothing of it could be there before
  // this word was sent.
  if (!client_reader_.at_boundary()) {
    return end(Condition::PolicyViolation, "octets before SASL was over");
  }
  client_reader_.reset();
  node_reader_.reset();
}

void XmppClient::on_node_end() {
  if (state_ == State::Joining) return on_lost("the core ended the stream");
  if (state_ == State::Joined) return on_lost("the presence node hung up");
  const bool node_was_first = node_reader_.has_ended() && !client_reader_.has_ended();
  close(node_was_first ? "the presence node ended the stream" : "the client ended its stream");
}

void XmppClient::on_lost(std::string_view reason) {
  if (state_ == State::Leaving) return on_node_end();
  end(Condition::RemoteConnectionFailed, reason);
}

void XmppClient::on_drained() {
  if (!std::exchange(stalled_, false)) return;
  set_deadline();
  if (call_) call_->resume();
}

void XmppClient::resume() {
  if (state_ == State::Joined) stream_->resume_reading();
}

}  // namespace edge
