#pragma once
// Certificates of our own that end soon: somebody must hear of it before every peer does.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "certs/credentials.h"
#include "net/timer.h"

namespace service {

// A certificate that we show, and where it comes from.
struct OwnCertificate {
  std::string file;
  std::shared_ptr<const certs::Credentials> credentials;
};

// Warns of each that has less than kSoon left, or nothing: when it is told of them, and then every
// `period`, since a program may run for longer than its certificates. Main loop only.
class ExpiryWatch final {
 public:
  static constexpr std::chrono::days kSoon{14};

  ExpiryWatch(net::Loop& loop, base::Logger& log, const base::Clock& clock,
              std::chrono::milliseconds period = std::chrono::days{1});

  void set(std::vector<OwnCertificate> shown);
  // Whole days until the first of them ends, rounded down: negative when it has; 0 also when there
  // is none, or one has no valid date.
  std::int64_t days_left() const;

 private:
  void warn();

  base::Logger& log_;
  const base::Clock& clock_;
  const std::chrono::milliseconds period_;
  std::vector<OwnCertificate> shown_;
  net::Timer timer_;
};

}  // namespace service
