#include "service/expiry.h"

#include <algorithm>
#include <utility>

#include "certs/time.h"

namespace service {

ExpiryWatch::ExpiryWatch(net::Loop& loop, base::Logger& log, const base::Clock& clock,
                         std::chrono::milliseconds period)
    : log_(log), clock_(clock), period_(period), timer_(loop, [this] { warn(); }) {}

void ExpiryWatch::set(std::vector<OwnCertificate> shown) {
  shown_ = std::move(shown);
  warn();
}

void ExpiryWatch::warn() {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  for (const OwnCertificate& certificate : shown_) {
    const auto end = certs::not_after(certificate.credentials->leaf());
    if (!end || *end - now > kSoon) continue;
    log_.warn(*end < now ? "a certificate has expired" : "a certificate expires soon",
              {{"file", certificate.file}, {"at", certs::to_text(*end)}});
  }
  timer_.start(period_);
}

std::int64_t ExpiryWatch::days_left() const {
  if (shown_.empty()) return 0;
  std::int64_t least = INT64_MAX;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  for (const OwnCertificate& certificate : shown_) {
    const auto end = certs::not_after(certificate.credentials->leaf());
    const std::int64_t days =
        end ? std::chrono::floor<std::chrono::days>(*end - now).count() : std::int64_t{0};
    least = std::min(least, days);
  }
  return least;
}

}  // namespace service
