#pragma once
// A handler of exchanges as the handler of a link that does not care which edge worker asks.

#include "net/http/exchange.h"
#include "net/tunnel/core_link.h"

namespace fakes {

class LinkHandler final : public net::tunnel::LinkHandler {
 public:
  // `handler` must outlive it.
  explicit LinkHandler(net::http::Handler& handler) : handler_(handler) {}
  void handle(net::http::Exchange& exchange, const net::tunnel::CoreLink&) override {
    handler_.handle(exchange);
  }

 private:
  net::http::Handler& handler_;
};

}  // namespace fakes
