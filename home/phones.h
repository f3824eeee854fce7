#pragma once
// What is known of the phones behind the bindings while the program runs: the connection each came
// over, when it is probed next, what it answered. Pure; the bindings themselves are in the
// database.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "home/sip_peers.h"

namespace home {

// How the last request of a method went.
struct PhoneAnswer {
  int status = 0;   // 0: no answer came
  std::string why;  // "timeout"; empty when there was an answer
  std::int64_t milliseconds = 0;
  std::int64_t at = 0;  // seconds since 1970
};

struct Phone {
  PeerId peer = 0;   // the REGISTER's connection; it may be gone
  int failures = 0;  // requests without an answer in a row
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::optional<PhoneAnswer> options;
  std::optional<PhoneAnswer> notify;
  std::optional<std::chrono::steady_clock::time_point> due = {};  // of the next probe
};

class Phones final {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  // A new phone gets this time to make itself ready after the 200.
  static constexpr std::chrono::milliseconds kFirstProbe{500};
  static constexpr int kMaxFailures = 3;

  // `probe` is the time between two probes; 0: none is made.
  explicit Phones(std::chrono::milliseconds probe) : probe_(probe) {}

  // It registered, or registered again over this connection.
  void on_registered(std::int64_t binding, PeerId peer, Moment now);
  // It was in the database at the start. Its connection is gone; whoever it came over gets the time
  // between two probes to come back.
  void on_loaded(std::int64_t binding, Moment now);
  void forget(std::int64_t binding);
  // Null: it was never heard of.
  Phone* find(std::int64_t binding);
  std::size_t count() const { return phones_.size(); }

  // Up to `count` of those whose probe is due; each is due again after the time between two.
  std::vector<std::int64_t> take_due(Moment now, std::size_t count);
  // An answer, or none. True: the binding is dead and must be removed: the flow is gone (430, RFC
  // 5626 section 5.3), or it said nothing for kMaxFailures times.
  bool on_answer(std::int64_t binding, const std::string& method, PhoneAnswer answer);

 private:
  void schedule(std::int64_t binding, Phone& phone, std::optional<Moment> due);

  const std::chrono::milliseconds probe_;
  std::unordered_map<std::int64_t, Phone> phones_;
  std::set<std::pair<Moment, std::int64_t>> due_;
};

}  // namespace home
