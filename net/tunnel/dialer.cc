#include "net/tunnel/dialer.h"

#include <algorithm>
#include <cassert>
#include <random>
#include <utility>

#include "net/loop.h"

namespace net::tunnel {
namespace {

std::chrono::milliseconds jittered(std::chrono::milliseconds delay) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> spread(delay.count() / 2, delay.count());
  return std::chrono::milliseconds{spread(random)};
}

}  // namespace

Dialer::Dialer(Loop& loop, LinkTable& table, LinkHandler& handler, Options options, Hooks hooks)
    : loop_(loop),
      table_(table),
      handler_(handler),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      timer_(loop, [this] { try_dial(); }) {
  timer_.start(std::chrono::milliseconds{0});
}

Dialer::~Dialer() {
  draining_ = true;
  if (attempt_ || resolving_) table_.settle(options_.edge, options_.worker);
  for (const auto& link : links_) {
    if (link.get() != attempt_) table_.release(options_.edge, options_.worker, link->edge().worker);
  }
}

void Dialer::try_dial() {
  if (draining_ || attempt_ || resolving_) return;
  if (!table_.reserve(options_.edge, options_.worker)) {
    timer_.start(kPoll);
    return;
  }
  resolving_ = options_.resolve([this](base::Result<DialOptions> where) {
    loop_.retire(std::exchange(resolving_, nullptr));
    dial(std::move(where));
  });
}

void Dialer::dial(base::Result<DialOptions> where) {
  if (!where) return attempt_over(&where.error());
  CoreLinkObserver& self = *this;
  links_.push_back(std::make_unique<CoreLink>(loop_, *where, options_.hello(), handler_, self));
  attempt_ = links_.back().get();
}

bool Dialer::on_hello(CoreLink& link) {
  assert(&link == attempt_);
  failures_ = 0;  // also where chance led to a worker that has its link: the next try comes soon
  const bool wanted =
      table_.claim(options_.edge, options_.worker, link.edge().worker, link.edge().workers);
  if (!wanted) return false;  // its end settles the attempt
  attempt_ = nullptr;
  attempt_over(nullptr);
  if (hooks_.on_ready) hooks_.on_ready(link);
  return true;
}

void Dialer::attempt_over(const base::Error* why) {
  table_.settle(options_.edge, options_.worker);
  if (!why) {
    timer_.start(std::chrono::milliseconds{0});
    return;
  }
  ++failures_;
  if (!draining_) timer_.start(jittered(longest_wait(failures_, why->code)));
  if (hooks_.on_closed) hooks_.on_closed(options_.edge, false, *why);
}

std::chrono::milliseconds Dialer::longest_wait(int failures, base::Errc last) {
  const bool refused = last == base::Errc::Refused || last == base::Errc::Closed;
  const auto longest = refused ? kMaxRefusedBackoff : kMaxBackoff;
  const int doublings = std::clamp(failures - 1, 0, 6);
  return std::min(kFirstBackoff * (1 << doublings), longest);
}

void Dialer::on_core_link_closed(CoreLink& link, const base::Error& why) {
  const auto found = std::find_if(links_.begin(), links_.end(),
                                  [&](const auto& owned) { return owned.get() == &link; });
  assert(found != links_.end());
  std::shared_ptr<void> kept = std::move(*found);
  links_.erase(found);
  loop_.retire(kept);
  if (&link == attempt_) {
    attempt_ = nullptr;
    attempt_over(&why);
    return;
  }
  table_.release(options_.edge, options_.worker, link.edge().worker);
  if (!draining_) timer_.start(jittered(kFirstBackoff));
  if (hooks_.on_closed) hooks_.on_closed(options_.edge, true, why);
}

void Dialer::send(const CoreEvent& event) {
  for (const auto& link : links_)
    link->send(event);
}

std::size_t Dialer::active_exchanges() const {
  std::size_t all = 0;
  for (const auto& link : links_)
    all += link->active_exchanges();
  return all;
}

std::size_t Dialer::ready_count() const {
  return static_cast<std::size_t>(
      std::count_if(links_.begin(), links_.end(), [](const auto& link) { return link->ready(); }));
}

void Dialer::drain() {
  draining_ = true;
  timer_.stop();
  if (resolving_) {
    resolving_.reset();
    table_.settle(options_.edge, options_.worker);
  }
  // One that has not said hello closes at once, and that changes links_.
  std::vector<CoreLink*> all;
  for (const auto& link : links_)
    all.push_back(link.get());
  for (CoreLink* link : all)
    link->drain();
}

}  // namespace net::tunnel
