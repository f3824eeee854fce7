#include "home/phones.h"

namespace home {

void Phones::schedule(std::int64_t binding, Phone& phone, std::optional<Moment> due) {
  if (phone.due) due_.erase({*phone.due, binding});
  phone.due = due;
  if (due) due_.emplace(*due, binding);
}

void Phones::on_registered(std::int64_t binding, PeerId peer, Moment now) {
  const auto [at, is_new] = phones_.try_emplace(binding);
  at->second.peer = peer;
  at->second.failures = 0;
  if (is_new && probe_.count() > 0) schedule(binding, at->second, now + kFirstProbe);
}

void Phones::on_loaded(std::int64_t binding, Moment now) {
  const auto [at, is_new] = phones_.try_emplace(binding);
  if (is_new && probe_.count() > 0) schedule(binding, at->second, now + probe_);
}

void Phones::forget(std::int64_t binding) {
  const auto found = phones_.find(binding);
  if (found == phones_.end()) return;
  schedule(binding, found->second, std::nullopt);
  phones_.erase(found);
}

Phone* Phones::find(std::int64_t binding) {
  const auto found = phones_.find(binding);
  return found == phones_.end() ? nullptr : &found->second;
}

std::vector<std::int64_t> Phones::take_due(Moment now, std::size_t count) {
  std::vector<std::int64_t> taken;
  while (!due_.empty() && due_.begin()->first <= now && taken.size() < count) {
    const std::int64_t binding = due_.begin()->second;
    schedule(binding, phones_.at(binding), now + probe_);
    taken.push_back(binding);
  }
  return taken;
}

bool Phones::on_answer(std::int64_t binding, const std::string& method, PhoneAnswer answer) {
  Phone* phone = find(binding);
  if (phone == nullptr) return false;
  if (answer.status != 0) ++phone->answered;
  phone->failures = answer.status == 0 ? phone->failures + 1 : 0;
  const bool is_dead = answer.status == 430 || phone->failures >= kMaxFailures;
  (method == "NOTIFY" ? phone->notify : phone->options) = std::move(answer);
  return is_dead;
}

}  // namespace home
