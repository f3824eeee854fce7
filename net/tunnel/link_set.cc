#include "net/tunnel/link_set.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <utility>

#include "net/loop.h"

namespace net::tunnel {
namespace {

// A core is left out when it has more than twice the load of the least loaded one, and more than
// this besides: with little to do, affinity is worth more than balance.
constexpr std::size_t kLoadSlack = 64;

// FNV-1a with a final mix: all that is asked of it is to be even and the same everywhere.
std::uint64_t weight_of(std::string_view core, std::string_view user) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;
  };
  mix(core);
  mix(user);
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  return hash ^ (hash >> 33);
}

}  // namespace

LinkSet::LinkSet(Loop& loop, EdgeHello hello, Hooks hooks)
    : loop_(loop), hello_(std::move(hello)), hooks_(std::move(hooks)) {}

LinkSet::~LinkSet() = default;

void LinkSet::accept(Socket socket, std::shared_ptr<const TlsContext> tls) {
  if (links_.size() >= kMaxLinks) return;  // the socket closes here
  hello_.time = std::chrono::system_clock::now();
  LinkObserver& self = *this;
  links_.push_back(std::make_unique<Link>(loop_, std::move(socket), std::move(tls), hello_, self));
}

Link* LinkSet::choose(std::string_view domain, std::string_view user) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  Link* best = nullptr;
  std::size_t count = 0;
  for (const auto& link : links_) {
    if (!link->serves(domain)) continue;
    least = std::min(least, link->load());
    best = link.get();
    ++count;
  }
  if (count <= 1) return best;
  best = nullptr;
  std::uint64_t best_weight = 0;
  for (const auto& link : links_) {
    if (!link->serves(domain)) continue;
    const std::size_t load = link->load();
    if (user.empty() ? load > least : load > 2 * least + kLoadSlack) continue;
    const std::uint64_t weight = weight_of(link->core().name, user);
    // Of two links of one core the younger: the other may be what a lost core left behind.
    if (!best || weight >= best_weight) {
      best = link.get();
      best_weight = weight;
    }
  }
  return best;
}

bool LinkSet::serves(std::string_view domain) const {
  return std::any_of(links_.begin(), links_.end(),
                     [&](const auto& link) { return link->serves(domain); });
}

bool LinkSet::has_ready(std::string_view instance) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& link) {
    return link->ready() && link->core().instance == instance;
  });
}

std::vector<const Link*> LinkSet::ready() const {
  std::vector<const Link*> ready;
  for (const auto& link : links_) {
    if (link->ready()) ready.push_back(link.get());
  }
  return ready;
}

void LinkSet::close_all() {
  // Closing tells us, and that changes links_.
  std::vector<Link*> all;
  for (const auto& link : links_)
    all.push_back(link.get());
  for (Link* link : all)
    link->close({base::Errc::Closed, "this edge is stopping"});
}

void LinkSet::on_link_ready(Link& link) {
  if (hooks_.on_ready) hooks_.on_ready(link);
}

void LinkSet::on_link_event(Link& link, const CoreEvent& event) {
  if (hooks_.on_event) hooks_.on_event(link, event);
}

void LinkSet::on_link_closed(Link& link, bool was_ready, const base::Error& why) {
  const auto found = std::find_if(links_.begin(), links_.end(),
                                  [&](const auto& owned) { return owned.get() == &link; });
  assert(found != links_.end());
  std::shared_ptr<void> kept = std::move(*found);
  links_.erase(found);
  loop_.retire(kept);
  if (hooks_.on_closed) hooks_.on_closed(link, was_ready, why);
}

}  // namespace net::tunnel
