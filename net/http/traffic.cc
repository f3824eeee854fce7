#include "net/http/traffic.h"

#include "base/line_buffer.h"
#include "base/traffic_grammar.h"

namespace net::http {
namespace {

namespace words = base::traffic;

// HTTP/2 has field names in lower case; people and the log's readers know "Content-Type".
void append_name(base::LineBuffer& out, std::string_view name) {
  bool first = true;
  for (const char c : name) {
    out.append(first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    first = c == '-';
  }
}

void append_fields(base::LineBuffer& out, const Fields& fields,
                   const std::optional<std::uint64_t>& length) {
  for (const Field field : fields) {
    append_name(out, field.name);
    out.append(": ").append(field.value).append('\n');
  }
  if (length && *length > 0) out.append("Content-Length: ").append_decimal(*length).append('\n');
}

}  // namespace

base::TrafficEvent ExchangeTrace::line(const Where& where) const {
  base::TrafficEvent event;
  event.detail = where.detail;
  event.ids = &ids_;
  if (where.src) event.src = *where.src;
  if (where.dst) event.dst = *where.dst;
  event.tunnel_dst_host = where.tunnel_dst_host;
  return event;
}

void ExchangeTrace::request(const Where& where, const RequestHead& head, Pieces shown) {
  if (!log_.enabled(base::Level::Info)) return;
  base::LineBuffer text;
  text.append(head.method).append(' ');
  for (const std::string_view piece : shown)
    text.append(piece);
  text.append(" HTTP/1.1");
  base::TrafficEvent event = line(where);
  event.msg = text.view();
  log_.write(event);
  if (!log_.enabled(base::Level::Debug)) return;
  text.append("\nHost: ").append(head.authority).append('\n');
  append_fields(text, head.fields, head.content_length);
  event.msg = {};
  log_.dump(event, text.view());
}

void ExchangeTrace::response(const Where& where, const ResponseHead& head) {
  if (!log_.enabled(base::Level::Info)) return;
  base::LineBuffer text;
  text.append("HTTP/1.1 ").append_decimal(static_cast<std::uint64_t>(head.status));
  text.append(' ').append(reason_phrase(head.status));
  base::TrafficEvent event = line(where);
  event.msg = text.view();
  log_.write(event);
  if (!log_.enabled(base::Level::Debug)) return;
  text.append('\n');
  append_fields(text, head.fields, head.content_length);
  event.msg = {};
  log_.dump(event, text.view());
}

void ExchangeTrace::receive_request(const base::Endpoint& src, const RequestHead& head,
                                    Pieces shown) {
  request({words::kReceiveRequest, &src, nullptr, {}}, head, shown);
}

void ExchangeTrace::sending_request(const base::Endpoint& dst, const RequestHead& head,
                                    Pieces shown, std::string_view tunnel_dst_host) {
  request({words::kSendingRequest, nullptr, &dst, tunnel_dst_host}, head, shown);
}

void ExchangeTrace::receive_response(const base::Endpoint& src, const ResponseHead& head) {
  response({words::kReceiveResponse, &src, nullptr, {}}, head);
}

void ExchangeTrace::sending_response(const base::Endpoint& dst, const ResponseHead& head) {
  response({words::kSendingResponse, nullptr, &dst, {}}, head);
}

void ExchangeTrace::event(base::Level level, std::string_view event, std::string_view reason) {
  base::TrafficEvent entry = line({});
  entry.level = level;
  entry.event = event;
  entry.reason = reason;
  log_.write(entry);
}

std::string via_name(const base::IpAddress& address) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string name = "vcs[";
  if (address.is_v4()) {
    for (const char c : address.bytes()) {
      const auto byte = static_cast<unsigned char>(c);
      name += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
  } else {
    name += base::IpText(address).view();
  }
  return name += ']';
}

}  // namespace net::http
