#include "home/service.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "certs/credentials.h"
#include "home/access_log.h"
#include "home/admin.h"
#include "home/config.h"
#include "home/seed.h"
#include "home/sip_server.h"
#include "home/store.h"
#include "home/work_pool.h"
#include "home/worker.h"
#include "net/loop.h"
#include "net/scheduling.h"
#include "net/signals.h"
#include "net/tcp.h"
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

// Before the database is touched: another home may have them, and serve from it.
base::Result<> check_addresses(const Config& config) {
  for (const auto* addresses : {&config.uds.listen, &config.files.listen, &config.sip.listen}) {
    if (auto free = net::check_free(*addresses, net::kEnding); !free) return free;
  }
  return config.admin ? net::check_free({&*config.admin, 1}, net::kEnding) : base::Result<>();
}

class Service final : public service::Daemon {
 public:
  Service(net::Loop& loop, service::Logs& logs, std::string config_file, Config config,
          std::string version)
      : loop_(loop),
        logs_(logs),
        config_file_(std::move(config_file)),
        config_(std::move(config)),
        version_(std::move(version)),
        tickets_(std::make_shared<net::TicketKeys>()) {}
  ~Service();

  base::Result<> start() override;
  base::Result<> reload() override;
  void drain(std::function<void()> done) override;

 private:
  base::Result<std::shared_ptr<const net::TlsContext>> make_tls(const UdsConfig& uds) const;
  base::Result<> open_workers(std::shared_ptr<const net::TlsContext> tls);
  base::Result<> open_sip();
  void log_listening(const char* service, const std::vector<base::Endpoint>& endpoints);

  net::Loop& loop_;  // of the main thread
  service::Logs& logs_;
  const std::string config_file_;
  const Config config_;
  const std::string version_;
  std::shared_ptr<net::TicketKeys> tickets_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<net::Workers> threads_;
  std::unique_ptr<WorkPool> pool_;  // dies before the loops that its tasks post to
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<SipServer> sip_;  // on the first worker's loop, like the admin page; may be null
  std::unique_ptr<Admin> admin_;    // may be null
  bool running_ = false;            // the threads of the workers
  std::size_t draining_ = 0;        // workers, and SIP, that are not done yet
};

Service::~Service() {
  if (!running_) return;
  pool_->stop();
  threads_->call_all([this](std::size_t index, net::Loop&) {
    if (index == 0) {
      admin_.reset();
      sip_.reset();
    }
    workers_[index].reset();
  });
  threads_->stop();
  threads_->join();
}

base::Result<> Service::start() {
  if (auto free = check_addresses(config_); !free) return free;
  access_log_ = std::make_unique<AccessLog>(logs_.traffic());
  if (auto ready = prepare_database(config_.database, logs_.log()); !ready) return ready;
  auto tls = make_tls(config_.uds);
  if (!tls) return tls.error();
  if (auto opened = open_workers(*std::move(tls)); !opened) return opened;
  if (auto opened = open_sip(); !opened) return opened;
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
  log_listening("uds", uds);
  log_listening("files", files);
  return {};
}

base::Result<> Service::open_sip() {
  net::Loop& loop = threads_->loop(0);
  if (!config_.sip.listen.empty()) {
    auto sip = SipServer::open(loop, {config_, logs_.log(), logs_.traffic(), base::kSystemClock});
    if (!sip) return sip.error();
    sip_ = *std::move(sip);
    log_listening("sip", sip_->endpoints());
  }
  if (!config_.admin) return {};
  auto admin = Admin::open(loop, {config_, logs_, sip_.get(), version_});
  if (!admin) return admin.error();
  admin_ = *std::move(admin);
  log_listening("admin", {*config_.admin});
  return {};
}

void Service::log_listening(const char* service, const std::vector<base::Endpoint>& endpoints) {
  for (const base::Endpoint& endpoint : endpoints) {
    logs_.log().info("listening", {{"service", service}, {"address", to_string(endpoint)}});
  }
}

base::Result<> Service::reload() {
  std::vector<std::string> kept;
  const auto config = reload_config(config_file_, config_, kept);
  if (!config) return config.error();
  const auto tls = make_tls(config->uds);
  if (!tls) return tls.error();
  service::warn_of_restart(logs_.log(), kept);
  logs_.set_levels(config->log.level, config->traffic_log.level);
  threads_->post_all([this, tls = *tls](std::size_t index, net::Loop&) {
    if (workers_[index]) workers_[index]->set_tls(tls);
  });
  return {};
}

void Service::drain(std::function<void()> done) {
  draining_ = threads_->count() + (sip_ ? 1 : 0);
  const auto one_done = [this, done = std::move(done)] {
    if (--draining_ == 0) done();
  };
  threads_->post_all([this, one_done](std::size_t index, net::Loop&) {
    const auto done_here = [this, one_done] { loop_.post(one_done); };
    if (index == 0 && sip_) sip_->drain(done_here);
    workers_[index]->drain(done_here);
  });
}

}  // namespace

int serve(const std::string& config_file, const std::string& version) {
  net::ignore_sigpipe();
  net::use_batch_scheduling();
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
  Service service(loop, **logs, config_file, *std::move(config), version);
  return service::run(loop, **logs, service);
}

}  // namespace home
