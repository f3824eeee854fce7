#pragma once
// One question for addresses: A and AAAA asked side by side and put together. A part of
// CaresResolver.

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dns/answer.h"
#include "dns/cache.h"
#include "dns/cares_resolver.h"
#include "dns/resolver.h"
#include "net/timer.h"

namespace dns {

// Who waits for the answer to a question. Held by the query's token only: when that goes, nobody
// waits any more.
struct Waiter {
  std::function<void(const Records&)> done;
};

// Whoever finds answers; done() of the waiter is called from the loop.
class Asker {
 public:
  virtual void ask(Question question, const std::shared_ptr<Waiter>& waiter) = 0;

 protected:
  ~Asker() = default;
};

// NameError for a name that cannot stand in the DNS.
std::shared_ptr<Records> impossible_name();

// Puts the answers of two families together: Ok if either is; NameError only if both are.
AddressAnswer combine(const Records& first, const Records& second);

class AddressQuery final : public Query {
 public:
  AddressQuery(net::Loop& loop, Families families, Resolver::AddressCallback done);

  // Once. `name` is canonical.
  void start(Asker& asker, const std::string& name);

 private:
  void on_part(std::size_t index, const Records& records);
  void finish();

  Families families_;
  Resolver::AddressCallback done_;
  std::array<std::optional<Records>, 2> parts_;  // the preferred family first
  std::array<std::shared_ptr<Waiter>, 2> waiters_;
  net::Timer patience_;  // runs when one family has answered and the other has not
};

}  // namespace dns
