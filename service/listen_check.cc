#include "service/listen_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace service {
namespace {

bool is_any(const base::IpAddress& address) {
  return std::ranges::all_of(address.bytes(), [](char byte) { return byte == '\0'; });
}

bool clash(const base::Endpoint& one, const base::Endpoint& other) {
  if (one.port != other.port || one.port == 0) return false;
  if (one.address == other.address) return true;
  return one.address.is_v4() == other.address.is_v4() &&
         (is_any(one.address) || is_any(other.address));
}

}  // namespace

void ListenCheck::add(std::string key, const base::Endpoint& endpoint) {
  const auto other = std::ranges::find_if(
      taken_, [&](const Taken& taken) { return clash(taken.endpoint, endpoint); });
  if (other != taken_.end()) {
    report_.add(key, fmt::format("{} is used by another listener too: {}",
                                 base::to_string(endpoint), other->key));
  }
  taken_.push_back({std::move(key), endpoint});
}

void ListenCheck::add(const std::string& key, std::span<const base::Endpoint> endpoints) {
  for (std::size_t i = 0; i < endpoints.size(); ++i)
    add(base::config::item_path(key, i), endpoints[i]);
}

}  // namespace service
