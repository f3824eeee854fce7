#pragma once
// An exchange without a connection: hands out one request and keeps the answer.

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/http/exchange.h"

namespace home {

class FakeExchange final : public net::http::Exchange {
 public:
  explicit FakeExchange(std::string target, std::string method = "GET") {
    request_.method = std::move(method);
    request_.scheme = "https";
    request_.authority = "ucm-sub.lab.example:8443";
    request_.target = std::move(target);
    peer_.flow_id = "f10e";
    stream_.local.port = 8443;
  }

  net::http::RequestHead& head() { return request_; }
  // The job is told of the end, as a connection that closes does.
  void fail() {
    assert(job_);
    job_->on_failed({base::Errc::Closed, "gone"});
    job_.reset();
  }
  // What was queued has left: the job may go on.
  void drain() {
    queued_ = 0;
    if (job_) job_->on_drained();
  }

  bool has_job() const { return job_ != nullptr; }
  bool finished() const { return finished_; }
  bool was_reset() const { return reset_; }
  std::size_t most_queued() const { return most_queued_; }
  int status() const { return response_ ? response_->status : 0; }
  const std::string& body() const { return body_; }
  const net::http::ResponseHead& response() const { return *response_; }
  std::string field(std::string_view name) const { return response_->fields.joined(name); }

  // Exchange
  const net::http::RequestHead& request() const override { return request_; }
  const net::http::Peer& peer() const override { return peer_; }
  void attach(std::unique_ptr<net::http::Job> job) override { job_ = std::move(job); }
  void respond(net::http::ResponseHead head) override {
    assert(!response_);
    response_ = std::move(head);
  }
  bool responded() const override { return response_.has_value(); }
  // Flow
  void write(std::string_view data) override {
    assert(response_ && !finished_);
    assert(net::http::has_body(request_.method, response_->status));
    body_ += data;
    queued_ += data.size();
    most_queued_ = std::max(most_queued_, queued_);
  }
  void finish() override { finished_ = true; }
  void reset(const base::Error&) override { reset_ = true; }
  std::size_t queued_bytes() const override { return queued_; }
  void pause() override {}
  void resume() override {}

 private:
  net::http::RequestHead request_;
  net::StreamInfo stream_;
  net::http::Peer peer_{stream_, {}, true};
  std::optional<net::http::ResponseHead> response_;
  std::string body_;
  std::size_t queued_ = 0;
  std::size_t most_queued_ = 0;
  bool finished_ = false;
  bool reset_ = false;
  std::unique_ptr<net::http::Job> job_;  // goes first: it refers to the exchange
};

}  // namespace home
