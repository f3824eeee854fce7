#pragma once
// An exchange without a connection: hands out one request, plays the client's part when told to,
// and keeps the answer. It holds its job to the contract of net/http/exchange.h.

#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "net/http/exchange.h"

namespace fakes {

class Exchange final : public net::http::Exchange {
 public:
  explicit Exchange(std::string target, std::string method = "GET") {
    request_.method = std::move(method);
    request_.scheme = "https";
    request_.authority = "edge.lab.example:8443";
    request_.target = std::move(target);
    peer_.flow_id = "0123456789abcdef0123456789abcdef";
    stream_.local = {*base::parse_ip("10.106.4.81"), 8443};
    stream_.remote = {*base::parse_ip("10.106.4.73"), 49243};
  }

  // Before handle(): what the client sends.
  net::http::RequestHead& head() { return request_; }
  Exchange& with(std::string_view name, std::string_view value) {
    request_.fields.add(name, value);
    return *this;
  }

  // The client's part. None of these while paused, but for fail().
  void send_body(std::string_view data) {
    assert(job_ && !paused_);
    job_->on_body(data);
  }
  void send_end() {
    assert(job_ && !paused_);
    job_->on_end();
  }
  // It reads nothing more for so many bytes, or has read all of them again.
  void stall(std::size_t queued_bytes) { queued_ = queued_bytes; }
  void drain() {
    assert(job_);
    queued_ = 0;
    job_->on_drained();
  }
  // The client goes away: the job is told, and dropped.
  void fail() {
    assert(job_);
    job_->on_failed({base::Errc::Closed, "gone"});
    job_.reset();
  }

  bool has_job() const { return job_ != nullptr; }
  bool paused() const { return paused_; }
  bool finished() const { return finished_; }
  bool was_reset() const { return reset_; }
  int status() const { return response_ ? response_->status : 0; }
  const std::string& body() const { return body_; }
  // Of the response; empty when there is none.
  std::string field(std::string_view name) const {
    return response_ ? response_->fields.joined(name) : std::string();
  }

  // net::http::Exchange
  const net::http::RequestHead& request() const override { return request_; }
  const net::http::Peer& peer() const override { return peer_; }
  void attach(std::unique_ptr<net::http::Job> job) override {
    assert(job && !job_);
    job_ = std::move(job);
  }
  void respond(net::http::ResponseHead head) override {
    assert(!response_);
    response_ = std::move(head);
  }
  bool responded() const override { return response_.has_value(); }
  void write(std::string_view data) override {
    assert(response_ && !finished_);
    assert(net::http::has_body(request_.method, response_->status));
    body_ += data;
  }
  void finish() override {
    assert(response_);
    finished_ = true;
  }
  void reset(const base::Error&) override { reset_ = true; }
  std::size_t queued_bytes() const override { return queued_; }
  void pause() override { paused_ = true; }
  void resume() override { paused_ = false; }

 private:
  net::http::RequestHead request_;
  net::StreamInfo stream_;
  net::http::Peer peer_{stream_, {}, true};
  std::optional<net::http::ResponseHead> response_;
  std::string body_;
  std::size_t queued_ = 0;
  bool paused_ = false;
  bool finished_ = false;
  bool reset_ = false;
  std::unique_ptr<net::http::Job> job_;  // goes first: it refers to the exchange
};

}  // namespace fakes
