#include "support/edge_connection.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/loop.h"
#include "net/socket_stream.h"
#include "support/heads.h"

namespace support {

EdgeConnection::EdgeConnection(net::Loop& loop, EdgeConnectionOptions options)
    : loop_(loop), options_(std::move(options)), turn_(loop, [this] { send(); }) {}

EdgeConnection::~EdgeConnection() = default;

void EdgeConnection::open(std::string host, const base::Endpoint& remote, Opened opened) {
  assert(stream_ == nullptr && fetch_ == nullptr);
  host_ = std::move(host);
  remote_ = remote;
  opened_ = std::move(opened);
  reached_ = false;
  used_ = false;
  connection_.reset();

  net::DialOptions dial;
  dial.remote = remote;
  dial.tls = options_.tls;
  dial.expected = edge_names(host_, options_.domain);
  dial.limits.connect = std::min(dial.limits.connect, options_.limit);
  dial.limits.handshake = std::min(dial.limits.handshake, options_.limit);
  stream_ = net::dial_stream(loop_, dial, *this);
}

void EdgeConnection::on_open() {
  const net::StreamInfo info = stream_->info();
  reached_ = true;
  if (options_.http2 && info.alpn != "h2") {
    return stream_->abort({base::Errc::Unsupported, "the edge did not agree on HTTP/2"});
  }
  const auto closed = [this](const base::Error&) { loop_.retire(std::move(connection_)); };
  connection_ = info.alpn == "h2"
                    ? net::http::call_h2(loop_, std::move(stream_), net::http::H2Limits{}, closed)
                    : net::http::call_h1(loop_, std::move(stream_), closed);
  report_opened(info);
}

void EdgeConnection::on_closed(const base::Error& why) {
  // The local end has a port once TCP is open: whatever failed after that is TLS.
  reached_ = reached_ || stream_->info().local.port != 0;
  loop_.retire(std::move(stream_));
  report_opened(why);
}

void EdgeConnection::report_opened(base::Result<net::StreamInfo> info) {
  std::exchange(opened_, nullptr)(std::move(info));
}

void EdgeConnection::fetch(net::http::RequestHead head, Fetched fetched) {
  assert(fetch_ == nullptr && fetched_ == nullptr);
  head_ = std::move(head);
  head_.method = "GET";
  head_.scheme = "https";
  // In brackets where it is an IPv6 address (RFC 3986 section 3.2.2).
  const bool brackets = host_.find(':') != std::string::npos;
  head_.authority = (brackets ? "[" + host_ + "]" : host_) + ":" + std::to_string(remote_.port);
  fetched_ = std::move(fetched);
  turn_.start(std::chrono::milliseconds(0));
}

void EdgeConnection::send() {
  if (connection_ != nullptr && connection_->available()) return begin();
  open(std::string(host_), base::Endpoint(remote_), [this](base::Result<net::StreamInfo> info) {
    if (info) return begin();
    std::exchange(fetched_, nullptr)(info.error());
  });
}

void EdgeConnection::begin() {
  if (options_.watch) options_.watch(masked_text(head_));
  fetch_ = std::make_unique<net::http::Fetch>(
      loop_, *connection_, head_, std::string(), options_.limit,
      [this](base::Result<net::http::Document> document) { on_answer(std::move(document)); });
}

void EdgeConnection::on_answer(base::Result<net::http::Document> document) {
  loop_.retire(std::move(fetch_));
  if (!document && document.error().code == base::Errc::Closed && used_) {
    // A kept connection that the edge closed while we wrote: once more on a new one, which is not
    // used_ any more, so this cannot go round (RFC 9110 section 9.2.2: a GET may be repeated).
    loop_.retire(std::move(connection_));
    turn_.start(std::chrono::milliseconds(0));
    return;
  }
  used_ = true;
  if (document && options_.watch) options_.watch(masked_text(document->head));
  std::exchange(fetched_, nullptr)(std::move(document));
}

}  // namespace support
