#include "base/clock.h"

#include <algorithm>

namespace base {
namespace {

template <int kDigits>
void put_decimal(char* out, unsigned value) {
  for (int i = kDigits; i > 0; value /= 10)
    out[--i] = static_cast<char>('0' + value % 10);
}

// All of it but the milliseconds.
UtcText second_to_text(std::chrono::sys_seconds second) {
  using namespace std::chrono;
  const auto midnight = floor<days>(second);
  const year_month_day date{midnight};
  const hh_mm_ss time{second - midnight};

  UtcText text{};
  put_decimal<4>(text.date, static_cast<unsigned>(int{date.year()}));
  text.date[4] = text.date[7] = '-';
  put_decimal<2>(text.date + 5, unsigned{date.month()});
  put_decimal<2>(text.date + 8, unsigned{date.day()});
  put_decimal<2>(text.time, static_cast<unsigned>(time.hours().count()));
  text.time[2] = text.time[5] = ':';
  put_decimal<2>(text.time + 3, static_cast<unsigned>(time.minutes().count()));
  put_decimal<2>(text.time + 6, static_cast<unsigned>(time.seconds().count()));
  return text;
}

}  // namespace

UtcText to_utc_text(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto first = time_point_cast<milliseconds>(sys_days{year{0} / January / 1});
  const auto last = sys_days{year{9999} / December / 31} + hours{24} - milliseconds{1};
  const auto moment = std::clamp(floor<milliseconds>(when), first, last);
  const auto second = floor<seconds>(moment);
  // Every line of a log asks, and many fall into the same second.
  constinit thread_local sys_seconds known_second = sys_seconds::min();
  constinit thread_local UtcText known_text{};
  if (second != known_second) {
    known_second = second;
    known_text = second_to_text(second);
  }
  UtcText text = known_text;
  put_decimal<3>(text.millis, static_cast<unsigned>((moment - second).count()));
  return text;
}

std::string to_string(std::chrono::system_clock::time_point when) {
  const UtcText utc = to_utc_text(when);
  std::string text;
  text.append(utc.date, sizeof utc.date).append(1, 'T').append(utc.time, sizeof utc.time);
  return text.append(1, '.').append(utc.millis, sizeof utc.millis).append(1, 'Z');
}

}  // namespace base
