#include "policy/rate.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace policy {

RateControl::RateControl(const RateOptions& options)
    : options_(options), by_count_(options.limit + 1) {
  assert(options.limit >= 1 && options.limit <= RateOptions::kMaxLimit);
  assert(options.max_users >= 1 && options.window.count() >= 1);
}

RateVerdict RateControl::take(std::string_view user, Time now) {
  auto found = users_.find(user);
  if (found == users_.end()) {
    make_room(now);
    found = users_.emplace(user, User{}).first;
    found->second.place = by_count_[0].insert(by_count_[0].end(), found);
  }
  User& known = found->second;
  expire(known, now);
  RateVerdict verdict;
  if (known.marks.size() < options_.limit) {
    verdict.allowed = true;
    verdict.ticket = ++last_ticket_;
    known.marks.push_back({now, verdict.ticket});
  } else {
    const auto wait = known.marks.front().at + options_.window - now;
    verdict.retry_after =
        std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(wait));
  }
  place(found);
  return verdict;
}

void RateControl::refund(std::string_view user, std::uint64_t ticket) {
  const auto found = users_.find(user);
  if (found == users_.end()) return;
  User& known = found->second;
  std::erase_if(known.marks, [&](const Mark& mark) { return mark.ticket == ticket; });
  place(found);
}

void RateControl::expire(User& user, Time now) const {
  std::erase_if(user.marks, [&](const Mark& mark) { return now - mark.at >= options_.window; });
}

// Puts a user, just seen, at the end of the list of those with as many marks.
void RateControl::place(Users::iterator user) {
  User& known = user->second;
  Order& from = by_count_[known.rank];
  known.rank = known.marks.size();
  Order& to = by_count_[known.rank];
  to.splice(to.end(), from, known.place);
}

void RateControl::make_room(Time now) {
  if (users_.size() < options_.max_users) return;
  const auto forget = [this](Order& order) {
    users_.erase(order.front());
    order.pop_front();
  };
  // First whoever's window is over: that costs nobody anything.
  for (Order& order : by_count_) {
    if (order.empty()) continue;
    User& oldest = order.front()->second;
    expire(oldest, now);
    if (oldest.marks.empty()) return forget(order);
  }
  const auto lowest = std::find_if(by_count_.begin(), by_count_.end(),
                                   [](const Order& order) { return !order.empty(); });
  forget(*lowest);
}

}  // namespace policy
