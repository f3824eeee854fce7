#include "sip/transport/channel.h"

#include <utility>

namespace sip::transport {
namespace {

namespace http = net::http;

// Gathers the bytes of a channel into messages. Both ends are ours, so what is no SIP is a defect
// of the other end, and the channel ends with it.
class Inbox final {
 public:
  using Take = std::function<void(Message message, std::string_view text)>;

  // Calls `take` for each whole message; it may say stop() from there.
  base::Result<> feed(std::string_view data, const Take& take) {
    if (buffer_.empty()) {
      const auto taken = cut(data, take);
      if (!taken) return taken.error();
      buffer_.assign(data.substr(*taken));
      return {};
    }
    buffer_.append(data);
    const auto taken = cut(buffer_, take);
    if (!taken) return taken.error();
    buffer_.erase(0, *taken);
    return {};
  }
  void stop() { stopped_ = true; }

 private:
  base::Result<std::size_t> cut(std::string_view data, const Take& take) {
    std::size_t taken = 0;
    while (!stopped_) {
      const std::string_view rest = data.substr(taken);
      const Frame frame = framer_.next(rest);
      if (frame.kind == Frame::Kind::NeedMore) return taken;
      if (frame.kind == Frame::Kind::Bad) return frame.why;
      if (frame.kind == Frame::Kind::Message) {
        const std::string_view text = rest.substr(0, frame.bytes);
        auto message = parse_message(text);
        if (!message) return message.error();
        take(*std::move(message), text);
      }
      taken += frame.bytes;
    }
    return data.size();
  }

  Framer framer_;
  std::string buffer_;  // of a message that is not whole yet
  bool stopped_ = false;
};

class EdgeChannel final : public Channel, private http::CallListener {
 public:
  EdgeChannel(http::Caller& link, std::string_view edge_name, ChannelHandler& handler)
      : handler_(handler) {
    http::RequestHead head;
    head.method = "CONNECT";
    head.protocol = kProtocol;
    head.scheme = "https";
    head.authority = edge_name;
    head.target = "/sip";
    head.content_length = std::nullopt;
    call_ = link.start(std::move(head), *this);
  }

  bool is_open() const override { return open_ && call_; }
  void send(std::string_view text) override {
    if (is_open()) call_->write(text);
  }
  std::size_t queued_bytes() const override { return call_ ? call_->queued_bytes() : 0; }
  void close(const base::Error& why) override {
    if (!call_) return;
    inbox_.stop();
    call_->reset(why);
    closed_ = true;
  }

 private:
  void on_response(http::ResponseHead head) override {
    if (head.status != 200) {
      return end({base::Errc::Refused,
                  "the core answered " + std::to_string(head.status) + " to the SIP channel"});
    }
    open_ = true;
    handler_.on_channel_open(*this);
  }
  void on_body(std::string_view data) override {
    if (closed_) return;
    const auto fed = inbox_.feed(data, [this](Message message, std::string_view text) {
      handler_.on_channel_message(*this, std::move(message), text);
    });
    if (!fed && !closed_) end(fed.error());
  }
  void on_end() override { end({base::Errc::Closed, "the core ended the SIP channel"}); }
  void on_drained() override {}
  void on_failed(const base::Error& why) override { end(why); }

  void end(const base::Error& why) {
    if (closed_) return;
    closed_ = true;
    open_ = false;
    handler_.on_channel_closed(*this, why);
  }

  ChannelHandler& handler_;
  Inbox inbox_;
  bool open_ = false;
  bool closed_ = false;
  std::unique_ptr<http::Call> call_;
};

// The job of the exchange that is the channel. The exchange lives until it was told the end.
class CoreChannel final : public Channel, public http::Job {
 public:
  CoreChannel(http::Exchange& exchange, ChannelHandler& handler)
      : exchange_(exchange), handler_(handler) {}
  ~CoreChannel() override {
    // The link went, and the exchange with it, without a word.
    end({base::Errc::Closed, "the link of the SIP channel is gone"});
  }

  bool is_open() const override { return !closed_; }
  void send(std::string_view text) override {
    if (!closed_) exchange_.write(text);
  }
  std::size_t queued_bytes() const override { return closed_ ? 0 : exchange_.queued_bytes(); }
  void close(const base::Error&) override {  // the edge is told the end, not the reason
    if (closed_) return;
    closed_ = true;
    inbox_.stop();
    exchange_.finish();
  }

 private:
  void on_body(std::string_view data) override {
    if (closed_) return;
    const auto fed = inbox_.feed(data, [this](Message message, std::string_view text) {
      handler_.on_channel_message(*this, std::move(message), text);
    });
    if (!fed && !closed_) {
      exchange_.reset(fed.error());
      end(fed.error());
    }
  }
  void on_end() override {
    if (!closed_) exchange_.finish();
    end({base::Errc::Closed, "the edge ended the SIP channel"});
  }
  void on_drained() override {}
  void on_failed(const base::Error& why) override { end(why); }

  void end(const base::Error& why) {
    if (closed_) return;
    closed_ = true;
    handler_.on_channel_closed(*this, why);
  }

  http::Exchange& exchange_;
  ChannelHandler& handler_;
  Inbox inbox_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Channel> open_channel(http::Caller& link, std::string_view edge_name,
                                      ChannelHandler& handler) {
  return std::make_unique<EdgeChannel>(link, edge_name, handler);
}

bool is_channel(const http::RequestHead& request) {
  return request.protocol == kProtocol;
}

Channel& accept_channel(http::Exchange& exchange, ChannelHandler& handler) {
  auto channel = std::make_unique<CoreChannel>(exchange, handler);
  Channel& accepted = *channel;
  exchange.attach(std::move(channel));
  http::ResponseHead head;
  head.content_length = std::nullopt;
  exchange.respond(std::move(head));
  return accepted;
}

}  // namespace sip::transport
