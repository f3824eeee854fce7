#pragma once
// The Resolver over c-ares: sends the questions, parses the answers itself (dns/answer.h), keeps
// them for their TTL (dns/cache.h) and joins equal questions that are asked at the same time.
// /etc/hosts is not read: what the DNS says is what everybody sees.

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "dns/resolver.h"

namespace net {
class Loop;
}

namespace dns {

enum class Families { V4First, V6First, V4Only, V6Only };

struct ResolverOptions {
  std::vector<base::Endpoint> servers;      // asked in order; empty: those of /etc/resolv.conf
  std::chrono::milliseconds timeout{1500};  // of the first try; c-ares doubles it for each next one
  int tries = 2;                            // of each server
  Families families = Families::V4First;
};

class CaresResolver final : public Resolver {
 public:
  // Questions in flight at once; one more is a ServerError. Far above what discovery needs, so only
  // a fault or a flood gets here.
  static constexpr std::size_t kMaxInFlight = 1024;
  // When one family has answered well, the other is waited for no longer than this: servers that
  // drop AAAA questions must not hold up a sign-in (RFC 8305, section 3, is stricter still).
  static constexpr std::chrono::milliseconds kOtherFamilyWait{300};

  // `loop` must outlive the resolver. System when c-ares cannot be set up.
  static base::Result<std::unique_ptr<CaresResolver>> open(net::Loop& loop,
                                                           const ResolverOptions& options);
  ~CaresResolver() override;
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;

  std::unique_ptr<Query> srv(std::string_view name, SrvCallback done) override;
  std::unique_ptr<Query> addresses(std::string_view host, AddressCallback done) override;

 private:
  class Impl;
  explicit CaresResolver(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace dns
