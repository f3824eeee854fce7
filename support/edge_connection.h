#pragma once
// The client's connection to one edge: dialled as a step of its own, then kept for every request
// of the sign-in, and dialled again when the edge has closed it in between. One thing at a time.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "net/http/connection.h"
#include "net/http/fetch.h"
#include "net/http/message.h"
#include "net/stream.h"
#include "net/timer.h"
#include "support/edge_dialer.h"

namespace net {
class Loop;
class TlsContext;
}  // namespace net

namespace support {

struct EdgeConnectionOptions {
  std::shared_ptr<const net::TlsContext> tls;  // a client's, with the protocols it offers
  std::string domain;                          // of the user: _collab-edge._tls.<domain> is a name
  std::chrono::milliseconds limit{35'000};     // for one answer; connecting has smaller ones
  bool http2 = false;                          // an edge that agrees on less is left
  // Told of the heads that leave and arrive, credentials masked (heads.h). May be null.
  std::function<void(const std::string& text)> watch;
};

class EdgeConnection final : public EdgeCaller, private net::StreamHandler {
 public:
  using Fetched = std::function<void(base::Result<net::http::Document> document)>;

  // `loop` must outlive the connection.
  EdgeConnection(net::Loop& loop, EdgeConnectionOptions options);
  ~EdgeConnection();  // closes; what is under way is dropped without a callback
  EdgeConnection(const EdgeConnection&) = delete;
  EdgeConnection& operator=(const EdgeConnection&) = delete;

  // EdgeCaller. An earlier connection is closed. Not while something is under way.
  void open(std::string host, const base::Endpoint& remote, Opened opened) override;
  bool reached() const override { return reached_; }
  bool wants_http2() const override { return options_.http2; }

  // Sends a GET (`head` needs target and fields; the rest is set here) to the edge opened last and
  // gives the whole answer, whatever its status. Errors as Fetch has them, and those of connecting.
  void fetch(net::http::RequestHead head, Fetched fetched);

 private:
  // net::StreamHandler, until an HTTP connection takes the stream over.
  void on_open() override;
  std::size_t on_data(std::string_view) override { return 0; }
  void on_end() override {}  // on_closed() follows our close
  void on_drained() override {}
  void on_closed(const base::Error& why) override;

  void send();   // dials first where the connection is gone
  void begin();  // on an open connection
  void on_answer(base::Result<net::http::Document> document);
  void report_opened(base::Result<net::StreamInfo> info);

  net::Loop& loop_;
  EdgeConnectionOptions options_;
  std::string host_;
  base::Endpoint remote_;
  bool reached_ = false;
  bool used_ = false;  // the connection has carried a request, so it may turn out stale

  net::http::RequestHead head_;
  Opened opened_;
  Fetched fetched_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<net::http::ClientConnection> connection_;
  std::unique_ptr<net::http::Fetch> fetch_;  // after connection_: it goes first
  net::Timer turn_;                          // starts a request from the loop
};

}  // namespace support
