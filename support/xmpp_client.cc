#include "support/xmpp_client.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/loop.h"
#include "support/explain.h"
#include "support/explain_xmpp.h"
#include "xmpp/stream.h"

namespace support {
namespace {

using base::Errc;
using base::Error;
using Kind = XmppFault::Kind;

constexpr std::size_t kMaxShown = 4096;  // octets of one element in a trace

}  // namespace

XmppClient::XmppClient(net::Loop& loop, XmppClientOptions options)
    : loop_(loop),
      options_(std::move(options)),
      // A server's features and roster are larger than what it takes of a stranger.
      reader_(parser_, xmpp::kLimitsAfter),
      limit_timer_(loop, [this] { on_limit(); }) {
  reader_.set_detail(xmpp::Detail::Tree);
}

XmppClient::~XmppClient() = default;

void XmppClient::open(std::string host, const base::Endpoint& remote, Opened opened) {
  assert(!opened_ && !answered_);
  if (stream_ != nullptr) loop_.retire(std::move(stream_));
  host_ = std::move(host);
  opened_ = std::move(opened);
  reached_ = false;
  fault_.reset();

  net::DialOptions dial;
  dial.remote = remote;
  dial.limits.connect = std::min(dial.limits.connect, options_.limit);
  dial.limits.handshake = std::min(dial.limits.handshake, options_.limit);
  stream_ = net::dial_plain(loop_, dial, *this);
  enter(State::Connecting);
}

void XmppClient::on_open() {
  reached_ = true;
  if (state_ == State::Connecting) {
    enter(State::Plain);
    limit_timer_.start(options_.limit);
    return send_header();
  }
  limit_timer_.stop();
  enter(State::Open);
  std::exchange(opened_, nullptr)(stream_->info());
}

void XmppClient::send_header() {
  reader_ = xmpp::Reader(parser_, xmpp::kLimitsAfter);
  reader_.set_detail(xmpp::Detail::Tree);
  xmpp::StreamHeader header;
  header.to = options_.domain;
  header.version = "1.0";
  header.lang = "en";
  send(xmpp::write_header(header), false);
}

void XmppClient::send(std::string_view octets, bool is_secret) {
  if (options_.watch)
    options_.watch("sent: " + printable(xmpp::masked(octets, is_secret), kMaxShown));
  stream_->write(octets);
}

void XmppClient::begin_stream(Answered answered) {
  const bool is_there = is_open();
  ask(
      {}, false, [](const xmpp::Element& e) { return e.is("features", xmpp::ns::kStreams); },
      std::move(answered));
  if (is_there) send_header();
}

void XmppClient::ask(std::string_view octets, bool is_secret, Fits fits, Answered answered) {
  assert(!answered_);
  fits_ = std::move(fits);
  answered_ = std::move(answered);
  // Without a connection the limit is over at once, and on_limit() says why.
  limit_timer_.start(is_open() ? options_.limit : std::chrono::milliseconds(0));
  if (is_open() && !octets.empty()) send(octets, is_secret);
}

void XmppClient::end(std::string_view octets, Answered answered) {
  assert(!answered_);
  const bool is_there = is_open();
  ask(
      octets, false, [](const xmpp::Element&) { return false; }, std::move(answered));
  if (!is_there) return;
  send(xmpp::kStreamEnd, false);
  enter(State::Ending);
}

void XmppClient::on_limit() {
  if (stream_ == nullptr) {
    return report({fault_.value_or(XmppFault{Kind::Connection, {}, "there is no connection"})});
  }
  fail({Kind::Timeout, {}, fmt::format("{} ms", options_.limit.count())});
}

// The stream takes it from here: on_closed() reports.
void XmppClient::fail(XmppFault fault) {
  if (!fault_) fault_ = std::move(fault);
  limit_timer_.stop();
  if (stream_ != nullptr) stream_->abort({Errc::Closed, "given up"});
}

void XmppClient::report(XmppAnswer answer) {
  limit_timer_.stop();
  fits_ = nullptr;
  std::exchange(answered_, nullptr)(std::move(answer));
}

std::size_t XmppClient::on_data(std::string_view data) {
  std::size_t taken = 0;
  while (state_ != State::Securing && !fault_) {
    const xmpp::Event event = reader_.next(data.substr(taken));
    if (event.kind == xmpp::Event::Kind::NeedMore) return taken;
    const std::string_view octets = data.substr(taken, event.octets);
    taken += event.octets;
    on_event(event, octets, data.size() - taken);
    if (event.octets == 0) break;
  }
  return fault_ ? data.size() : taken;
}

void XmppClient::on_event(const xmpp::Event& event, std::string_view octets, std::size_t left) {
  using EventKind = xmpp::Event::Kind;
  if (options_.watch && event.kind != EventKind::Blank && !octets.empty()) {
    options_.watch("received: " + printable(xmpp::masked(octets, event.bears_secret), kMaxShown));
  }
  switch (event.kind) {
    case EventKind::NeedMore:
    case EventKind::Blank:
      return;
    case EventKind::Header:
      return on_header(event.element);
    case EventKind::Element:
      return on_element(event.element, left);
    case EventKind::End:
      if (state_ != State::Ending) return fail({Kind::Ended, {}});
      limit_timer_.stop();
      return stream_->close();
    case EventKind::Bad:
      return fail(
          {Kind::Protocol,
           {},
           fmt::format("{}: {}", xmpp::to_string(event.error.condition), event.error.detail)});
  }
}

void XmppClient::on_header(const xmpp::Element& element) {
  const xmpp::StreamHeader header = xmpp::read_header(element);
  // A stream error may follow a header that says little (RFC 6120 section 4.9.1.2).
  if (!header.from.empty()) {
    const auto from = xmpp::parse_domain(header.from);
    if (!from || *from != options_.domain) {
      return fail({Kind::Protocol, {}, "the stream is from " + header.from});
    }
  }
  if (!xmpp::is_version_1(header.version)) {
    fail({Kind::Protocol, {}, "the stream is not of version 1.0"});
  }
}

void XmppClient::on_element(const xmpp::Element& element, std::size_t left) {
  if (element.is("error", xmpp::ns::kStreams)) return fail(stream_fault(element));
  switch (state_) {
    case State::Plain:
      return on_plain_features(element);
    case State::Proceeding:
      return on_proceed(element, left);
    case State::Open:
    case State::Ending:
      return on_stanza(element);
    case State::Closed:
    case State::Connecting:
    case State::Securing:
      return;
  }
}

void XmppClient::on_plain_features(const xmpp::Element& element) {
  if (!element.is("features", xmpp::ns::kStreams)) {
    return fail({Kind::Protocol, {}, fmt::format("<{}> in place of features", element.name)});
  }
  if (element.child("starttls", xmpp::ns::kTls) == nullptr) {
    return fail({Kind::Protocol, {}, "it offers no STARTTLS, which an edge always does"});
  }
  enter(State::Proceeding);
  send(xmpp::kStartTls, false);
}

void XmppClient::on_proceed(const xmpp::Element& element, std::size_t left) {
  if (!element.is("proceed", xmpp::ns::kTls)) {
    return fail({Kind::Protocol, {}, fmt::format("<{}> in place of <proceed/>", element.name)});
  }
  // In TLS the client speaks first: who put these there wants them taken for the edge's.
  if (left != 0) return fail({Kind::Protocol, {}, "plain octets came behind <proceed/>"});
  enter(State::Securing);
  limit_timer_.stop();
  net::TlsStart start;
  start.tls = options_.tls;
  start.expected = edge_names(host_, options_.domain);
  stream_->start_tls(std::move(start));
}

void XmppClient::on_stanza(const xmpp::Element& element) {
  if (answered_ && fits_(element)) return report({std::nullopt, element});
  const std::string refusal = state_ == State::Open ? refusal_of(element) : std::string();
  if (refusal.empty()) return;
  // Who asks faster than it reads the answers is not a server.
  if (stream_->queued_bytes() > net::Stream::kHighWater) {
    return fail({Kind::Protocol, {}, "it asks without reading the answers"});
  }
  send(refusal, false);
}

void XmppClient::on_end() {
  if (state_ == State::Ending) return stream_->close();
  fail({Kind::Ended, {}});
}

void XmppClient::on_closed(const Error& why) {
  const bool ended = state_ == State::Ending && !fault_ && reader_.has_ended();
  // The local end has a port once TCP is open: whatever failed after that is not the way there.
  reached_ = reached_ || stream_->info().local.port != 0;
  loop_.retire(std::move(stream_));
  enter(State::Closed);
  limit_timer_.stop();
  if (opened_) {
    return std::exchange(opened_,
                         nullptr)(fault_ ? Error{Errc::Malformed, describe(*fault_)} : why);
  }
  if (!ended && !fault_) fault_ = XmppFault{Kind::Connection, {}, why.detail};
  if (answered_) report({ended ? std::nullopt : fault_});
}

}  // namespace support
