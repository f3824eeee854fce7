#pragma once
// The configuration files over HTTP (port 6970; wire.md 5): what the store knows as XML, and the
// files of one folder as they are.
//
//   <Device>.cnf.xml                                   from the store
//   SPDefault.cnf.xml, CUPC/AppDialRules.xml,
//   CUPC/DirLookupDialRules.xml                        the folder's file, else made here
//   anything else (jabber-config.xml …)                the folder's file, else 404
//
// There are no credentials on this port, as at a call manager: it is reached from inside only, and
// the core gives each user none but their own device files.

#include <string>

#include "home/access_log.h"
#include "home/cluster.h"
#include "home/folder.h"
#include "home/request.h"
#include "home/store.h"
#include "net/http/exchange.h"

namespace home {

class Files final : public net::http::Handler {
 public:
  // One for each worker. `folder` may be empty: there is none. The others must outlive it.
  Files(const Cluster& cluster, Store& store, AccessLog& log, std::string folder);

  void handle(net::http::Exchange& exchange) override;

 private:
  class Sender;

  // The device's file; NotFound if there is no such device.
  base::Result<std::string> device_text(std::string_view file_name);
  Reply fallback(const Resource& resource);
  void send_file(net::http::Exchange& exchange, net::http::ExchangeTrace& trace, OpenFile file,
                 std::string_view name);

  const Cluster& cluster_;
  Store& store_;
  AccessLog& log_;
  const std::string folder_;
};

}  // namespace home
