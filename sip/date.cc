// The Date header field; declared in headers.h.

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "sip/headers.h"

namespace sip {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kForm = "Sat, 13 Nov 2010 23:29:00 GMT";
// From 0000-01-01 to 9999-12-31 23:59:59: what four digits of a year can say.
constexpr std::int64_t kFirst = -62167219200;
constexpr std::int64_t kLast = 253402300799;

base::Error malformed() {
  return {base::Errc::Malformed, "date: not of the form of RFC 1123 in GMT"};
}

// -1 for what is no number of so many digits.
int number_at(std::string_view value, std::size_t at, std::size_t digits) {
  int number = 0;
  for (const char c : value.substr(at, digits)) {
    if (!base::is_digit(c)) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

void append_padded(std::string& out, std::int64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  out.append(digits - std::min(digits, text.size()), '0').append(text);
}

}  // namespace

base::Result<std::int64_t> parse_date(std::string_view value) {
  using namespace std::chrono;
  if (value.size() != kForm.size() || value.substr(25) != " GMT" || value.substr(3, 2) != ", ") {
    return malformed();
  }
  if (value[7] != ' ' || value[11] != ' ' || value[16] != ' ' || value[19] != ':' ||
      value[22] != ':') {
    return malformed();
  }
  const auto month_at = std::find(kMonths.begin(), kMonths.end(), value.substr(8, 3));
  const int day_number = number_at(value, 5, 2), year_number = number_at(value, 12, 4);
  const int hour = number_at(value, 17, 2), minute = number_at(value, 20, 2);
  const int second = number_at(value, 23, 2);
  if (std::find(kDays.begin(), kDays.end(), value.substr(0, 3)) == kDays.end() ||
      month_at == kMonths.end() || day_number < 0 || year_number < 0) {
    return malformed();
  }
  const year_month_day date{year(year_number),
                            month(static_cast<unsigned>(month_at - kMonths.begin()) + 1),
                            day(static_cast<unsigned>(day_number))};
  // A leap second is 60.
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return malformed();
  }
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

std::string format_date(std::int64_t seconds_since_1970) {
  using namespace std::chrono;
  const sys_seconds time{seconds(std::clamp(seconds_since_1970, kFirst, kLast))};
  const sys_days day_start = floor<days>(time);
  const year_month_day date(day_start);
  const hh_mm_ss clock(time - day_start);
  std::string out(kDays[weekday(day_start).c_encoding()]);
  out += ", ";
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out.append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]).append(" ");
  append_padded(out, static_cast<int>(date.year()), 4);
  out += ' ';
  append_padded(out, clock.hours().count(), 2);
  out += ':';
  append_padded(out, clock.minutes().count(), 2);
  out += ':';
  append_padded(out, clock.seconds().count(), 2);
  out += " GMT";
  return out;
}

}  // namespace sip
