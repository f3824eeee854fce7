// Load for the measurements of measure.py: users with sessions of their own ask an edge for one
// path over kept connections. Prints one line of JSON.
//
//   closed loop (default)  every connection asks again once it was answered, --requests in all
//   --rate N               Poisson arrivals, N a second for --seconds, on whichever connection is
//                          free; each has had a request before, which does not count; a latency
//                          counts from the moment the request could have been sent; --latencies
//                          FILE: each is appended there, a line of microseconds
//   --slow                 each connection reads --bytes a second of its answer; "ready N" once all
//                          have begun, and until stdin ends
//   --hold                 one request on each connection, a few at a time, "ready N", then idle
//                          until stdin ends; the first that fails ends it too
//
// It uses Sallyport's own client (net/http/client.h); the peers' harness has one of its own.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http/client.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/tls_context.h"
#include "policy/session.h"

namespace {

namespace http = net::http;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Prime, so that the requests come to every user, but not to neighbours in time.
constexpr std::size_t kStride = 7919;
// Connections that --hold makes side by side.
constexpr std::size_t kAtOnce = 64;

struct Settings {
  base::Endpoint edge;
  std::string edge_text, server, trust, path, key, domain, cookies, latencies;
  bool http2 = false;
  bool hold = false;
  bool slow = false;
  std::size_t connections = 32;
  std::size_t users = 1;
  std::size_t requests = 10'000;
  std::size_t bytes = 1024;
  double rate = 0;
  double seconds = 5;
};

struct Results {
  std::size_t asked = 0;
  std::size_t done = 0;
  std::size_t errors = 0;
  std::string first_error;
  std::vector<double> latencies;  // us

  double percentile(double share) {
    if (latencies.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1));
    std::nth_element(latencies.begin(), latencies.begin() + static_cast<long>(at), latencies.end());
    return latencies[at];
  }
};

// Cookies of users u0, u1, …: as many sign-ins as are needed, without a call manager. Kept in a
// file, since another cookie would be another sign-in to the edge.
std::vector<std::string> make_cookies(const Settings& settings) {
  std::vector<std::string> cookies;
  std::ifstream kept(settings.cookies);
  for (std::string line; cookies.size() < settings.users && std::getline(kept, line);)
    cookies.push_back(line);
  if (cookies.size() == settings.users) return cookies;
  cookies.clear();
  auto signer = policy::SessionSigner::load_or_create(settings.key);
  if (!signer) throw CLI::ValidationError("--key", signer.error().detail);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (std::size_t i = 0; i < settings.users; ++i) {
    policy::SessionToken token;
    token.id = policy::new_session_id();
    token.user = "u" + std::to_string(i);
    token.domain = settings.domain;
    token.issued = now;
    token.expires = now + std::chrono::hours(8);
    cookies.push_back("X-Auth=" + (*signer)->sign(token));
  }
  std::ofstream file(settings.cookies);
  for (const std::string& cookie : cookies)
    file << cookie << '\n';
  return cookies;
}

class Lane;

// Who asks next, and when it is enough.
class Load {
 public:
  Load(net::Loop& loop, Settings settings, std::shared_ptr<const net::TlsContext> tls);
  ~Load();

  void run();
  Results& results() { return results_; }
  net::Loop& loop() { return loop_; }
  const Settings& settings() const { return settings_; }
  http::ClientOptions client_options() const;
  http::RequestHead next_request();
  void on_free(Lane& lane);
  void on_reading() {
    if (++reading_ == lanes_.size()) std::cout << "ready " << reading_ << std::endl;
  }

 private:
  void begin_arrivals();
  void on_tick();
  void dispatch();
  void finish_if_done();

  net::Loop& loop_;
  const Settings settings_;
  std::shared_ptr<const net::TlsContext> tls_;
  std::vector<std::string> cookies_;
  std::size_t next_cookie_ = 0;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<Lane*> free_;
  std::deque<Clock::time_point> arrivals_;  // that no connection was free for
  Results results_;
  std::mt19937_64 random_{1};
  bool arriving_ = false;  // --rate: once every connection has had a request
  Clock::time_point next_arrival_;
  Clock::time_point end_;
  std::size_t reading_ = 0;  // slow readers that began
  net::Timer tick_;
};

// One connection and the request on it.
class Lane final : private http::CallListener {
 public:
  explicit Lane(Load& load)
      : load_(load), client_(load.loop(), load.client_options()), read_on_(load.loop(), [this] {
          if (call_) call_->resume();
        }) {}

  void ask(Clock::time_point since) {
    since_ = since;
    ++load_.results().asked;
    http::RequestHead head = load_.next_request();
    call_ = client_.start(std::move(head), *this);
    call_->finish();
  }

 private:
  void on_response(http::ResponseHead head) override { status_ = head.status; }
  void on_body(std::string_view data) override {
    if (!load_.settings().slow) return;
    if (!std::exchange(reading_, true)) load_.on_reading();
    call_->pause();
    const auto wait = data.size() * 1000 / std::max<std::size_t>(load_.settings().bytes, 1);
    read_on_.start(milliseconds(wait));
  }
  void on_end() override { over(status_ == 200 ? "" : "status " + std::to_string(status_)); }
  void on_drained() override {}
  void on_failed(const base::Error& why) override { over(why.detail); }

  void over(const std::string& fault) {
    Results& results = load_.results();
    const std::chrono::duration<double, std::micro> took = Clock::now() - since_;
    ++results.done;
    if (fault.empty()) {
      results.latencies.push_back(took.count());
    } else {
      if (results.errors++ == 0) results.first_error = fault;
    }
    load_.loop().retire(std::move(call_));
    load_.loop().post([this] { load_.on_free(*this); });
  }

  Load& load_;
  http::Client client_;
  net::Timer read_on_;
  std::unique_ptr<http::Call> call_;
  Clock::time_point since_;
  int status_ = 0;
  bool reading_ = false;
};

Load::Load(net::Loop& loop, Settings settings, std::shared_ptr<const net::TlsContext> tls)
    : loop_(loop),
      settings_(std::move(settings)),
      tls_(std::move(tls)),
      cookies_(make_cookies(settings_)),
      tick_(loop, [this] { on_tick(); }) {
  for (std::size_t i = 0; i < settings_.connections; ++i)
    lanes_.push_back(std::make_unique<Lane>(*this));
}

Load::~Load() = default;

http::ClientOptions Load::client_options() const {
  http::ClientOptions options;
  options.dial.remote = settings_.edge;
  options.dial.tls = tls_;
  options.dial.expected = {{certs::Name::Kind::Dns, settings_.server}};
  options.dial.limits.connect = options.dial.limits.handshake = milliseconds(60'000);
  options.keep = milliseconds(3'600'000);
  options.idle = milliseconds(3'600'000);
  options.connections = 1;
  return options;
}

http::RequestHead Load::next_request() {
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = settings_.server;
  head.target = settings_.path;
  head.content_length = 0;
  head.fields.add("Accept", "*/*");
  head.fields.add("Cookie", cookies_[next_cookie_]);
  next_cookie_ = (next_cookie_ + kStride) % cookies_.size();
  return head;
}

void Load::run() {
  const auto began = Clock::now();
  const bool all_at_once = settings_.slow || settings_.rate > 0;
  const std::size_t wanted = all_at_once      ? lanes_.size()
                             : settings_.hold ? kAtOnce
                                              : settings_.requests;
  for (std::size_t i = 0; i < std::min(wanted, lanes_.size()); ++i)
    lanes_[i]->ask(began);
  const bool until_stdin_ends = settings_.slow || settings_.hold;
  if (until_stdin_ends) {
    std::thread([this] {
      while (std::cin.get() != EOF) {
      }
      loop_.stop();
    }).detach();
  }
  loop_.run();
  const std::chrono::duration<double> took = Clock::now() - began;
  std::printf(
      "{\"n\": %zu, \"errors\": %zu, \"first_error\": \"%s\", \"secs\": %.3f, \"p50_us\": %.0f, "
      "\"p99_us\": %.0f}\n",
      results_.done, results_.errors, results_.first_error.c_str(), took.count(),
      results_.percentile(0.5), results_.percentile(0.99));
  if (!settings_.latencies.empty()) {
    std::ofstream file(settings_.latencies, std::ios::app);
    for (const double latency : results_.latencies)
      file << latency << '\n';
  }
  if (!until_stdin_ends) return;
  std::fflush(stdout);
  std::_Exit(results_.errors == 0 ? 0 : 1);  // reading standard input cannot be called off
}

void Load::on_free(Lane& lane) {
  if (settings_.slow) return;
  if (settings_.hold) {
    if (results_.errors > 0) return loop_.stop();
    if (results_.asked < lanes_.size()) return lanes_[results_.asked]->ask(Clock::now());
    if (results_.done == lanes_.size()) std::cout << "ready " << results_.done << std::endl;
    return;
  }
  if (settings_.rate > 0) {
    free_.push_back(&lane);
    if (!arriving_ && free_.size() == lanes_.size()) begin_arrivals();
    if (!arriving_) return;
    dispatch();
  } else if (results_.asked < settings_.requests) {
    lane.ask(Clock::now());
  }
  finish_if_done();
}

// Handshakes are over: they are not what is measured.
void Load::begin_arrivals() {
  if (results_.errors > 0) return loop_.stop();
  arriving_ = true;
  results_ = {};
  next_arrival_ = Clock::now();
  end_ = next_arrival_ + milliseconds(static_cast<long>(settings_.seconds * 1000));
  on_tick();
}

void Load::on_tick() {
  const auto now = Clock::now();
  std::exponential_distribution<double> gap(settings_.rate);
  while (next_arrival_ <= now && next_arrival_ < end_) {
    arrivals_.push_back(now);
    next_arrival_ += std::chrono::nanoseconds(static_cast<long>(gap(random_) * 1e9));
  }
  dispatch();
  if (now < end_) return tick_.start(milliseconds(1));
  finish_if_done();
}

void Load::dispatch() {
  for (; !arrivals_.empty() && !free_.empty(); arrivals_.pop_front()) {
    Lane* lane = free_.front();
    free_.pop_front();
    lane->ask(arrivals_.front());
  }
}

void Load::finish_if_done() {
  const bool over = settings_.rate > 0 ? Clock::now() >= end_ && arrivals_.empty()
                                       : results_.asked >= settings_.requests;
  if (over && results_.done == results_.asked) loop_.stop();
}

int run(int argc, char** argv) {
  Settings settings;
  CLI::App app("Load on an edge, for tests/bench/measure.py");
  app.add_option("edge", settings.edge_text, "address and port")->required();
  app.add_option("path", settings.path, "what to ask for")->required();
  app.add_option("--server", settings.server, "name in the edge's certificate")->required();
  app.add_option("--trust", settings.trust, "PEM file of its authority")->required();
  app.add_option("--key", settings.key, "session.key of the core")->required();
  app.add_option("--domain", settings.domain, "domain of the users")->required();
  app.add_option("--users", settings.users, "sessions that the requests rotate through");
  app.add_option("--cookies", settings.cookies,
                 "file with their cookies; made when they are missing")
      ->required();
  app.add_option("--connections", settings.connections);
  app.add_option("--requests", settings.requests, "closed loop: how many in all");
  app.add_option("--rate", settings.rate, "requests a second");
  app.add_option("--seconds", settings.seconds, "how long at that rate");
  app.add_option("--latencies", settings.latencies, "at that rate: file to append them to");
  app.add_option("--bytes", settings.bytes, "a second, for a slow reader");
  app.add_flag("--h2", settings.http2);
  app.add_flag("--hold", settings.hold);
  app.add_flag("--slow", settings.slow);
  CLI11_PARSE(app, argc, argv);
  const auto edge = base::parse_endpoint(settings.edge_text);
  const auto trust = certs::Trust::load(settings.trust);
  if (!edge || !trust) {
    std::cerr << "https_load: " << (edge ? trust.error().detail : edge.error().detail) << "\n";
    return 2;
  }
  settings.edge = *edge;
  net::TlsClientOptions options;
  options.trust = *trust;
  options.alpn = {settings.http2 ? "h2" : "http/1.1"};
  auto tls = net::TlsContext::client(options);
  if (!tls) {
    std::cerr << "https_load: " << tls.error().detail << "\n";
    return 2;
  }
  net::Loop loop;
  Load load(loop, std::move(settings), std::move(*tls));
  load.run();
  return load.results().errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "https_load: " << error.what() << "\n";
    return 1;
  }
}
