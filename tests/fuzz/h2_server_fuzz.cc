// Any bytes sent to serve_h2(): it survives, and every head that reaches the handler could stand in
// an HTTP/1.1 message. The first byte says how the bytes arrive and how the handler answers; the
// connection preface and SETTINGS go before the rest unless bit 7 is set.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "net/http/connection.h"
#include "net/loop.h"
#include "tests/fuzz/h2_stream.h"

namespace {

using namespace net::http;

using h2_fuzz::require;

class EchoJob final : public Job {
 public:
  explicit EchoJob(Exchange& exchange) : exchange_(exchange) {}
  void on_body(std::string_view data) override {
    require(!data.empty() && !ended_);
    exchange_.write(data);
  }
  void on_end() override {
    require(!ended_);
    ended_ = true;
    exchange_.finish();
  }
  void on_drained() override {}
  void on_failed(const base::Error&) override {
    require(!failed_);
    failed_ = true;
  }

 private:
  Exchange& exchange_;
  bool ended_ = false;
  bool failed_ = false;
};

class FuzzHandler final : public Handler {
 public:
  explicit FuzzHandler(unsigned mode) : mode_(mode) {}
  void handle(Exchange& exchange) override {
    check(exchange.request());
    switch (mode_ % 4) {
      case 0:
        return answer(exchange, text_response(200, "ok"));
      case 1:
        return exchange.reset({base::Errc::Refused, "fuzz"});
      case 2:
        exchange.pause();
        exchange.attach(std::make_unique<EchoJob>(exchange));
        return;
      default:
        break;
    }
    const bool empty = !has_body(exchange.request().method, 200);
    if (empty) return answer(exchange, text_response(200, "ok"));
    exchange.attach(std::make_unique<EchoJob>(exchange));
    exchange.respond({200, {}, {}});
  }

 private:
  static void check(const RequestHead& head) {
    require(is_token(head.method));
    require(head.method != "TRACE");
    require(head.scheme == "https" || head.scheme == "http");
    require(static_cast<bool>(parse_authority(head.authority)));
    require(is_origin_form(head.target) || (head.target == "*" && head.method == "OPTIONS"));
    require((head.method == "CONNECT") == !head.protocol.empty());
    require(head.fields.size() <= kMaxFieldCount);
    for (const Field field : head.fields) {
      require(is_token(field.name) && field.name.size() <= kMaxFieldNameBytes);
      require(is_field_value(field.value) && base::trim(field.value) == field.value);
      require(!is_hop_by_hop(field.name));
      require(!same_name(field.name, "host") && !same_name(field.name, "content-length"));
    }
  }
  unsigned mode_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned mode = data[0];
  std::string bytes;
  if ((mode & 0x80) == 0) {
    bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    bytes.append("\0\0\0\4\0\0\0\0\0", 9);
  }
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);

  static net::Loop loop;
  FuzzHandler handler(mode);
  auto wire = std::make_shared<h2_fuzz::Wire>();
  H2Limits h2;
  h2.extended_connect = (mode & 8) != 0;
  h2.table_bytes = (mode & 16) != 0 ? 16384 : 0;
  auto server = serve_h2(loop, std::make_unique<h2_fuzz::Stream>(loop, wire), Peer{}, handler, {},
                         h2, [](const base::Error&) {});
  h2_fuzz::feed(loop, *wire, bytes, (mode & 4) != 0);
  wire->handler = nullptr;
  server.reset();
  h2_fuzz::turn(loop);
  return 0;
}
