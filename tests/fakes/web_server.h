#pragma once
// A web server for tests: keeps every request with its body and answers what it is told to.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "net/http/exchange.h"
#include "net/http/server.h"
#include "net/listener.h"
#include "net/loop.h"

namespace fakes {

// The handler alone, for whatever brings exchanges.
class WebHandler final : public net::http::Handler {
 public:
  struct Request {
    net::http::RequestHead head;
    std::string body;
  };
  // Nullopt: it stays silent.
  std::function<std::optional<net::http::TextResponse>(const Request&)> reply = [](const Request&) {
    return net::http::text_response(200, "hello");
  };
  std::vector<Request> requests;  // whole ones, in the order in which they became so
  std::size_t begun_count = 0;

  void handle(net::http::Exchange& exchange) override {
    ++begun_count;
    exchange.attach(std::make_unique<Reader>(*this, exchange));
  }

  // How many requests had this target.
  std::size_t count(std::string_view target) const {
    std::size_t found = 0;
    for (const Request& request : requests)
      found += request.head.target == target ? 1u : 0u;
    return found;
  }

 private:
  class Reader final : public net::http::Job {
   public:
    Reader(WebHandler& owner, net::http::Exchange& exchange)
        : owner_(owner), exchange_(exchange), request_{exchange.request(), {}} {}

   private:
    void on_body(std::string_view data) override { request_.body += data; }
    void on_end() override {
      owner_.requests.push_back(request_);
      if (auto response = owner_.reply(request_)) answer(exchange_, std::move(*response));
    }
    void on_drained() override {}
    void on_failed(const base::Error&) override {}

    WebHandler& owner_;
    net::http::Exchange& exchange_;
    Request request_;
  };
};

// The same behind a port of its own.
class WebServer final {
 public:
  // Without `tls` plain HTTP/1.1. `local` must be free.
  WebServer(net::Loop& loop, const base::Endpoint& local,
            std::shared_ptr<const net::TlsContext> tls = nullptr)
      : loop_(loop), tls_(std::move(tls)) {
    start(local);
  }

  WebHandler web;

  // False when the address is taken.
  bool start(const base::Endpoint& local) {
    net::http::ServerOptions options;
    options.tls = tls_;
    server_ = std::make_unique<net::http::Server>(loop_, web, std::move(options));
    auto listener = net::Listener::open(
        loop_, local,
        [this](net::Socket socket, const base::Endpoint&) { server_->accept(std::move(socket)); });
    if (listener) listener_ = std::move(*listener);
    return listener_ != nullptr;
  }
  bool running() const { return listener_ != nullptr; }
  // As when the machine is gone: connections end, new ones are refused.
  void stop() {
    local_ = listener_->local();
    listener_.reset();
    server_.reset();
  }
  bool start_again() { return start(local_); }
  base::Endpoint endpoint() const { return listener_ ? listener_->local() : local_; }

 private:
  net::Loop& loop_;
  std::shared_ptr<const net::TlsContext> tls_;
  base::Endpoint local_;
  std::unique_ptr<net::http::Server> server_;
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace fakes
