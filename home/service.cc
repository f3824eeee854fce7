#include "home/service.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "certs/credentials.h"
#include "home/access_log.h"
#include "home/config.h"
#include "home/seed.h"
#include "home/store.h"
#include "home/work_pool.h"
#include "home/worker.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/ticket_keys.h"
#include "net/tls_context.h"
#include "net/workers.h"
#include "service/daemon.h"
#include "service/logs.h"

namespace home {
namespace {

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

class Service final : public service::Daemon {
 public:
  Service(net::Loop& loop, service::Logs& logs, std::string config_file, Config config)
      : loop_(loop),
        logs_(logs),
        config_file_(std::move(config_file)),
        config_(std::move(config)),
        tickets_(std::make_shared<net::TicketKeys>()) {}
  ~Service();

  base::Result<> start() override;
  base::Result<> reload() override;
  void drain(std::function<void()> done) override;

 private:
  base::Result<std::shared_ptr<const net::TlsContext>> make_tls(const UdsConfig& uds) const;
  base::Result<> open_workers(std::shared_ptr<const net::TlsContext> tls);

  net::Loop& loop_;  // of the main thread
  service::Logs& logs_;
  const std::string config_file_;
  const Config config_;
  std::shared_ptr<net::TicketKeys> tickets_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<net::Workers> threads_;
  std::unique_ptr<WorkPool> pool_;  // dies before the loops that its tasks post to
  std::vector<std::unique_ptr<Worker>> workers_;
  bool running_ = false;      // the threads of the workers
  std::size_t draining_ = 0;  // workers that are not done yet
};

Service::~Service() {
  if (!running_) return;
  pool_->stop();
  threads_->call_all([this](std::size_t index, net::Loop&) { workers_[index].reset(); });
  threads_->stop();
  threads_->join();
}

base::Result<> Service::start() {
  access_log_ = std::make_unique<AccessLog>(logs_.traffic());
  if (auto ready = prepare_database(config_.database, logs_.log()); !ready) return ready;
  auto tls = make_tls(config_.uds);
  if (!tls) return tls.error();
  if (auto opened = open_workers(*std::move(tls)); !opened) return opened;
  threads_->start();
  running_ = true;
  logs_.log().info("home started", {{"workers", threads_->count()}});
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
  threads_ = std::make_unique<net::Workers>(net::worker_count(config_.workers), "home");
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
    logs_.log().info("listening", {{"service", "uds"}, {"address", to_string(endpoint)}});
  }
  for (const base::Endpoint& endpoint : files) {
    logs_.log().info("listening", {{"service", "files"}, {"address", to_string(endpoint)}});
  }
  return {};
}

base::Result<> Service::reload() {
  const auto config = load_config(config_file_);
  if (!config) return config.error();
  const auto tls = make_tls(config->uds);
  if (!tls) return tls.error();
  logs_.set_levels(config->log.level, config->traffic_log.level);
  threads_->post_all([this, tls = *tls](std::size_t index, net::Loop&) {
    if (workers_[index]) workers_[index]->set_tls(tls);
  });
  return {};
}

void Service::drain(std::function<void()> done) {
  draining_ = threads_->count();
  const auto one_done = [this, done = std::move(done)] {
    if (--draining_ == 0) done();
  };
  threads_->post_all([this, one_done](std::size_t index, net::Loop&) {
    workers_[index]->drain([this, one_done] { loop_.post(one_done); });
  });
}

}  // namespace

int serve(const std::string& config_file) {
  net::ignore_sigpipe();
  auto config = load_config(config_file);
  if (!config) {
    std::fputs(config.error().detail.c_str(), stderr);
    return 1;
  }
  auto logs =
      service::Logs::open("home", config->cluster.nodes.front(), config->log, config->traffic_log);
  if (!logs) {
    std::fprintf(stderr, "sallyport-home: %s\n", logs.error().detail.c_str());
    return 1;
  }
  net::Loop loop;
  Service service(loop, **logs, config_file, *std::move(config));
  return service::run(loop, **logs, service);
}

}  // namespace home
