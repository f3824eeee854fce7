#pragma once
// What home's HTTPS services stand on, for tests of one of them.

#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/traffic_log.h"
#include "home/access_log.h"
#include "home/authenticator.h"
#include "home/cluster.h"
#include "home/work_pool.h"
#include "net/loop.h"
#include "tests/fakes/log_sink.h"
#include "tests/fakes/run_loop.h"
#include "tests/home/fake_exchange.h"
#include "tests/home/scratch.h"

namespace home {

inline std::string basic(std::string_view user, std::string_view password) {
  return "Basic " + base::encode_base64(std::string(user) + ":" + std::string(password));
}

struct ServiceBench {
  Lab lab;
  net::Loop loop;
  WorkPool pool{1, 1};
  Cluster cluster;
  fakes::MemorySink lines;
  base::TrafficLog traffic{lines, "home", 1, base::Level::Debug, lab.clock};
  AccessLog log{traffic};
  Authenticator authenticator{loop, pool, lab.store, lab.clock};

  ServiceBench() { cluster.nodes = {"ucm-pub.lab.example", "ucm-sub.lab.example"}; }
  ~ServiceBench() { pool.stop(); }

  // Returns once `service` has answered.
  void serve(net::http::Handler& service, FakeExchange& exchange) {
    service.handle(exchange);
    fakes::run_until(loop, [&] { return exchange.finished(); });
  }
};

}  // namespace home
