// Any bytes sent by a server to call_h2(): it survives, every call hears what a call may hear in
// the order that exchange.h promises, and every response could stand in an HTTP/1.1 message. The
// first byte says how the bytes arrive and what the calls do; the server's SETTINGS go before the
// rest unless bit 7 is set.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "net/http/connection.h"
#include "net/loop.h"
#include "tests/fuzz/h2_stream.h"

namespace {

using namespace net::http;
using h2_fuzz::require;

class FuzzCall final : public CallListener {
 public:
  FuzzCall(ClientConnection& client, const RequestHead& head, unsigned mode) : mode_(mode) {
    call_ = client.send(head, *this);
    if ((mode & 1) != 0) call_->pause();
    if (head.content_length != 0u) call_->write("body of the request");
    if ((mode & 2) == 0) call_->finish();
  }

 private:
  enum class Heard { Nothing, Head, All };

  void on_response(ResponseHead head) override {
    require(heard_ == Heard::Nothing);
    heard_ = Heard::Head;
    require(head.status >= 200 && head.status <= 599);
    require(head.fields.size() <= kMaxFieldCount);
    for (const Field field : head.fields) {
      require(is_token(field.name) && field.name.size() <= kMaxFieldNameBytes);
      require(is_field_value(field.value) && base::trim(field.value) == field.value);
      require(!is_hop_by_hop(field.name));
      require(!same_name(field.name, "host") && !same_name(field.name, "content-length"));
    }
    left_ = head.content_length;
  }
  void on_body(std::string_view data) override {
    require(heard_ == Heard::Head && !data.empty());
    require((mode_ & 32) == 0 || left_ == std::nullopt || data.size() <= *left_);
    if ((mode_ & 16) != 0) call_->pause();
    if ((mode_ & 32) != 0) drop();
  }
  void on_end() override {
    require(heard_ == Heard::Head);
    heard_ = Heard::All;
  }
  void on_drained() override {}
  void on_failed(const base::Error& why) override {
    require(heard_ != Heard::All && !why.detail.empty());
    heard_ = Heard::All;
  }
  void drop() {
    call_.reset();
    heard_ = Heard::All;  // nothing comes any more
  }

  unsigned mode_;
  Heard heard_ = Heard::Nothing;
  std::optional<std::uint64_t> left_;
  std::unique_ptr<Call> call_;
};

RequestHead request(std::string_view method, std::string_view protocol = {}) {
  RequestHead head;
  head.method = method;
  head.scheme = "https";
  head.authority = "edge.lab.example";
  head.target = "/";
  head.protocol = protocol;
  if (method == "POST" || !protocol.empty()) head.content_length.reset();
  return head;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned mode = data[0];
  std::string bytes;
  if ((mode & 0x80) == 0) bytes.append("\0\0\6\4\0\0\0\0\0\0\x8\0\0\0\1", 15);
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);

  static net::Loop loop;
  auto wire = std::make_shared<h2_fuzz::Wire>();
  wire->client = true;
  H2Limits h2;
  h2.extended_connect = (mode & 8) != 0;
  h2.table_bytes = (mode & 64) != 0 ? 16384 : 0;
  auto client =
      call_h2(loop, std::make_unique<h2_fuzz::Stream>(loop, wire), h2, [](const base::Error&) {});
  std::vector<std::unique_ptr<FuzzCall>> calls;
  const auto call = [&](const RequestHead& head) {
    calls.push_back(std::make_unique<FuzzCall>(*client, head, mode));
  };
  call(request("GET"));             // stream 1
  call(request("HEAD"));            // 3
  call(request("POST"));            // 5
  call(request("CONNECT", "sip"));  // 7, when the server takes it
  h2_fuzz::turn(loop);
  h2_fuzz::feed(loop, *wire, bytes, (mode & 4) != 0);
  wire->handler = nullptr;
  calls.clear();
  client.reset();
  h2_fuzz::turn(loop);
  return 0;
}
