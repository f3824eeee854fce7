#include "net/listener.h"

#include <event2/event.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <utility>

#include "net/loop.h"

namespace net {
namespace {

// Few, so that those that were accepted get on before others are: a thousand clients that come at
// once would otherwise all wait for each other's handshakes, and their memory be there at one time.
constexpr int kAcceptsPerTurn = 8;
// Out of descriptors or memory, the socket stays readable: looking again at once would only spin.
constexpr timeval kPause{0, 100'000};

enum class Failure { Nothing, Skip, Exhausted };

Failure classify(int error_number) {
  switch (error_number) {
    case EAGAIN:
      return Failure::Nothing;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return Failure::Exhausted;
    default:
      return Failure::Skip;  // the one connection failed (accept(2)); the next may be well
  }
}

}  // namespace

void Listener::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

base::Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const base::Endpoint& local,
                                                       Accepted accepted, Sharing sharing) {
  base::Result<Socket> socket = listen_on(local, sharing);
  if (!socket) return socket.error();
  std::unique_ptr<Listener> self(new Listener(std::move(accepted)));
  self->local_ = local_endpoint(*socket);
  self->socket_ = std::move(*socket);
  const auto ready = [](evutil_socket_t, short, void* listener) noexcept {
    static_cast<Listener*>(listener)->on_ready();
  };
  const auto again = [](evutil_socket_t, short, void* listener) noexcept {
    event_add(static_cast<Listener*>(listener)->event_.get(), nullptr);
  };
  event_base* base = loop.base();
  self->event_.reset(event_new(base, self->socket_.fd(), EV_READ | EV_PERSIST, ready, self.get()));
  self->pause_.reset(evtimer_new(base, again, self.get()));
  assert(self->event_ != nullptr && self->pause_ != nullptr);
  event_add(self->event_.get(), nullptr);
  return self;
}

Listener::Listener(Accepted accepted) : accepted_(std::move(accepted)) {}

Listener::~Listener() {
  close();
}

void Listener::close() {
  event_.reset();
  pause_.reset();
  socket_.close();
}

void Listener::on_ready() {
  for (int i = 0; i < kAcceptsPerTurn && socket_; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    Socket socket(::accept4(socket_.fd(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      const Failure failure = classify(errno);
      if (failure == Failure::Skip) continue;
      if (failure == Failure::Exhausted) {
        event_del(event_.get());
        event_add(pause_.get(), &kPause);
      }
      return;
    }
    accepted_(std::move(socket), base::from_sockaddr(*address));
  }
}

}  // namespace net
