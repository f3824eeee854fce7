#pragma once
// The traffic log's view of one HTTP exchange (wire.md 8): the same transaction and flow ids on
// every line, the first line of each message at INFO, the whole head at DEBUG.

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/traffic_log.h"
#include "net/http/message.h"

namespace net::http {

class ExchangeTrace final {
 public:
  // `log` must outlive the trace.
  ExchangeTrace(base::TrafficLog& log, std::string_view txn_id, std::string_view flow_id)
      : log_(log), ids_(txn_id, flow_id) {}

  std::string_view txn_id() const { return ids_.txn_id(); }

  // The request target as the log shows it, "https://<base64>/cucm-uds/version", whole or in the
  // pieces that make it up.
  using Pieces = std::initializer_list<std::string_view>;
  void receive_request(const base::Endpoint& src, const RequestHead& head, Pieces shown);
  void receive_request(const base::Endpoint& src, const RequestHead& head, std::string_view shown) {
    receive_request(src, head, Pieces{shown});
  }
  // `tunnel_dst_host` is the core at the other end of the link; empty without a link.
  void sending_request(const base::Endpoint& dst, const RequestHead& head, Pieces shown,
                       std::string_view tunnel_dst_host = {});
  void sending_request(const base::Endpoint& dst, const RequestHead& head, std::string_view shown,
                       std::string_view tunnel_dst_host = {}) {
    sending_request(dst, head, Pieces{shown}, tunnel_dst_host);
  }
  void receive_response(const base::Endpoint& src, const ResponseHead& head);
  void sending_response(const base::Endpoint& dst, const ResponseHead& head);
  // A verdict or failure: `event` is a fixed word or two, `reason` the cause in plain words.
  void event(base::Level level, std::string_view event, std::string_view reason);

 private:
  struct Where {
    std::string_view detail;
    const base::Endpoint* src;
    const base::Endpoint* dst;
    std::string_view tunnel_dst_host;
  };
  void request(const Where& where, const RequestHead& head, Pieces shown);
  void response(const Where& where, const ResponseHead& head);
  base::TrafficEvent line(const Where& where) const;

  base::TrafficLog& log_;
  base::TrafficIds ids_;
};

// Marks a hop in Via: "vcs[0A6A0451]" for 10.106.4.81, "vcs[2001:db8::1]" for IPv6.
std::string via_name(const base::IpAddress& address);

}  // namespace net::http
