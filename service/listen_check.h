#pragma once
// Finds listeners of one configuration that are in each other's way: the same port at the same
// address, or at one and at all of its kind (0.0.0.0, ::). IPv4 and IPv6 never are (net/tcp.h).

#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/config.h"

namespace service {

// The keys are added one after the other; of two that clash the later one is reported. Port 0 is
// another one each time. `report` must outlive it.
class ListenCheck final {
 public:
  explicit ListenCheck(base::config::Report& report) : report_(report) {}

  void add(std::string key, const base::Endpoint& endpoint);
  // A key with a list: "sip.listen" reports "sip.listen[1]".
  void add(const std::string& key, std::span<const base::Endpoint> endpoints);

 private:
  struct Taken {
    std::string key;
    base::Endpoint endpoint;
  };

  base::config::Report& report_;
  std::vector<Taken> taken_;
};

}  // namespace service
