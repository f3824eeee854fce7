#pragma once
// What the tests of this folder share: messages, and a connection's handler that writes down.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.h"
#include "sip/transport/connection.h"

namespace sip::transport {

inline std::string options_request(std::string_view call_id = "1", std::string_view body = {}) {
  std::string text =
      "OPTIONS sip:edge.lab.example SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\n"
      "From: <sip:a@lab.example>;tag=f\r\nTo: <sip:b@lab.example>\r\nCSeq: 7 OPTIONS\r\nCall-ID: ";
  text.append(call_id).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  return text.append("\r\n\r\n").append(body);
}

struct Notes final : ConnectionHandler {
  void on_open(Connection&) override { ++opened; }
  void on_message(Connection& connection, Message message, std::string_view text) override {
    messages.emplace_back(text);
    call_ids.emplace_back(message.value(FieldId::CallId));
    if (close_at == messages.size()) connection.close();
  }
  void on_bad(Connection& connection, std::string_view head, const base::Error& why) override {
    bad = why;
    bad_head = head;
    connection.send("SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  }
  void on_keep_alive(Connection&) override { ++keep_alives; }
  void on_closed(Connection&, const base::Error& why) override { closed = why; }

  int opened = 0;
  int keep_alives = 0;
  std::size_t close_at = 0;
  std::vector<std::string> messages;
  std::vector<std::string> call_ids;
  std::optional<base::Error> bad;
  std::string bad_head;
  std::optional<base::Error> closed;
};

}  // namespace sip::transport
