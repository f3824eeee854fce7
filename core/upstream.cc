#include "core/upstream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace core {

namespace http = net::http;

namespace {

// What a call manager may send ahead of a client that reads slowly, for each connection. The kernel
// by itself lets it grow while the client reads fast: 1,000 of them then held 1 GB of its memory,
// and beyond tcp_mem every connection of the machine loses segments. This much in 10 ms is 13 MB/s.
constexpr int kWindow = 128 * 1024;

}  // namespace

std::string to_string(const Node& node) {
  return fmt::format("{}://{}:{}", policy::to_string(node.scheme), node.host, node.port);
}

std::string authority_of(const Node& node) {
  const bool v6 = node.host.find(':') != std::string::npos;
  std::string text;
  text.reserve(node.host.size() + sizeof "[]:65535");
  if (v6) text += '[';
  text += node.host;
  if (v6) text += ']';
  return text.append(":").append(std::to_string(node.port));
}

// A call on its way to one of the addresses. Bytes written before it is known which are kept here;
// whoever writes them watches queued_bytes().
class Upstream::PendingCall final : public http::Call, private http::CallListener {
 public:
  PendingCall(Upstream& upstream, http::RequestHead&& head, http::CallListener& listener,
              Chosen chosen)
      : upstream_(upstream),
        listener_(listener),
        chosen_(std::move(chosen)),
        head_(std::move(head)) {
    if (upstream_.fresh()) {
      start_first();
      return;
    }
    query_ = upstream_.pool_.resolver_.addresses(
        upstream_.node_.host, [this](const dns::AddressAnswer& answer) { on_answer(answer); });
  }

  void write(std::string_view data) override {
    if (!call_ || keeps_body()) early_body_.append(data);
    if (!call_) return;
    call_->write(data);
    if (early_body_.size() > kMaxKeptBytes) {  // no other address can be tried any more
      left_.clear();
      early_body_ = {};
    }
  }
  void finish() override {
    finished_ = true;
    if (call_) call_->finish();
  }
  void reset(const base::Error& why) override {
    query_.reset();
    if (call_) call_->reset(why);
  }
  std::size_t queued_bytes() const override {
    return call_ ? call_->queued_bytes() : early_body_.size();
  }
  void pause() override {
    paused_ = true;
    if (call_) call_->pause();
  }
  void resume() override {
    paused_ = false;
    if (call_) call_->resume();
  }

 private:
  void on_answer(const dns::AddressAnswer& answer) {
    if (answer.outcome != dns::Outcome::Ok) {
      // An address that was good before is better than none while the DNS is away.
      const bool gone = answer.outcome == dns::Outcome::NameError;
      if (gone || upstream_.addresses_.empty()) {
        const auto code =
            answer.outcome == dns::Outcome::Timeout ? base::Errc::Timeout : base::Errc::NotFound;
        listener_.on_failed({code, fmt::format("no address for {}: {} {}", upstream_.node_.host,
                                               dns::to_string(answer.outcome), answer.detail)});
        return;
      }
    } else {
      upstream_.addresses_ = answer.addresses;
      upstream_.resolved_at_ = upstream_.pool_.loop_.now();
    }
    start_first();
  }

  void start_first() {
    const std::vector<base::IpAddress>& all = upstream_.addresses_;
    const auto chosen = choose(all);
    left_.assign(all.begin(), chosen);  // often there is no other
    left_.insert(left_.end(), chosen + 1, all.end());
    start_at(*chosen);
  }

  void start_next() {
    const auto chosen = choose(left_);
    const base::IpAddress address = *chosen;
    left_.erase(chosen);
    start_at(address);
  }

  // Addresses that failed lately come last.
  std::vector<base::IpAddress>::const_iterator choose(
      const std::vector<base::IpAddress>& addresses) const {
    const auto chosen = std::find_if_not(
        addresses.begin(), addresses.end(),
        [&](const base::IpAddress& address) { return upstream_.is_failed(address); });
    return chosen == addresses.end() ? addresses.begin() : chosen;
  }

  void start_at(const base::IpAddress& address) {
    address_ = address;
    if (chosen_) chosen_({address_, upstream_.node_.port}, head_);
    const bool last = left_.empty();
    const bool was_full = !call_ && early_body_.size() > kHighWater;
    http::Client& client = upstream_.client(address_);
    call_ = last ? client.start(std::move(head_), *this)
                 : client.start(http::RequestHead(head_), *this);
    if (paused_) call_->pause();
    if (!early_body_.empty()) call_->write(early_body_);
    if (last) early_body_ = {};
    if (finished_) call_->finish();
    // Whoever wrote saw our queue full; the call will speak of its own only if that is full too.
    if (was_full && call_->queued_bytes() <= kHighWater) listener_.on_drained();
  }

  // As long as another address may have to be tried.
  bool keeps_body() const { return !left_.empty(); }

  void on_response(http::ResponseHead head) override {
    left_.clear();
    early_body_ = {};
    dns::FailedTargets& failed = upstream_.pool_.failed_;
    if (!failed.empty()) failed.succeeded(base::to_string(address_), upstream_.node_.port);
    listener_.on_response(std::move(head));
  }
  void on_body(std::string_view data) override { listener_.on_body(data); }
  void on_end() override { listener_.on_end(); }
  void on_drained() override { listener_.on_drained(); }
  void on_failed(const base::Error& why) override {
    upstream_.pool_.failed_.failed(base::to_string(address_), upstream_.node_.port,
                                   upstream_.pool_.loop_.now());
    // Refused: it never connected, so nothing of the request is gone.
    if (why.code == base::Errc::Refused && !left_.empty()) {
      upstream_.pool_.loop_.retire(std::move(call_));
      start_next();
      return;
    }
    upstream_.resolved_at_ = {};  // perhaps it has moved
    listener_.on_failed({why.code, fmt::format("{} at {}: {}", to_string(upstream_.node_),
                                               base::to_string(address_), why.detail)});
  }

  Upstream& upstream_;
  http::CallListener& listener_;
  Chosen chosen_;
  http::RequestHead head_;  // until the last address is tried
  std::vector<base::IpAddress> left_;
  base::IpAddress address_;
  std::string early_body_;
  bool finished_ = false;
  bool paused_ = false;
  std::unique_ptr<dns::Query> query_;
  std::unique_ptr<http::Call> call_;
};

Upstream::Upstream(UpstreamPool& pool, Node node) : pool_(pool), node_(std::move(node)) {}

Upstream::~Upstream() = default;

bool Upstream::fresh() const {
  return !addresses_.empty() && pool_.loop_.now() - resolved_at_ < kAddressAge;
}

bool Upstream::is_failed(const base::IpAddress& address) const {
  const dns::FailedTargets& failed = pool_.failed_;
  return !failed.empty() &&
         failed.is_failed(base::to_string(address), node_.port, pool_.loop_.now());
}

std::unique_ptr<http::Call> Upstream::start(http::RequestHead&& head, http::CallListener& listener,
                                            Chosen chosen) {
  return std::make_unique<PendingCall>(*this, std::move(head), listener, std::move(chosen));
}

http::Client& Upstream::client(const base::IpAddress& address) {
  std::unique_ptr<http::Client>& client = clients_[address];
  if (!client) {
    const UpstreamSettings& settings = pool_.settings_;
    http::ClientOptions options;
    options.dial.remote = {address, node_.port};
    options.dial.source = settings.source;
    options.dial.window = kWindow;
    options.dial.limits.connect = settings.connect;
    options.dial.limits.handshake = settings.connect;
    if (node_.scheme == policy::Scheme::Https) {
      options.dial.tls = settings.tls;
      const bool literal = static_cast<bool>(base::parse_ip(node_.host));
      options.dial.expected = {
          {literal ? certs::Name::Kind::Ip : certs::Name::Kind::Dns, node_.host}};
    }
    options.first_byte = settings.first_byte;
    options.idle = settings.idle;
    options.keep = settings.keep;
    options.connections = settings.connections;
    client = std::make_unique<http::Client>(pool_.loop_, std::move(options));
  }
  return *client;
}

UpstreamPool::UpstreamPool(net::Loop& loop, dns::Resolver& resolver, UpstreamSettings settings)
    : loop_(loop), resolver_(resolver), settings_(std::move(settings)) {}

UpstreamPool::~UpstreamPool() = default;

Upstream& UpstreamPool::at(const Node& node) {
  std::unique_ptr<Upstream>& upstream = upstreams_[node];
  if (!upstream) upstream = std::make_unique<Upstream>(*this, node);
  return *upstream;
}

}  // namespace core
