#pragma once
// The edge as a whole: its workers, the listener for cores, the admin page.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "edge/board.h"
#include "edge/snapshot.h"
#include "edge/worker.h"
#include "net/listener.h"
#include "net/workers.h"
#include "service/admin.h"
#include "service/daemon.h"
#include "service/expiry.h"
#include "service/logs.h"

namespace edge {

class Edge final : public service::Daemon {
 public:
  // `loop` (the main thread's) and `logs` must outlive it. `config_file` is read again on reload.
  Edge(net::Loop& loop, service::Logs& logs, std::string config_file, std::string version,
       Config config);
  ~Edge();

  base::Result<> start() override;
  base::Result<> reload() override;
  void drain(std::function<void()> done) override;

 private:
  base::Result<> listen();
  void judge_certificates();
  void hand_over(net::Socket socket);
  std::string status() const;
  std::vector<service::Metric> metrics() const;
  std::string not_ready() const;

  net::Loop& loop_;
  service::Logs& logs_;
  const std::string config_file_;
  const std::string version_;
  Config config_;
  std::shared_ptr<net::TicketKeys> tickets_;
  const SipSecrets sip_secrets_;
  std::shared_ptr<const Snapshot> snapshot_;
  service::ExpiryWatch expiry_;
  net::Workers threads_;
  Board board_;
  std::vector<std::unique_ptr<Worker>> workers_;  // each touched by its own thread only
  std::vector<std::unique_ptr<net::Listener>> tunnel_listeners_;
  std::size_t next_worker_ = 0;
  std::size_t draining_ = 0;
  std::unique_ptr<service::Admin> admin_;
};

}  // namespace edge
