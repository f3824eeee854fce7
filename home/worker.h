#pragma once
// Everything that serves on one loop: the store's connection, the handlers, the listeners and their
// servers. Built before the loop runs; afterwards it belongs to the loop's thread.

#include <functional>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "home/access_log.h"
#include "home/authenticator.h"
#include "home/cluster.h"
#include "home/files.h"
#include "home/one_time_password.h"
#include "home/presence.h"
#include "home/store.h"
#include "home/uds.h"
#include "net/http/server.h"
#include "net/listener.h"

namespace home {

class WorkPool;

// What all workers share; each of them must outlive the workers.
struct WorkerNeeds {
  const Cluster& cluster;
  const std::string& database;  // the file, whose schema is current
  const std::string& folder;    // of further files; empty: none
  WorkPool& pool;
  AccessLog& log;
  const base::Clock& clock;
};

class Worker final {
 public:
  // System when the database cannot be opened or an address is not to be had.
  static base::Result<std::unique_ptr<Worker>> open(net::Loop& loop, const WorkerNeeds& needs,
                                                    std::shared_ptr<const net::TlsContext> tls,
                                                    const std::vector<base::Endpoint>& uds,
                                                    const std::vector<base::Endpoint>& files);
  // The pool must have stopped before (authenticator.h).
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Where it listens; the ports are real ones even if 0 was asked for.
  std::vector<base::Endpoint> uds_endpoints() const;
  std::vector<base::Endpoint> files_endpoints() const;

  void set_tls(std::shared_ptr<const net::TlsContext> tls);
  // Accepts no more and lets what is under way end; `done` comes from the loop, once.
  void drain(std::function<void()> done);

 private:
  using Listeners = std::vector<std::unique_ptr<net::Listener>>;

  Worker(net::Loop& loop, const WorkerNeeds& needs, Store store, OneTimePasswords one_time,
         std::shared_ptr<const net::TlsContext> tls);

  Store store_;
  OneTimePasswords one_time_;
  Authenticator authenticator_;
  Uds uds_;
  Presence presence_;
  Front front_;
  Files files_;
  net::http::Server uds_server_;
  net::http::Server files_server_;
  Listeners uds_listeners_;
  Listeners files_listeners_;
  std::function<void()> drained_;
  int draining_ = 0;  // servers that are not done yet
};

}  // namespace home
