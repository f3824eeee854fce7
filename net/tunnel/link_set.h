#pragma once
// The links of one edge worker: takes what the cores dial, and chooses the one that carries an
// exchange.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/tunnel/link.h"

namespace net::tunnel {

class LinkSet final : private LinkObserver {
 public:
  // Sockets at once: cores have one link each, the rest would be somebody who only connects.
  static constexpr std::size_t kMaxLinks = 4096;

  struct Hooks {
    std::function<void(Link&)> on_ready;
    std::function<void(Link&, const CoreEvent&)> on_event;
    // `was_ready`: it had carried traffic, so this is the loss of a link and not a failed attempt.
    std::function<void(Link&, bool was_ready, const base::Error&)> on_closed;
  };

  // `loop` must outlive the set. `hello` is sent on every link, with the time of sending.
  LinkSet(Loop& loop, EdgeHello hello, Hooks hooks);
  ~LinkSet();
  LinkSet(const LinkSet&) = delete;
  LinkSet& operator=(const LinkSet&) = delete;

  // Takes over a socket that a core dialled; closes it beyond kMaxLinks.
  void accept(Socket socket, std::shared_ptr<const TlsContext> tls);

  // The link for an exchange of `user` in `domain`; null when no core that serves the domain has
  // one. A user stays on one core as long as it lives (rendezvous hashing, so that all workers and
  // all edges choose alike); cores that are overloaded beside the others are left out, and so is
  // the user when it is empty: then the least loaded core serves.
  Link* choose(std::string_view domain, std::string_view user);

  bool serves(std::string_view domain) const;
  // Whether a link to this instance of a core is up.
  bool has_ready(std::string_view instance) const;
  std::vector<const Link*> ready() const;
  void close_all();

 private:
  void on_link_ready(Link& link) override;
  void on_link_event(Link& link, const CoreEvent& event) override;
  void on_link_closed(Link& link, bool was_ready, const base::Error& why) override;

  Loop& loop_;
  EdgeHello hello_;
  Hooks hooks_;
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace net::tunnel
