#include "base/clock.h"

#include <algorithm>
#include <span>

namespace base {
namespace {

void put_decimal(std::span<char> out, long value) {
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, value /= 10) {
    *digit = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

UtcText to_utc_text(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto first = time_point_cast<milliseconds>(sys_days{year{0} / January / 1});
  const auto last = sys_days{year{9999} / December / 31} + hours{24} - milliseconds{1};
  const auto moment = std::clamp(floor<milliseconds>(when), first, last);
  const auto midnight = floor<days>(moment);
  const year_month_day date{midnight};
  const hh_mm_ss time{moment - midnight};

  UtcText text;
  put_decimal({text.date, 4}, int{date.year()});
  text.date[4] = text.date[7] = '-';
  put_decimal({text.date + 5, 2}, static_cast<long>(unsigned{date.month()}));
  put_decimal({text.date + 8, 2}, static_cast<long>(unsigned{date.day()}));
  put_decimal({text.time, 2}, time.hours().count());
  text.time[2] = text.time[5] = ':';
  put_decimal({text.time + 3, 2}, time.minutes().count());
  put_decimal({text.time + 6, 2}, time.seconds().count());
  put_decimal(text.millis, time.subseconds().count());
  return text;
}

std::string to_string(std::chrono::system_clock::time_point when) {
  const UtcText utc = to_utc_text(when);
  std::string text;
  text.append(utc.date, sizeof utc.date).append(1, 'T').append(utc.time, sizeof utc.time);
  return text.append(1, '.').append(utc.millis, sizeof utc.millis).append(1, 'Z');
}

}  // namespace base
