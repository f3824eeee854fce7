#pragma once
// Which worker of this core has the SIP channel of which edge worker, and a way to hand it
// messages. Shared by the workers: a lock, taken when a channel opens or closes and for messages
// that arrived at another worker than the one that must send them on.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/sip_rewrite.h"
#include "net/loop.h"

namespace core {

// A worker's side of it; called on its own loop.
class SipMailbox {
 public:
  // A request or an answer for a client, whole but for the channel to send it on.
  virtual void deliver_to_client(const ClientPlace& client, const std::string& text) = 0;
  // An answer for the connection of this number.
  virtual void deliver_inside(std::uint32_t connection, const std::string& text) = 0;

 protected:
  ~SipMailbox() = default;
};

class SipSwitchboard final {
 public:
  explicit SipSwitchboard(std::size_t workers) : workers_(workers) {}

  // On the worker's own thread; from leave() on nothing is delivered to it.
  void join(std::size_t worker, net::Loop& loop, SipMailbox& mailbox) {
    const std::lock_guard lock(mutex_);
    workers_[worker] = {&loop, &mailbox};
  }
  void leave(std::size_t worker) {
    const std::lock_guard lock(mutex_);
    workers_[worker].mailbox = nullptr;
  }

  void claim(const ClientPlace& edge_worker, std::size_t worker) {
    const std::lock_guard lock(mutex_);
    channels_[key(edge_worker)] = worker;
  }
  // No effect when another worker has claimed it since.
  void release(const ClientPlace& edge_worker, std::size_t worker) {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(key(edge_worker));
    if (found != channels_.end() && found->second == worker) found->second.reset();
  }
  std::optional<std::size_t> worker_of(const ClientPlace& client) const {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(key(client));
    if (found == channels_.end()) return std::nullopt;
    return found->second;
  }
  // Whether that edge worker has, or ever had, a channel to this process.
  bool has_seen(const ClientPlace& client) const {
    const std::lock_guard lock(mutex_);
    return channels_.contains(key(client));
  }

  // False: there is no such worker. A worker that leaves meanwhile gets nothing.
  bool post_to_client(std::size_t worker, const ClientPlace& client, std::string text) {
    return post(worker, [client, text = std::move(text)](SipMailbox& mailbox) {
      mailbox.deliver_to_client(client, text);
    });
  }
  bool post_inside(std::size_t worker, std::uint32_t connection, std::string text) {
    return post(worker, [connection, text = std::move(text)](SipMailbox& mailbox) {
      mailbox.deliver_inside(connection, text);
    });
  }

 private:
  using Key = std::pair<std::uint64_t, std::uint16_t>;  // edge, its worker
  struct Place {
    net::Loop* loop = nullptr;
    SipMailbox* mailbox = nullptr;
  };
  static Key key(const ClientPlace& place) { return {place.edge, place.edge_worker}; }

  SipMailbox* mailbox_of(std::size_t worker) const {
    const std::lock_guard lock(mutex_);
    return workers_[worker].mailbox;
  }
  // The task looks again on the worker's thread, where nobody can leave at the same time.
  template <typename Task>
  bool post(std::size_t worker, Task task) {
    net::Loop* loop = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (worker >= workers_.size() || workers_[worker].mailbox == nullptr) return false;
      loop = workers_[worker].loop;
    }
    loop->post([this, worker, task = std::move(task)] {
      if (SipMailbox* mailbox = mailbox_of(worker)) task(*mailbox);
    });
    return true;
  }

  mutable std::mutex mutex_;  // guards all below
  std::vector<Place> workers_;
  std::map<Key, std::optional<std::size_t>> channels_;  // nullopt: it had one
};

}  // namespace core
