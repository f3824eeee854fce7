#pragma once
// What each request leaves in the traffic log (wire.md 8), and how a handler of ours answers it.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/exchange.h"
#include "net/http/traffic.h"

namespace home {

// A whole answer, and why it is a refusal; in plain words, for the log only.
struct Reply {
  net::http::TextResponse response;
  std::string reason;
};

// A refusal: one line of text for the peer, the reason for the log.
Reply refusal(int status, std::string_view line, std::string_view reason);
// 200 with a document of ours, and the fields that a call manager sends with it.
Reply document(std::string body);
// The refusal of a method that is neither GET nor HEAD (RFC 9110 section 15.5.6).
Reply method_refusal();

// Mints transaction ids. Usable from any thread; one for the process.
class AccessLog final {
 public:
  // `log` must outlive it.
  explicit AccessLog(base::TrafficLog& log) : log_(log) {}

  // Logs the arrival of a request and gives the trace that its answer is logged with.
  net::http::ExchangeTrace begin(const net::http::Exchange& exchange);

 private:
  base::TrafficLog& log_;
  std::atomic<std::uint64_t> last_id_ = 0;
};

// Answers with a complete body, and logs that.
void send(net::http::Exchange& exchange, net::http::ExchangeTrace& trace, Reply reply);

}  // namespace home
