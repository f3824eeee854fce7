#include "core/core.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "core/revoke.h"
#include "net/loop.h"
#include "net/tcp.h"

namespace core {
namespace {

constexpr std::size_t kInstanceBytes = 16;

policy::RateOptions rate_options(const Config& config) {
  policy::RateOptions options;
  options.limit = config.rate_control.authorizations;
  options.window = std::chrono::duration_cast<std::chrono::seconds>(config.rate_control.period);
  return options;
}

}  // namespace

Core::Core(net::Loop& loop, service::Logs& logs, std::string config_file, std::string version,
           Config config)
    : loop_(loop),
      logs_(logs),
      config_file_(std::move(config_file)),
      version_(std::move(version)),
      config_(std::move(config)),
      expiry_(loop, logs.log(), base::kSystemClock),
      memory_(std::make_shared<policy::SharedMemory>(rate_options(config_))),
      threads_(net::worker_count(config_.workers), "core"),
      board_(threads_.count()),
      links_(threads_.count()),
      switchboard_(threads_.count()),
      workers_(threads_.count()) {}

Core::~Core() {
  if (!snapshot_) return;  // never started: no thread runs
  threads_.call_all([this](std::size_t worker, net::Loop&) { workers_[worker].reset(); });
  threads_.stop();
  threads_.join();
}

base::Result<> Core::start() {
  // Before a worker dials an edge, which would have two of this core.
  if (auto free = net::check_free(config_.sip.listen, net::kEnding); !free) return free;
  if (auto free = net::check_free({&config_.admin, 1}, net::kEnding); !free) return free;
  auto signer = policy::SessionSigner::load_or_create(config_.session.key);
  if (!signer) return signer.error();
  signer_ = std::move(*signer);
  auto snapshot = make_snapshot(config_);
  if (!snapshot) return snapshot.error();
  use(std::move(*snapshot));
  threads_.start();
  if (const auto started = start_workers(); !started) return started;
  auto admin = service::Admin::open(
      loop_, config_.admin, logs_,
      {.status = [this] { return status(); },
       .metrics = [this] { return metrics(); },
       .not_ready = [this] { return not_ready(); },
       .command = [this](std::string_view path,
                         std::string_view query) { return command(path, query); },
       .host_name = config_.name});
  if (!admin) return admin.error();
  admin_ = std::move(*admin);
  logs_.log().info("core started",
                   {{"name", config_.name}, {"version", version_}, {"workers", threads_.count()}});
  return {};
}

void Core::use(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  expiry_.set({{snapshot_->config.tunnel.certificate, snapshot_->credentials}});
}

base::Result<> Core::start_workers() {
  const Shared shared{logs_.log(),
                      logs_.traffic(),
                      base::kSystemClock,
                      board_,
                      links_,
                      *signer_,
                      memory_,
                      accounts_,
                      switchboard_,
                      base::random_hex(kInstanceBytes)};
  std::vector<base::Result<>> results(threads_.count());
  threads_.call_all([&](std::size_t worker, net::Loop& loop) {
    auto opened = Worker::open(loop, worker, shared, snapshot_);
    if (opened) {
      workers_[worker] = std::move(*opened);
    } else {
      results[worker] = opened.error();
    }
  });
  for (const base::Result<>& result : results) {
    if (!result) return result;
  }
  return {};
}

base::Result<> Core::reload() {
  base::config::Report report(config_file_);
  Config config = load_config(report);
  const std::vector<std::string> kept = config_schema().keep(config, config_);
  if (report.ok() && !kept.empty()) check_certificate(config, report);
  if (!report.ok()) return base::Error{base::Errc::Malformed, report.to_string()};
  auto snapshot = make_snapshot(std::move(config), snapshot_.get());
  if (!snapshot) return snapshot.error();
  use(std::move(*snapshot));
  service::warn_of_restart(logs_.log(), kept);
  const Config& now = snapshot_->config;
  logs_.set_levels(now.log.level, now.traffic_log.level);
  threads_.post_all([this, snapshot = snapshot_](std::size_t worker, net::Loop&) {
    workers_[worker]->apply(snapshot);
  });
  return {};
}

std::optional<net::http::TextResponse> Core::command(std::string_view path,
                                                     std::string_view query) {
  if (path == "/revoke") return revoke(query);
  return std::nullopt;
}

net::http::TextResponse Core::revoke(std::string_view query) {
  const auto revocation = parse_revoke(query, config_.domains, base::kSystemClock.now());
  if (!revocation) return net::http::text_response(400, revocation.error().detail);
  const std::string account = revocation->user + "@" + revocation->domain;
  logs_.log().warn("sessions revoked by an administrator", {{"user", account}});
  // Any worker will do: all of them watch the store.
  threads_.loop(0).post([this, revocation = *revocation] {
    if (workers_[0]) workers_[0]->revoke(revocation);
  });
  return net::http::text_response(200, "the sessions of " + account + " are revoked");
}

void Core::drain(std::function<void()> done) {
  draining_ = threads_.count();
  const auto one_done = [this, done = std::move(done)] {
    if (--draining_ == 0) done();
  };
  threads_.post_all([this, one_done](std::size_t worker, net::Loop&) {
    workers_[worker]->drain([this, one_done] { loop_.post(one_done); });
  });
}

}  // namespace core
