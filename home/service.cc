#include "home/service.h"

#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/log_file.h"
#include "base/traffic_log.h"
#include "certs/credentials.h"
#include "home/access_log.h"
#include "home/config.h"
#include "home/seed.h"
#include "home/store.h"
#include "home/work_pool.h"
#include "home/worker.h"
#include "net/fd_limit.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/ticket_keys.h"
#include "net/timer.h"
#include "net/tls_context.h"
#include "net/workers.h"

namespace home {
namespace {

std::size_t worker_count(const Config& config) {
  if (config.workers > 0) return config.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "home";
  return name;
}

// Where lines go: one file, or two.
class Logs final {
 public:
  static base::Result<std::unique_ptr<Logs>> open(const LogConfig& config) {
    auto main = base::LogFile::open(config.file);
    if (!main) return main.error();
    std::unique_ptr<base::LogFile> second;
    if (config.traffic != config.file) {
      auto opened = base::LogFile::open(config.traffic);
      if (!opened) return opened.error();
      second = *std::move(opened);
    }
    return std::unique_ptr<Logs>(new Logs(*std::move(main), std::move(second), config));
  }

  base::Logger& log() { return log_; }
  base::TrafficLog& traffic() { return traffic_; }
  void set_levels(const LogConfig& config) {
    log_.set_level(config.level);
    traffic_.set_level(config.traffic_level);
  }
  void reopen() {
    main_->reopen();
    if (second_) second_->reopen();
  }

 private:
  Logs(std::unique_ptr<base::LogFile> main, std::unique_ptr<base::LogFile> second,
       const LogConfig& config)
      : main_(std::move(main)),
        second_(std::move(second)),
        log_(*main_, "home", config.level),
        traffic_(second_ ? *second_ : *main_, host_name(), getpid(), config.traffic_level) {}

  std::unique_ptr<base::LogFile> main_;
  std::unique_ptr<base::LogFile> second_;  // null: traffic goes to the main one
  base::Logger log_;
  base::TrafficLog traffic_;
};

base::Result<> prepare_database(const DatabaseConfig& config, base::Logger& log) {
  auto store = Store::open(config.file);
  if (!store) return store.error();
  if (config.seed.empty()) return {};
  const auto seed = load_seed(config.seed);
  if (!seed) return seed.error();
  const auto outcome = apply_seed(*store, *seed, Existing::Keep);
  if (!outcome) return outcome.error();
  log.info("database seeded", {{"file", config.seed}, {"added", outcome->added}});
  return {};
}

class Service final {
 public:
  Service(std::string config_file, Config config)
      : config_file_(std::move(config_file)),
        config_(std::move(config)),
        tickets_(std::make_shared<net::TicketKeys>()),
        drain_limit_(loop_, [this] { end_at_once("some requests did not end in time"); }) {}

  // Everything up to the first accepted connection.
  base::Result<> start();
  // Until a signal ends it.
  void run();

 private:
  base::Result<std::shared_ptr<const net::TlsContext>> make_tls(const UdsConfig& uds) const;
  base::Result<> open_workers(std::shared_ptr<const net::TlsContext> tls);
  void on_signal(int number);
  void reload();
  void drain();
  void end_at_once(std::string_view why);

  const std::string config_file_;
  const Config config_;
  net::Loop loop_;  // of the main thread: signals only
  std::unique_ptr<net::Signals> signals_;
  std::unique_ptr<Logs> logs_;
  std::shared_ptr<net::TicketKeys> tickets_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<net::Workers> threads_;
  std::unique_ptr<WorkPool> pool_;  // dies before the loops that its tasks post to
  std::vector<std::unique_ptr<Worker>> workers_;
  net::Timer drain_limit_;
  std::size_t draining_ = 0;  // workers that are not done yet
  bool ending_ = false;
};

base::Result<> Service::start() {
  // Signals first: threads started before would take them in the deadly way.
  auto signals = net::Signals::open(loop_, {SIGTERM, SIGINT, SIGHUP, SIGUSR1},
                                    [this](int number) { on_signal(number); });
  if (!signals) return signals.error();
  signals_ = *std::move(signals);
  auto logs = Logs::open(config_.log);
  if (!logs) return logs.error();
  logs_ = *std::move(logs);
  access_log_ = std::make_unique<AccessLog>(logs_->traffic());
  if (const auto raised = net::raise_fd_limit(); !raised) {
    logs_->log().warn("descriptor limit not raised", {{"why", raised.error().detail}});
  }
  if (auto ready = prepare_database(config_.database, logs_->log()); !ready) return ready;
  auto tls = make_tls(config_.uds);
  if (!tls) return tls.error();
  if (auto opened = open_workers(*std::move(tls)); !opened) return opened;
  threads_->start();
  return {};
}

base::Result<std::shared_ptr<const net::TlsContext>> Service::make_tls(const UdsConfig& uds) const {
  auto credentials = certs::Credentials::load(uds.certificate, uds.key);
  if (!credentials) return credentials.error();
  net::TlsServerOptions options;
  options.credentials = *std::move(credentials);
  options.alpn = {"h2", "http/1.1"};
  options.tickets = tickets_;
  return net::TlsContext::server(options);
}

base::Result<> Service::open_workers(std::shared_ptr<const net::TlsContext> tls) {
  threads_ = std::make_unique<net::Workers>(worker_count(config_), "home");
  pool_ = std::make_unique<WorkPool>();
  const WorkerNeeds needs{config_.cluster, config_.database.file, config_.files.folder,
                          *pool_,          *access_log_,          base::kSystemClock};
  std::vector<base::Endpoint> uds = config_.uds.listen;
  std::vector<base::Endpoint> files = config_.files.listen;
  for (std::size_t i = 0; i < threads_->count(); ++i) {
    auto worker = Worker::open(threads_->loop(i), needs, tls, uds, files);
    if (!worker) return worker.error();
    workers_.push_back(*std::move(worker));
    // Ports that the kernel gave to the first worker are everybody's.
    uds = workers_.front()->uds_endpoints();
    files = workers_.front()->files_endpoints();
  }
  for (const base::Endpoint& endpoint : uds) {
    logs_->log().info("listening", {{"service", "uds"}, {"address", to_string(endpoint)}});
  }
  for (const base::Endpoint& endpoint : files) {
    logs_->log().info("listening", {{"service", "files"}, {"address", to_string(endpoint)}});
  }
  return {};
}

void Service::run() {
  logs_->log().info("started", {{"workers", threads_->count()}, {"pid", getpid()}});
  loop_.run();
  pool_->stop();
  threads_->call_all([this](std::size_t index, net::Loop&) { workers_[index].reset(); });
  threads_->stop();
  threads_->join();
  logs_->log().info("ended");
}

void Service::on_signal(int number) {
  switch (number) {
    case SIGHUP:
      return reload();
    case SIGUSR1:
      logs_->reopen();
      logs_->log().info("log files opened anew");
      return;
    default:
      if (ending_) return end_at_once("asked to end a second time");
      return drain();
  }
}

void Service::reload() {
  const auto config = load_config(config_file_);
  if (!config) {
    logs_->log().error("reload refused, the old settings stay", {{"why", config.error().detail}});
    return;
  }
  const auto tls = make_tls(config->uds);
  if (!tls) {
    logs_->log().error("reload refused, the old settings stay", {{"why", tls.error().detail}});
    return;
  }
  logs_->set_levels(config->log);
  threads_->post_all([this, tls = *tls](std::size_t index, net::Loop&) {
    if (workers_[index]) workers_[index]->set_tls(tls);
  });
  logs_->log().info("certificate and log levels read anew");
}

void Service::drain() {
  ending_ = true;
  logs_->log().info("ending", {{"limit_ms", config_.drain.count()}});
  draining_ = threads_->count();
  drain_limit_.start(config_.drain);
  threads_->post_all([this](std::size_t index, net::Loop&) {
    workers_[index]->drain([this] {
      loop_.post([this] {
        if (--draining_ == 0) loop_.stop();
      });
    });
  });
}

void Service::end_at_once(std::string_view why) {
  logs_->log().warn("ending at once", {{"why", why}});
  loop_.stop();
}

}  // namespace

int serve(const std::string& config_file) {
  net::ignore_sigpipe();
  auto config = load_config(config_file);
  if (!config) {
    std::fputs(config.error().detail.c_str(), stderr);
    return 1;
  }
  Service service(config_file, *std::move(config));
  if (const auto started = service.start(); !started) {
    std::fprintf(stderr, "sallyport-home: %s\n", started.error().detail.c_str());
    return 1;
  }
  service.run();
  return 0;
}

}  // namespace home
