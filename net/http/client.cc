#include "net/http/client.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <iterator>
#include <utility>

#include "net/http/client_call.h"
#include "net/loop.h"
#include "net/timer.h"

namespace net::http {

// One connection, from dialling to its end.
class ClientPool::Connection final : private StreamHandler {
 public:
  Connection(ClientPool& pool, ConnectionId id)
      : pool_(pool),
        id_(id),
        unused_(pool.loop(), [this] { calls_->drain(); }),
        stream_(dial_stream(pool.loop(), pool.options().dial, *this)) {}

  ConnectionId id() const { return id_; }
  bool dialling() const { return calls_ == nullptr; }
  bool available() const { return calls_ && calls_->available(); }
  bool used() const { return used_; }
  bool is_offered = false;  // stands in the pool's roomy_

  std::unique_ptr<Call> start(const RequestHead& head, CallListener& listener) {
    unused_.stop();
    ++call_count_;
    return calls_->send(head, listener);
  }

  void on_call_over() {
    used_ = true;
    // Not calls_->active_calls(): HTTP/2 still counts the call that is telling us of its end.
    if (--call_count_ == 0) unused_.start(pool_.options().keep);
  }

 private:
  void on_open() override {
    const bool h2 = stream_->info().alpn == "h2";
    pool_.on_connected(stream_->info(), h2);
    auto closed = [this](const base::Error&) { pool_.on_closed(*this, nullptr); };
    calls_ = h2 ? call_h2(pool_.loop(), std::move(stream_), pool_.options().h2, std::move(closed))
                : call_h1(pool_.loop(), std::move(stream_), std::move(closed));
    unused_.start(pool_.options().keep);
    pool_.on_dialled(*this);
  }
  std::size_t on_data(std::string_view) override { return 0; }
  void on_end() override { stream_->close(); }
  void on_drained() override {}
  void on_closed(const base::Error& why) override { pool_.on_closed(*this, &why); }

  ClientPool& pool_;
  const ConnectionId id_;
  std::size_t call_count_ = 0;  // calls that were given this connection and are not over
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
  std::erase(failing_, &call);
}

void ClientPool::wake() {
  loop_.flush_later(*this);
}

void ClientPool::flush() {
  serve_waiting();
}

ClientPool::Connection* ClientPool::find(ConnectionId id) {
  const auto found = std::ranges::lower_bound(connections_, id, {}, &Connection::id);
  return found == connections_.end() || (*found)->id() != id ? nullptr : found->get();
}

void ClientPool::offer(Connection& connection) {
  if (!std::exchange(connection.is_offered, true)) roomy_.push_back(&connection);
}

void ClientPool::withdraw(Connection& connection) {
  if (!std::exchange(connection.is_offered, false)) return;
  const auto found = std::find(roomy_.rbegin(), roomy_.rend(), &connection);  // mostly the first
  roomy_.erase(std::next(found).base());
}

ClientPool::Connection* ClientPool::find_available(bool fresh) {
  // Over HTTP/2 a used connection that is available is alive, and with no room for another it will
  // have to do.
  if (!speaks_h1_ && connections_.size() >= options_.connections) fresh = false;
  const auto found = std::find_if(roomy_.rbegin(), roomy_.rend(), [&](const Connection* c) {
    return c->available() && !(fresh && c->used());
  });
  return found == roomy_.rend() ? nullptr : *found;
}

void ClientPool::serve_waiting() {
  for (std::size_t i = 0; i < waiting_.size();) {
    ClientCall* call = waiting_[i];
    Connection* connection = find_available(call->wants_fresh());
    if (connection) {
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      call->assign(connection->id(), connection->used());
      if (!connection->available()) withdraw(*connection);  // or it closed, and is about to go
    } else if (call->wants_fresh()) {
      ++i;  // those behind it may do with a used one
    } else {
      break;
    }
  }
  // Until it is known that the server speaks HTTP/1.1 one connection may serve everybody.
  const std::size_t wanted =
      speaks_h1_ ? waiting_.size() : std::min<std::size_t>(waiting_.size(), 1);
  for (; dialling_ < wanted && connections_.size() < options_.connections; ++dialling_)
    connections_.push_back(std::make_unique<Connection>(*this, ++last_id_));
}

std::unique_ptr<Call> ClientPool::start_on(ConnectionId id, const RequestHead& head,
                                           CallListener& listener) {
  Connection* connection = find(id);
  assert(connection != nullptr);
  return connection->start(head, listener);
}

void ClientPool::on_call_over(ConnectionId id) {
  if (Connection* connection = find(id)) {
    connection->on_call_over();
    offer(*connection);
  }
  if (!waiting_.empty()) wake();
}

void ClientPool::on_connected(const StreamInfo& info, bool h2) {
  last_stream_ = info;
  speaks_h1_ = !h2;
}

void ClientPool::on_dialled(Connection& connection) {
  --dialling_;
  offer(connection);
  wake();
}

void ClientPool::on_closed(Connection& connection, const base::Error* dial_failure) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& c) { return c.get() == &connection; });
  assert(found != connections_.end());
  if (connection.dialling()) --dialling_;
  withdraw(connection);
  loop_.retire(std::move(*found));
  connections_.erase(found);
  if (dial_failure) {
    // With nothing else open, dialling for each of them would only fail as often.
    const std::size_t waiting = waiting_.size();
    fail_waiting(connections_.empty() ? waiting : std::min<std::size_t>(waiting, 1), *dial_failure);
  }
  wake();
}

// Whoever is told may destroy others of them, and start new calls that wait anew.
void ClientPool::fail_waiting(std::size_t count, const base::Error& why) {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  failing_.insert(failing_.end(), waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  while (!failing_.empty()) {
    ClientCall* call = failing_.front();
    failing_.pop_front();
    call->fail(why);
  }
}

Client::Client(Loop& loop, ClientOptions options)
    : pool_(std::make_unique<ClientPool>(loop, std::move(options))) {}

Client::~Client() = default;

std::unique_ptr<Call> Client::start(RequestHead&& head, CallListener& listener) {
  return std::make_unique<ClientCall>(*pool_, std::move(head), listener);
}

std::size_t Client::connection_count() const {
  return pool_->connection_count();
}
const StreamInfo& Client::last_stream() const {
  return pool_->last_stream();
}

}  // namespace net::http
