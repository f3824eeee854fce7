#pragma once
// A server connection with a scripted handler, and the client's end of its stream.

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/connection.h"
#include "net/loop.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/stream_pair.h"

namespace net::http::h1_lab {

// What a job saw. Outlives the job.
struct Seen {
  std::string method, target, authority, scheme;
  std::string body;
  int ends = 0;
  int drained = 0;
  std::optional<base::Error> failed;
  bool job_died = false;
  Exchange* exchange = nullptr;  // while its job lives
};

class RecordingJob final : public Job {
 public:
  explicit RecordingJob(Seen& seen) : seen_(seen) {}
  ~RecordingJob() override {
    seen_.job_died = true;
    seen_.exchange = nullptr;
  }
  std::function<void(std::string_view)> body;
  std::function<void()> end;
  std::function<void()> drained;

 private:
  void on_body(std::string_view data) override {
    CHECK(!seen_.failed);
    CHECK(!data.empty());
    seen_.body += data;
    if (body) body(data);
  }
  void on_end() override {
    ++seen_.ends;
    if (end) end();
  }
  void on_drained() override {
    ++seen_.drained;
    if (drained) drained();
  }
  void on_failed(const base::Error& why) override {
    CHECK(!seen_.failed);
    seen_.failed = why;
  }

  Seen& seen_;
};

// A server connection with a scripted handler, and the client's end of its stream.
class Lab final : private Handler {
 public:
  explicit Lab(ServerLimits limits = {}, bool secure = true) : pair(loop) {
    client = pair.open(fakes::Side::Left, heard);
    Peer peer;
    peer.secure = secure;
    server = serve_h1(loop, pair.open(fakes::Side::Right, opening_), std::move(peer), *this, limits,
                      [this](const base::Error& why) {
                        closed = why;
                        loop.retire(std::move(server));
                      });
    heard.ending = [this] {
      if (client) client->close();
    };
    fakes::run_until(loop, [this] { return heard.opened > 0; });
  }

  void send(std::string_view data) { client->write(data); }
  void run() { fakes::run_turns(loop, 20); }
  bool ended() const { return heard.ended > 0 || heard.closed_count > 0; }
  void run_to_end() {
    fakes::run_until(loop, [this] { return ended(); });
  }
  // The statuses of the answers that came, in order; their bodies are text without "HTTP/".
  std::vector<int> statuses() const {
    std::vector<int> all;
    for (std::size_t at = 0; (at = heard.data.find("HTTP/1.1 ", at)) != std::string::npos;
         at += 9) {
      all.push_back(std::stoi(heard.data.substr(at + 9, 3)));
    }
    return all;
  }
  bool heard_text(std::string_view text) const {
    return heard.data.find(text) != std::string::npos;
  }

  Loop loop;
  fakes::StreamPair pair;
  fakes::RecordingHandler heard;
  std::unique_ptr<Stream> client;
  std::unique_ptr<ServerConnection> server;
  std::optional<base::Error> closed;
  std::vector<std::unique_ptr<Seen>> exchanges;
  // Answers; without it every exchange gets "ok" once its request is complete.
  std::function<void(Exchange&, RecordingJob&, Seen&)> script;
  std::function<void(Exchange&)> direct;  // instead of a job

 private:
  void handle(Exchange& exchange) override {
    const RequestHead& head = exchange.request();
    exchanges.push_back(std::make_unique<Seen>());
    Seen& seen = *exchanges.back();
    seen.method = head.method;
    seen.target = head.target;
    seen.authority = head.authority;
    seen.scheme = head.scheme;
    if (direct) return direct(exchange);
    seen.exchange = &exchange;
    auto job = std::make_unique<RecordingJob>(seen);
    RecordingJob& ref = *job;
    exchange.attach(std::move(job));
    if (script) return script(exchange, ref, seen);
    ref.end = [&exchange] { answer(exchange, text_response(200, "ok")); };
  }

  fakes::RecordingHandler opening_;
};

}  // namespace net::http::h1_lab
