#pragma once
// Rate control of authorizations: so many per user in a sliding window (wire.md, 4: 429).

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace policy {

struct RateOptions {
  static constexpr std::size_t kMaxLimit = 64;  // the limit may be set from 1 to this
  std::size_t limit = 8;                        // authorizations per user ...
  std::chrono::seconds window{300};             // ... within any span of this length
  // Users remembered at once, about 300 bytes each. See RateControl for what happens beyond.
  std::size_t max_users = 65'536;
};

struct RateVerdict {
  bool allowed = false;
  std::chrono::seconds retry_after{0};  // when refused: at least 1 s; otherwise 0
  std::uint64_t ticket = 0;             // when allowed: for refund()
};

// Counts what was allowed; what was refused does not lengthen the wait. Not thread-safe: a process
// has one, inside its policy::Store.
//
// Against a flood of made-up names the table is bounded. When it is full of users whose window is
// not over, the one with the fewest authorizations goes, of those the one seen longest ago. So
// made-up names push out each other, and to be forgotten after n tries one must spend max_users * n
// of them: slower than waiting for the window.
class RateControl final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateControl(const RateOptions& options = {});

  // `user` is canonical (policy/user.h) with its domain, so that case and "@domain" make no second
  // account. Counts one authorization if there is room.
  RateVerdict take(std::string_view user, Time now);
  // Gives one back that could not be decided, as when the call manager could not be asked.
  void refund(std::string_view user, std::uint64_t ticket);

  std::size_t size() const { return users_.size(); }

 private:
  struct Mark {
    Time at;
    std::uint64_t ticket;
  };
  struct User;
  using Users = std::map<std::string, User, std::less<>>;  // a tree: no one can make it degenerate
  using Order = std::list<Users::iterator>;                // seen longest ago first
  struct User {
    std::vector<Mark> marks;  // oldest first, at most `limit`
    std::size_t rank = 0;     // the list of by_count_ it stands in
    Order::iterator place;
  };

  void expire(User& user, Time now) const;
  void place(Users::iterator user);
  void make_room(Time now);

  RateOptions options_;
  std::uint64_t last_ticket_ = 0;
  Users users_;
  std::vector<Order> by_count_;  // [n]: the users with n marks
};

}  // namespace policy
