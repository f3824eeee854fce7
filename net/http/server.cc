#include "net/http/server.h"

#include <cassert>
#include <utility>

#include "base/random.h"
#include "net/loop.h"
#include "net/socket_stream.h"
#include "net/tls_context.h"

namespace net::http {

// One connection from its socket to its end. Until the stream is open this is its handler; then
// the protocol that ALPN agreed on takes the stream over.
class Server::Connection final : private StreamHandler {
 public:
  Connection(Server& server, Socket socket)
      : server_(server),
        secure_(server.options_.tls != nullptr),
        stream_(accept_stream(server.loop_, std::move(socket), server.options_.tls, *this,
                              server.options_.stream)) {}

  void drain() {
    if (serving_) {
      serving_->drain();
    } else if (stream_) {
      stream_->close();
    }
  }

 private:
  void on_open() override {
    Peer peer{stream_->info(), base::random_hex(kFlowIdBytes), secure_};
    const bool h2 = peer.stream.alpn == "h2";
    auto closed = [this](const base::Error&) { server_.remove(*this); };
    const ServerOptions& options = server_.options_;
    if (h2) {
      serving_ = serve_h2(server_.loop_, std::move(stream_), std::move(peer), server_.handler_,
                          options.limits, options.h2, std::move(closed));
    } else {
      serving_ = serve_h1(server_.loop_, std::move(stream_), std::move(peer), server_.handler_,
                          options.limits, std::move(closed));
    }
    if (server_.draining_) serving_->drain();
  }
  std::size_t on_data(std::string_view) override { return 0; }
  void on_end() override { stream_->close(); }
  void on_drained() override {}
  void on_closed(const base::Error& why) override {
    if (server_.options_.on_refused) server_.options_.on_refused(stream_->info(), why);
    server_.remove(*this);
  }

  static constexpr std::size_t kFlowIdBytes = 16;  // wire.md 8: 128 bit

  Server& server_;
  bool secure_;
  std::unique_ptr<Stream> stream_;  // until it is open
  std::unique_ptr<ServerConnection> serving_;
};

Server::Server(Loop& loop, Handler& handler, ServerOptions options)
    : loop_(loop), handler_(handler), options_(std::move(options)), drained_timer_(loop, [this] {
        const auto done = std::exchange(drained_, nullptr);
        done();  // last: it may destroy this
      }) {}

Server::~Server() = default;

void Server::accept(Socket socket) {
  if (draining_ || connections_.size() >= options_.connections) return;  // the socket closes here
  auto connection = std::make_unique<Connection>(*this, std::move(socket));
  const Connection* key = connection.get();
  connections_.emplace(key, std::move(connection));
  if (options_.on_count) options_.on_count(connections_.size());
}

void Server::set_tls(std::shared_ptr<const TlsContext> tls) {
  assert((tls == nullptr) == (options_.tls == nullptr));
  options_.tls = std::move(tls);
}

void Server::set_limits(const StreamLimits& stream, const ServerLimits& limits) {
  options_.stream = stream;
  options_.limits = limits;
}

void Server::drain(std::function<void()> done) {
  assert(done);
  if (std::exchange(draining_, true)) return;
  drained_ = std::move(done);
  if (connections_.empty()) drained_timer_.start(std::chrono::milliseconds{0});
  for (auto& [key, connection] : connections_)
    connection->drain();
}

std::size_t Server::connection_count() const {
  return connections_.size();
}

void Server::remove(const Connection& connection) {
  auto node = connections_.extract(&connection);
  assert(node);
  loop_.retire(std::move(node.mapped()));
  if (options_.on_count) options_.on_count(connections_.size());
  if (draining_ && connections_.empty()) drained_timer_.start(std::chrono::milliseconds{0});
}

}  // namespace net::http
