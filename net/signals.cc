#include "net/signals.h"

#include <event2/event.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <csignal>
#include <utility>

#include "net/loop.h"
#include "net/tcp.h"

namespace net {

void ignore_sigpipe() {
  std::signal(SIGPIPE, SIG_IGN);
}

void Signals::FreeEvent::operator()(event* e) const noexcept {
  event_free(e);
}

base::Result<std::unique_ptr<Signals>> Signals::open(Loop& loop, const std::vector<int>& numbers,
                                                     Arrived arrived) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers)
    sigaddset(&set, number);
  const int blocked = pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (blocked != 0) return system_error("block signals", blocked);
  Socket fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return system_error("signalfd", errno);

  std::unique_ptr<Signals> self(new Signals(std::move(arrived)));
  self->fd_ = std::move(fd);
  const auto ready = [](evutil_socket_t, short, void* signals) noexcept {
    static_cast<Signals*>(signals)->on_ready();
  };
  self->event_.reset(
      event_new(loop.base(), self->fd_.fd(), EV_READ | EV_PERSIST, ready, self.get()));
  assert(self->event_ != nullptr);
  event_add(self->event_.get(), nullptr);
  return self;
}

Signals::Signals(Arrived arrived) : arrived_(std::move(arrived)) {}

Signals::~Signals() = default;

void Signals::on_ready() {
  signalfd_siginfo info{};
  // One a call: the event stays ready for the next, and `arrived_` may do anything in between.
  if (::read(fd_.fd(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    arrived_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace net
