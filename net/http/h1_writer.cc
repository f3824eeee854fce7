#include "net/http/h1_writer.h"

#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace net::http {
namespace {

constexpr std::string_view kCrlf = "\r\n";

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_length(std::string& out, std::uint64_t length) {
  out += "Content-Length: ";
  append_number(out, length);
  out += kCrlf;
}

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}

// Room for what a usual head needs beside its fields.
constexpr std::size_t kUsualBytes = 256;

base::Result<> append_fields(std::string& out, const Fields& fields, bool is_request) {
  for (const Field field : fields) {
    if (!is_token(field.name)) return malformed("writing: bad field name");
    if (!is_field_value(field.value)) return malformed("writing: bad field value");
    if (is_hop_by_hop(field.name) || same_name(field.name, "content-length")) continue;
    if (is_request && (same_name(field.name, "host") || same_name(field.name, "expect"))) continue;
    out.append(field.name).append(": ").append(field.value).append(kCrlf);
  }
  out += kCrlf;
  return {};
}

}  // namespace

base::Result<std::string> write_request_head(const RequestHead& head) {
  if (!is_token(head.method)) return malformed("writing: bad method");
  const bool is_asterisk = head.target == "*" && head.method == "OPTIONS";
  if (!is_asterisk && !is_origin_form(head.target)) return malformed("writing: bad target");
  if (!parse_authority(head.authority)) return malformed("writing: bad authority");

  std::string out;
  out.reserve(kUsualBytes + head.target.size() + 64 * head.fields.size());
  out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\nHost: ");
  out.append(head.authority).append(kCrlf);
  if (!head.content_length) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (*head.content_length > 0 || head.method == "POST" || head.method == "PUT" ||
             head.method == "PATCH") {
    append_length(out, *head.content_length);  // RFC 9110 section 8.6: 0 where a body is usual
  }
  const base::Result<> fields = append_fields(out, head.fields, true);
  if (!fields) return fields.error();
  return out;
}

base::Result<std::string> write_response_head(const ResponseHead& head,
                                              const H1ResponseOptions& options) {
  assert(head.status >= 200 && head.status <= 599);
  std::string out;
  out.reserve(kUsualBytes + 64 * head.fields.size());
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(head.status));
  out.append(" ").append(reason_phrase(head.status)).append(kCrlf);
  if (!head.fields.get("date"))
    out.append("Date: ").append(to_http_date(options.date)).append(kCrlf);
  switch (options.framing) {
    case H1Framing::Length:
      assert(head.content_length);
      append_length(out, *head.content_length);
      break;
    case H1Framing::Chunked:
      out += "Transfer-Encoding: chunked\r\n";
      break;
    case H1Framing::None:
    case H1Framing::UntilClose:
      break;
  }
  if (!options.keep_alive) {
    out += "Connection: close\r\n";
  } else if (options.say_keep_alive) {
    out += "Connection: keep-alive\r\n";
  }
  const base::Result<> fields = append_fields(out, head.fields, false);
  if (!fields) return fields.error();
  return out;
}

std::string to_http_date(std::chrono::system_clock::time_point when) {
  namespace chrono = std::chrono;
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = chrono::floor<chrono::days>(when);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss time(chrono::floor<chrono::seconds>(when - day));
  char text[48];
  const int size = std::snprintf(
      text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace net::http
