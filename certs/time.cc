#include "certs/time.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <charconv>
#include <cstddef>
#include <ctime>

namespace certs {
namespace {

using std::chrono::sys_seconds;

const base::Error kMalformed{base::Errc::Malformed,
                             "not a time such as 2026-01-02T03:04:05Z or a date"};

// Takes exactly `count` digits, then `after` (0: nothing), off the front of `text`.
bool take(std::string_view& text, std::size_t count, char after, int& value) {
  if (text.size() < count + (after == 0 ? 0 : 1)) return false;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
  }
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  if (after == 0) return true;
  if ((text.front() | 0x20) != (after | 0x20)) return false;
  text.remove_prefix(1);
  return true;
}

bool drop_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return true;
  text.remove_prefix(1);
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || end == std::string_view::npos) return false;
  text.remove_prefix(end);
  return true;
}

bool take_zone(std::string_view& text, std::chrono::minutes& offset) {
  if (text == "Z" || text == "z") {
    text = {};
    return true;
  }
  if (!text.starts_with('+') && !text.starts_with('-')) return false;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  if (!take(text, 2, ':', hours) || !take(text, 2, 0, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  offset = sign * (std::chrono::hours(hours) + std::chrono::minutes(minutes));
  return true;
}

}  // namespace

std::string to_text(sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

base::Result<sys_seconds> parse_time(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take(text, 4, '-', year) || !take(text, 2, '-', month) || !take(text, 2, 0, day)) {
    return kMalformed;
  }
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return kMalformed;
  const sys_seconds midnight = std::chrono::sys_days(date);
  if (text.empty()) return midnight;
  if ((text.front() | 0x20) != 't') return kMalformed;
  text.remove_prefix(1);
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::chrono::minutes offset{0};
  if (!take(text, 2, ':', hour) || !take(text, 2, ':', minute) || !take(text, 2, 0, second) ||
      !drop_fraction(text) || !take_zone(text, offset) || !text.empty()) {
    return kMalformed;
  }
  if (hour > 23 || minute > 59 || second > 60) return kMalformed;  // 60: a leap second
  return midnight + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - offset;
}

base::Result<sys_seconds> time_of(const ASN1_TIME* time) {
  std::tm broken{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken) != 1) {
    ERR_clear_error();
    return base::Error{base::Errc::Malformed, "not a date that exists"};
  }
  return sys_seconds(std::chrono::seconds(::timegm(&broken)));
}

base::Result<sys_seconds> not_before(const X509* certificate) {
  return time_of(X509_get0_notBefore(certificate));
}

base::Result<sys_seconds> not_after(const X509* certificate) {
  return time_of(X509_get0_notAfter(certificate));
}

}  // namespace certs
