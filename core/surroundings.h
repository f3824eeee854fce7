#pragma once
// What the handlers of one core worker lean on. Everything outlives them and belongs to the same
// worker, but for log and clock, which belong to anyone.

#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/traffic_log.h"
#include "core/authorizer.h"
#include "core/config.h"
#include "core/counters.h"
#include "core/discovery.h"
#include "core/upstream.h"
#include "policy/allow_list.h"
#include "policy/session.h"
#include "policy/verified_cache.h"

namespace core {

struct Surroundings {
  net::Loop& loop;
  const base::Clock& clock;
  base::Logger& log;
  base::TrafficLog& traffic;
  Counters& counters;
  UpstreamPool& pool;
  Authorizer& authorizer;
  policy::VerifiedCache& sessions;
  const policy::SessionSigner& signer;
};

}  // namespace core
