#pragma once
// The admin page of the home cluster: what is registered, and requests to phones. It lives on the
// loop of SIP (the first worker's), so it looks at everything directly.
//
//   GET /status, /metrics, /livez, /readyz   as for every daemon (service/admin.h)
//   PUT /options?line=5002                   sends OPTIONS to every phone of the line
//   PUT /notify?line=5002&event=service-control[&body=action%3Dcheck-version]
// The answer is how many were sent ("sent 1"); what the phones said stands in /status.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "home/config.h"
#include "home/sip_server.h"
#include "service/admin.h"
#include "service/logs.h"

namespace home {

// What it tells about; each of them must outlive it.
struct AdminNeeds {
  const Config& config;
  service::Logs& logs;
  SipServer* sip;  // null: there is no registrar
  std::string version;
};

class Admin final {
 public:
  // On config.admin, which is there. System when the address is not to be had.
  static base::Result<std::unique_ptr<Admin>> open(net::Loop& loop, AdminNeeds needs);
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  // The document of GET /status, and the answer to a PUT; none: no such path.
  std::string status() const;
  std::optional<net::http::TextResponse> command(std::string_view path, std::string_view query);

  // Without a listener, for open() and for tests.
  explicit Admin(AdminNeeds needs) : needs_(std::move(needs)) {}

 private:
  std::vector<service::Metric> metrics() const;

  AdminNeeds needs_;
  std::unique_ptr<service::Admin> page_;
};

}  // namespace home
