#pragma once
// Tells a busy HTTP/2 peer from one that floods: every frame without use is paid from an allowance
// that grows with the useful work done. Covers PING, SETTINGS, PRIORITY, WINDOW_UPDATE and empty
// DATA floods (CVE-2019-9512 and its kin), rapid reset (CVE-2023-44487) and resets that the peer
// provokes from us by breaking rules (CVE-2025-8671). Pure.

#include <chrono>
#include <cstdint>

namespace net::http {

class H2Guard final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kPeriod{10};
  // A reset stream made us begin a request for nothing, so it weighs more than a PING.
  static constexpr std::uint32_t kResetCost = 4;
  // A finished exchange excuses a few WINDOW_UPDATEs and PINGs around it.
  static constexpr std::uint32_t kExchangeCredit = 8;
  // A DATA frame sent may be answered by a WINDOW_UPDATE for the stream and one for the connection.
  static constexpr std::uint32_t kDataCredit = 2;

  // `allowance`: useless frames in any kPeriod beyond the credit; 0: no limit.
  explicit H2Guard(std::uint32_t allowance) : allowance_(allowance) {}

  void earn(std::uint32_t credit) { credit_ += credit; }
  // Pays for what the peer did. False: it floods, and the connection should end.
  bool spend(Time now, std::uint32_t cost = 1) {
    if (allowance_ == 0) return true;
    if (now - since_ >= kPeriod) {
      since_ = now;
      spent_ = 0;
      credit_ = 0;
    }
    spent_ += cost;
    return spent_ <= allowance_ + credit_;
  }

 private:
  std::uint32_t allowance_;
  std::uint64_t spent_ = 0;
  std::uint64_t credit_ = 0;
  Time since_{};
};

}  // namespace net::http
