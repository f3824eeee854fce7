#include "net/http/client.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

#include "net/http/client_call.h"
#include "net/loop.h"
#include "net/timer.h"

namespace net::http {

// One connection, from dialling to its end.
class ClientPool::Connection final : private StreamHandler {
 public:
  explicit Connection(ClientPool& pool)
      : pool_(pool),
        unused_(pool.loop(), [this] { calls_->drain(); }),
        stream_(dial_stream(pool.loop(), pool.options().dial, *this)) {}

  bool dialling() const { return calls_ == nullptr; }
  bool available() const { return calls_ && calls_->available(); }
  bool used() const { return used_; }

  std::unique_ptr<Call> start(RequestHead head, CallListener& listener) {
    unused_.stop();
    return calls_->start(std::move(head), listener);
  }

  void on_call_over() {
    used_ = true;
    if (calls_ && calls_->active_calls() == 0) unused_.start(pool_.options().keep);
  }

 private:
  void on_open() override {
    const bool h2 = stream_->info().alpn == "h2";
    pool_.on_connected(stream_->info(), h2);
    auto closed = [this](const base::Error&) { pool_.on_closed(*this, nullptr); };
    calls_ = h2 ? call_h2(pool_.loop(), std::move(stream_), pool_.options().h2, std::move(closed))
                : call_h1(pool_.loop(), std::move(stream_), std::move(closed));
    unused_.start(pool_.options().keep);
    pool_.wake();
  }
  std::size_t on_data(std::string_view) override { return 0; }
  void on_end() override { stream_->close(); }
  void on_drained() override {}
  void on_closed(const base::Error& why) override { pool_.on_closed(*this, &why); }

  ClientPool& pool_;
  Timer unused_;
  bool used_ = false;               // has carried a call: a failure may mean it was stale
  std::unique_ptr<Stream> stream_;  // until it is open
  std::unique_ptr<ClientConnection> calls_;
};

ClientPool::ClientPool(Loop& loop, ClientOptions options)
    : loop_(loop), options_(std::move(options)) {
  speaks_h1_ = options_.dial.tls == nullptr;
}

ClientPool::~ClientPool() {
  loop_.forget(*this);
}

void ClientPool::enqueue(ClientCall& call) {
  waiting_.push_back(&call);
  serve_waiting();
}

void ClientPool::forget_waiting(ClientCall& call) {
  std::erase(waiting_, &call);
}

void ClientPool::wake() {
  loop_.flush_later(*this);
}

void ClientPool::flush() {
  serve_waiting();
}

ClientPool::Connection* ClientPool::find_available(bool fresh) {
  // The youngest, so that those beyond the need grow old and close.
  const auto found = std::find_if(connections_.rbegin(), connections_.rend(), [&](const auto& c) {
    return c->available() && !(fresh && c->used());
  });
  return found == connections_.rend() ? nullptr : found->get();
}

void ClientPool::serve_waiting() {
  while (!waiting_.empty()) {
    Connection* connection = find_available(waiting_.front()->wants_fresh());
    if (!connection) break;
    ClientCall* call = waiting_.front();
    waiting_.pop_front();
    call->assign(*connection, connection->used());
  }
  // Until it is known that the server speaks HTTP/1.1 one connection may serve everybody.
  const std::size_t wanted =
      speaks_h1_ ? waiting_.size() : std::min<std::size_t>(waiting_.size(), 1);
  auto dialling = static_cast<std::size_t>(std::count_if(
      connections_.begin(), connections_.end(), [](const auto& c) { return c->dialling(); }));
  while (dialling < wanted && connections_.size() < options_.connections) {
    connections_.push_back(std::make_unique<Connection>(*this));
    ++dialling;
  }
}

std::unique_ptr<Call> ClientPool::start_on(Connection& connection, RequestHead head,
                                           CallListener& listener) {
  return connection.start(std::move(head), listener);
}

void ClientPool::on_call_over(Connection* connection) {
  const bool alive = std::any_of(connections_.begin(), connections_.end(),
                                 [&](const auto& c) { return c.get() == connection; });
  if (alive) connection->on_call_over();
  wake();
}

void ClientPool::on_connected(const StreamInfo& info, bool h2) {
  last_stream_ = info;
  speaks_h1_ = !h2;
}

void ClientPool::on_closed(Connection& connection, const base::Error* dial_failure) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& c) { return c.get() == &connection; });
  assert(found != connections_.end());
  loop_.retire(std::move(*found));
  connections_.erase(found);
  if (dial_failure) {
    // With nothing else open, dialling for each of them would only fail as often.
    const std::size_t failed =
        connections_.empty() ? waiting_.size() : std::min<std::size_t>(waiting_.size(), 1);
    for (std::size_t i = 0; i < failed; ++i) {
      ClientCall* call = waiting_.front();
      waiting_.pop_front();
      call->fail(*dial_failure);
    }
  }
  wake();
}

Client::Client(Loop& loop, ClientOptions options)
    : pool_(std::make_unique<ClientPool>(loop, std::move(options))) {}

Client::~Client() = default;

std::unique_ptr<Call> Client::start(RequestHead head, CallListener& listener) {
  return std::make_unique<ClientCall>(*pool_, std::move(head), listener);
}

std::size_t Client::connection_count() const {
  return pool_->connection_count();
}
const StreamInfo& Client::last_stream() const {
  return pool_->last_stream();
}

}  // namespace net::http
