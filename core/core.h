#pragma once
// The core as a whole: its workers and the admin page. It listens to nobody else; every connection
// of the pair is one that it dialled.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/board.h"
#include "core/snapshot.h"
#include "core/worker.h"
#include "net/tunnel/link_table.h"
#include "net/workers.h"
#include "service/admin.h"
#include "service/daemon.h"
#include "service/expiry.h"
#include "service/logs.h"

namespace core {

class Core final : public service::Daemon {
 public:
  // `loop` (the main thread's) and `logs` must outlive it. `config_file` is read again on reload.
  Core(net::Loop& loop, service::Logs& logs, std::string config_file, std::string version,
       Config config);
  ~Core();

  base::Result<> start() override;
  base::Result<> reload() override;
  void drain(std::function<void()> done) override;

 private:
  base::Result<> start_workers();
  void use(std::shared_ptr<const Snapshot> snapshot);
  std::optional<net::http::TextResponse> command(std::string_view path, std::string_view query);
  net::http::TextResponse revoke(std::string_view query);
  std::string status() const;
  std::vector<service::Metric> metrics() const;
  std::string not_ready() const;

  net::Loop& loop_;
  service::Logs& logs_;
  const std::string config_file_;
  const std::string version_;
  Config config_;
  std::shared_ptr<const Snapshot> snapshot_;
  service::ExpiryWatch expiry_;
  std::unique_ptr<policy::SessionSigner> signer_;
  std::shared_ptr<policy::SharedMemory> memory_;
  Accounts accounts_;
  net::Workers threads_;
  Board board_;
  net::tunnel::LinkTable links_;
  SipSwitchboard switchboard_;
  std::vector<std::unique_ptr<Worker>> workers_;  // each touched by its own thread only
  std::size_t draining_ = 0;
  std::unique_ptr<service::Admin> admin_;
};

}  // namespace core
