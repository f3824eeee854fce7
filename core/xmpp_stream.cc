#include "core/xmpp_stream.h"

#include <algorithm>
#include <utility>

#include "base/traffic_grammar.h"
#include "xmpp/stream.h"

namespace core {

namespace http = net::http;

XmppStream::XmppStream(XmppPlace& place, http::Exchange& exchange, XmppCaller caller)
    : place_(place), exchange_(exchange), caller_(std::move(caller)) {
  dial_ = std::make_unique<PresenceDial>(
      place_.nodes, caller_.domain, [this](base::Result<std::unique_ptr<net::PlainStream>> result) {
        on_dialled(std::move(result));
      });
}

XmppStream::~XmppStream() {
  // The link went, and the exchange with it, without a word.
  if (state_ != State::Over) enter_over("the link is gone");
  place_.owner.on_stream_gone(*this);
}

void XmppStream::on_dialled(base::Result<std::unique_ptr<net::PlainStream>> result) {
  place_.around.loop.retire(std::move(dial_));
  if (!result) return refuse(502, result.error().detail);
  stream_ = *std::move(result);
  stream_->set_handler(node_);
  const bool plain_only = place_.nodes.settings().config.sasl == PresenceSasl::PlainOnly;
  XmppWatcher& self = *this;
  watch_ = std::make_unique<XmppWatch>(place_.parser, self, caller_.domain, plain_only);
  state_ = State::Joined;
  log(base::traffic::kStreamOpened);
  log(base::traffic::kStreamSecured);
  http::ResponseHead head;
  head.content_length = std::nullopt;
  exchange_.respond(std::move(head));
  exchange_.resume();
}

void XmppStream::on_body(std::string_view data) {
  if (state_ != State::Joined) return;  // nobody is there, or nothing is awaited any more
  if (watch_) {
    pass(watch_->from_client(data));
  } else {
    stream_->write(data);
  }
  if (stream_ && stream_->queued_bytes() > net::Stream::kHighWater) exchange_.pause();
}

void XmppStream::on_end() {
  if (state_ == State::Dialling) return lose("the client went before it was connected");
  if (state_ != State::Joined) return;
  if (node_ended()) return end("the presence node ended the stream");
  state_ = State::Leaving;
  leave_timer_ = std::make_unique<net::Timer>(
      place_.around.loop, [this] { end("the client ended its stream, the node did not"); });
  leave_timer_->start(kLeaveLimit);
}

void XmppStream::on_drained() {
  if (stream_) stream_->resume_reading();
}

void XmppStream::on_failed(const base::Error& why) {
  if (state_ != State::Over) enter_over(why.detail);
}

std::size_t XmppStream::Node::on_data(std::string_view data) {
  stream.on_node_data(data);
  return data.size();
}

void XmppStream::on_node_data(std::string_view data) {
  if (state_ == State::Over) return;
  if (watch_) {
    pass(watch_->from_node(data));
    if (watch_ && watch_->is_over()) watch_.reset();
  } else {
    write_to_client(data);
  }
  if (stream_ && state_ != State::Over && exchange_.queued_bytes() > http::Flow::kHighWater) {
    stream_->pause_reading();
  }
}

void XmppStream::pass(const base::Result<XmppWatch::Passage>& passage) {
  if (!passage) return lose(passage.error().detail);
  if (!passage->to_node.empty()) stream_->write(passage->to_node);
  if (!passage->to_client.empty()) write_to_client(passage->to_client);
}

void XmppStream::write_to_client(std::string_view data) {
  const std::size_t kept = std::min(data.size(), tail_.size());
  std::copy(tail_.begin() + static_cast<std::ptrdiff_t>(kept), tail_.end(), tail_.begin());
  std::copy(data.end() - static_cast<std::ptrdiff_t>(kept), data.end(),
            tail_.end() - static_cast<std::ptrdiff_t>(kept));
  exchange_.write(data);
}

bool XmppStream::node_ended() const {
  return std::string_view(tail_.data(), tail_.size()) == xmpp::kStreamEnd;
}

void XmppStream::on_node_end() {
  if (state_ == State::Over) return;
  if (node_ended()) return end("the presence node ended the stream");
  if (state_ == State::Leaving) return end("the client ended its stream");
  lose("the presence node hung up");
}

void XmppStream::on_node_closed(const base::Error& why) {
  place_.around.loop.retire(std::unique_ptr<net::PlainStream>(std::move(stream_)));
  if (state_ == State::Over) return;
  if (node_ended() || state_ == State::Leaving) return end(why.detail);
  lose("the presence node is lost: " + why.detail);
}

void XmppStream::stop() {
  if (state_ == State::Over) return;
  if (state_ == State::Dialling) return refuse(503, "the core is being stopped");
  lose("the core is being stopped");
}

void XmppStream::refuse(int status, std::string_view reason) {
  enter_over(reason);
  http::answer(exchange_, http::text_response(status, ""));
  exchange_.resume();  // what is left of the request is read and dropped
}

void XmppStream::end(std::string_view reason) {
  enter_over(reason);
  exchange_.finish();
  exchange_.resume();
}

void XmppStream::lose(std::string_view reason) {
  const std::string words(reason);
  enter_over(words);
  exchange_.reset({base::Errc::Closed, words});
}

// What is queued for the node still goes to it.
void XmppStream::enter_over(std::string_view reason) {
  log(base::traffic::kStreamClosed, {}, reason);
  state_ = State::Over;
  dial_.reset();
  if (leave_timer_) leave_timer_->stop();
  if (stream_) stream_->close();
}

void XmppStream::on_stanza(xmpp::Direction direction, std::string_view octets, bool bears_secret) {
  base::TrafficLog& traffic = place_.around.traffic;
  if (!traffic.enabled(base::Level::Debug)) return;
  xmpp::log_stanza(traffic, hop(), direction, octets, bears_secret);
}

void XmppStream::on_authenticated(std::string_view user, std::string_view mechanism) {
  who_ = user;
  log(base::traffic::kStreamAuthenticated, mechanism);
}

void XmppStream::on_bound(std::string_view jid) {
  who_ = jid;
  bound_ = true;
  log(base::traffic::kStreamBound);
}

xmpp::Hop XmppStream::hop() const {
  xmpp::Hop hop;
  hop.flow_id = caller_.flow_id;
  hop.src = caller_.client;
  if (stream_) hop.dst = stream_->info().remote;
  return hop;
}

void XmppStream::log(std::string_view event, std::string_view mechanism, std::string_view reason) {
  const std::string_view who = who_;
  xmpp::log_stream(place_.around.traffic, hop(), event,
                   {.to = caller_.domain,
                    .user = bound_ ? std::string_view{} : who,
                    .jid = bound_ ? who : std::string_view{},
                    .mechanism = mechanism,
                    .reason = reason});
}

}  // namespace core
