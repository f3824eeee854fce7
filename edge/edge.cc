#include "edge/edge.h"

#include <algorithm>
#include <utility>

#include "edge/public_certificate.h"
#include "net/fd_limit.h"
#include "net/loop.h"
#include "net/tcp.h"

namespace edge {
namespace {

// Descriptors that clients may not take: links, the admin page, logs and files must go on while
// somebody opens as many connections as the system allows.
constexpr std::uint64_t kReservedDescriptors = 1024;

// What was configured, as far as there are descriptors for it.
ClientRoom client_room(const Config& config, std::size_t workers, base::Logger& log) {
  ClientRoom room;
  room.of_worker = config.limits.connections;
  room.served = {&Counters::https_connections};
  if (!config.listen.sip.empty()) room.served.push_back(&Counters::sip_connections);
  if (!config.listen.xmpp.empty()) room.served.push_back(&Counters::xmpp_connections);
  const std::uint64_t wanted = room.of_worker * workers * room.served.size();
  room.of_process = wanted;
  const auto descriptors = net::raise_fd_limit();
  if (!descriptors) return room;
  room.of_process = *descriptors - std::min(kReservedDescriptors, *descriptors / 4);
  if (room.of_process < wanted) {
    log.warn("fewer client connections than configured: raise the limit of open files",
             {{"connections", room.of_process}, {"open_files", *descriptors}});
  }
  return room;
}

// All of them before any thread runs: another edge may have them, whose clients a worker here would
// take until the one listener that cannot be shared has failed.
base::Result<> check_addresses(const ListenConfig& listen) {
  for (const auto* addresses : {&listen.https, &listen.sip, &listen.xmpp, &listen.tunnel}) {
    if (auto free = net::check_free(*addresses, net::kEnding); !free) return free;
  }
  return net::check_free({&listen.admin, 1}, net::kEnding);
}

}  // namespace

Edge::Edge(net::Loop& loop, service::Logs& logs, std::string config_file, std::string version,
           Config config)
    : loop_(loop),
      logs_(logs),
      config_file_(std::move(config_file)),
      version_(std::move(version)),
      config_(std::move(config)),
      tickets_(std::make_shared<net::TicketKeys>()),
      expiry_(loop, logs.log(), base::kSystemClock),
      threads_(net::worker_count(config_.workers), "edge"),
      board_(threads_.count()),
      workers_(threads_.count()) {}

Edge::~Edge() {
  if (!snapshot_) return;  // never started: no thread runs
  threads_.call_all([this](std::size_t worker, net::Loop&) { workers_[worker].reset(); });
  threads_.stop();
  threads_.join();
}

base::Result<> Edge::start() {
  if (auto free = check_addresses(config_.listen); !free) return free;
  auto snapshot =
      make_snapshot(config_, client_room(config_, threads_.count(), logs_.log()), tickets_);
  if (!snapshot) return snapshot.error();
  snapshot_ = std::move(*snapshot);
  judge_certificates();
  threads_.start();
  if (const auto listening = listen(); !listening) return listening;
  auto admin = service::Admin::open(loop_, config_.listen.admin, logs_,
                                    {.status = [this] { return status(); },
                                     .metrics = [this] { return metrics(); },
                                     .not_ready = [this] { return not_ready(); },
                                     .host_name = config_.name});
  if (!admin) return admin.error();
  admin_ = std::move(*admin);
  logs_.log().info("edge started",
                   {{"name", config_.name}, {"version", version_}, {"workers", threads_.count()}});
  return {};
}

// None of this is a reason to refuse the start: what does not look at the certificate still works.
// But somebody must hear of it before every client does.
void Edge::judge_certificates() {
  const Snapshot& now = *snapshot_;
  for (const std::string& fault :
       public_certificate_faults(*now.credentials, *now.sip->trust, now.config.name,
                                 now.config.domains, base::kSystemClock.now())) {
    logs_.log().warn("the certificate shown to clients is at fault",
                     {{"file", now.config.tls.certificate}, {"fault", fault}});
  }
  std::vector<service::OwnCertificate> shown{{now.config.tls.certificate, now.credentials}};
  if (now.tunnel_credentials != now.credentials)
    shown.push_back({now.config.tunnel.certificate, now.tunnel_credentials});
  expiry_.set(std::move(shown));
}

base::Result<> Edge::listen() {
  std::vector<base::Result<>> results(threads_.count());
  const Surroundings around{logs_.log(), logs_.traffic(), base::kSystemClock, board_, sip_secrets_};
  threads_.call_all([&](std::size_t worker, net::Loop& loop) {
    workers_[worker] = std::make_unique<Worker>(loop, worker, threads_.count(), around, snapshot_);
    results[worker] = workers_[worker]->listen();
  });
  for (const base::Result<>& result : results) {
    if (!result) return result;
  }
  for (const base::Endpoint& local : config_.listen.tunnel) {
    auto listener = net::Listener::open(
        loop_, local,
        [this](net::Socket socket, const base::Endpoint&) { hand_over(std::move(socket)); });
    if (!listener) return listener.error();
    tunnel_listeners_.push_back(std::move(*listener));
  }
  return {};
}

// Cores want a link to every worker, so their connections go round.
void Edge::hand_over(net::Socket socket) {
  const std::size_t worker = next_worker_++ % threads_.count();
  auto shared = std::make_shared<net::Socket>(std::move(socket));  // tasks must be copyable
  threads_.loop(worker).post([this, worker, shared] {
    if (workers_[worker]) workers_[worker]->accept_link(std::move(*shared));
  });
}

base::Result<> Edge::reload() {
  base::config::Report report(config_file_);
  Config config = load_config(report);
  const std::vector<std::string> kept = config_schema().keep(config, config_);
  if (report.ok() && !kept.empty()) check_certificates(config, report);
  if (!report.ok()) return base::Error{base::Errc::Malformed, report.to_string()};
  ClientRoom room = client_room(config, threads_.count(), logs_.log());
  auto snapshot = make_snapshot(std::move(config), std::move(room), tickets_);
  if (!snapshot) return snapshot.error();
  snapshot_ = std::move(*snapshot);
  judge_certificates();
  service::warn_of_restart(logs_.log(), kept);
  const Config& now = snapshot_->config;
  logs_.set_levels(now.log.level, now.traffic_log.level);
  threads_.post_all([this, snapshot = snapshot_](std::size_t worker, net::Loop&) {
    workers_[worker]->apply(snapshot);
  });
  return {};
}

void Edge::drain(std::function<void()> done) {
  tunnel_listeners_.clear();
  draining_ = threads_.count();
  const auto one_done = [this, done = std::move(done)] {
    if (--draining_ == 0) done();
  };
  threads_.post_all([this, one_done](std::size_t worker, net::Loop&) {
    workers_[worker]->drain([this, one_done] { loop_.post(one_done); });
  });
}

}  // namespace edge
