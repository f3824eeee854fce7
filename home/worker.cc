#include "home/worker.h"

#include <utility>

#include "net/loop.h"
#include "net/tls_context.h"

namespace home {
namespace {

net::http::ServerOptions with_tls(std::shared_ptr<const net::TlsContext> tls) {
  net::http::ServerOptions options;
  options.tls = std::move(tls);
  return options;
}

base::Result<> listen(net::Loop& loop, const std::vector<base::Endpoint>& endpoints,
                      net::http::Server& server,
                      std::vector<std::unique_ptr<net::Listener>>& listeners) {
  for (const base::Endpoint& endpoint : endpoints) {
    auto opened = net::Listener::open(
        loop, endpoint,
        [&server](net::Socket socket, const base::Endpoint&) { server.accept(std::move(socket)); },
        net::Sharing::Workers);
    if (!opened) return opened.error();
    listeners.push_back(*std::move(opened));
  }
  return {};
}

std::vector<base::Endpoint> endpoints_of(
    const std::vector<std::unique_ptr<net::Listener>>& listeners) {
  std::vector<base::Endpoint> endpoints;
  for (const auto& listener : listeners)
    endpoints.push_back(listener->local());
  return endpoints;
}

}  // namespace

base::Result<std::unique_ptr<Worker>> Worker::open(net::Loop& loop, const WorkerNeeds& needs,
                                                   std::shared_ptr<const net::TlsContext> tls,
                                                   const std::vector<base::Endpoint>& uds,
                                                   const std::vector<base::Endpoint>& files) {
  auto store = Store::open(needs.database, needs.clock);
  if (!store) return store.error();
  auto one_time = OneTimePasswords::open(needs.database, needs.clock);
  if (!one_time) return one_time.error();
  std::unique_ptr<Worker> worker(
      new Worker(loop, needs, *std::move(store), *std::move(one_time), std::move(tls)));
  auto opened = listen(loop, uds, worker->uds_server_, worker->uds_listeners_);
  if (opened) opened = listen(loop, files, worker->files_server_, worker->files_listeners_);
  if (!opened) return opened.error();
  return worker;
}

Worker::Worker(net::Loop& loop, const WorkerNeeds& needs, Store store, OneTimePasswords one_time,
               std::shared_ptr<const net::TlsContext> tls)
    : store_(std::move(store)),
      one_time_(std::move(one_time)),
      authenticator_(loop, needs.pool, store_, needs.clock),
      uds_(needs.cluster, store_, authenticator_, needs.log),
      presence_({needs.cluster, store_, authenticator_, one_time_, needs.log}),
      front_(presence_, uds_),
      files_(needs.cluster, store_, needs.log, needs.folder),
      uds_server_(loop, front_, with_tls(std::move(tls))),
      files_server_(loop, files_, with_tls(nullptr)) {}

Worker::~Worker() = default;

std::vector<base::Endpoint> Worker::uds_endpoints() const {
  return endpoints_of(uds_listeners_);
}

std::vector<base::Endpoint> Worker::files_endpoints() const {
  return endpoints_of(files_listeners_);
}

void Worker::set_tls(std::shared_ptr<const net::TlsContext> tls) {
  uds_server_.set_tls(std::move(tls));
}

void Worker::drain(std::function<void()> done) {
  if (draining_ > 0) return;  // asked for already
  for (const auto& listener : uds_listeners_)
    listener->close();
  for (const auto& listener : files_listeners_)
    listener->close();
  drained_ = std::move(done);
  draining_ = 2;
  const auto one_done = [this] {
    if (--draining_ == 0) drained_();
  };
  uds_server_.drain(one_done);
  files_server_.drain(one_done);
}

}  // namespace home
