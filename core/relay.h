#pragma once
// The core's handler for what comes over a link (wire.md 3 to 5): decides who asks and whether they
// may, and passes the exchange to the server inside that the host path names.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_map.h"
#include "core/refusal.h"
#include "core/sign_in.h"
#include "core/surroundings.h"
#include "net/http/exchange.h"
#include "net/http/traffic.h"
#include "policy/allow_list.h"
#include "policy/host_path.h"

namespace core {

class Relay final : public net::http::Handler {
 public:
  // Everything must outlive the relay.
  explicit Relay(const Surroundings& around);

  void handle(net::http::Exchange& exchange) override;

  // One for each domain; they must outlive the relay.
  void set_domains(std::span<const std::unique_ptr<Discovery>> discoveries);
  void set_sign_in(std::shared_ptr<const SignInSettings> settings) {
    sign_in_ = std::move(settings);
  }
  // `shared_files`: paths that every session may fetch from a TFTP server.
  void set_allow_list(std::shared_ptr<const policy::AllowList> allow,
                      std::vector<std::string> shared_files) {
    allow_ = std::move(allow);
    shared_files_ = std::move(shared_files);
  }
  std::size_t active_count() const { return active_; }

 private:
  class Pending;
  class Forwarding;

  // Who asks: proven by a session, or by a password that was accepted lately or is about to be
  // asked about.
  struct Caller {
    std::shared_ptr<const policy::SessionToken> session;  // null: by a password
    std::string user = {};
    std::vector<std::string> devices = {};
    std::optional<policy::BasicCredentials> unproven = {};  // with the canonical name
    std::string typed = {};                                 // the name as it came
  };
  using Trace = net::http::ExchangeTrace;

  std::optional<Refusal> identify(const net::http::RequestHead& request, const Discovery& domain,
                                  Caller& caller) const;
  std::optional<Refusal> identify_by_password(base::Result<policy::BasicCredentials> basic,
                                              const Discovery& domain, Caller& caller) const;
  std::optional<Refusal> judge_access(const std::string& user) const;
  void sign_in(net::http::Exchange& exchange, Trace trace, const Discovery& domain);
  std::optional<Refusal> judge(const net::http::RequestHead& request, const Node& node,
                               std::string_view target, std::span<const std::string> devices) const;
  // Joins the exchange with a call to the node; the job to attach.
  std::unique_ptr<net::http::Job> forward(net::http::Exchange& exchange, Trace trace,
                                          const Node& node, std::string_view target);
  void refuse(net::http::Exchange& exchange, net::http::ExchangeTrace& trace,
              const Refusal& refusal);

  const Surroundings& around_;
  base::TextMap<const Discovery*> domains_;
  std::shared_ptr<const SignInSettings> sign_in_;
  std::shared_ptr<const policy::AllowList> allow_;
  std::vector<std::string> shared_files_;
  policy::HostPathCache host_paths_;
  std::size_t active_ = 0;  // exchanges with a server inside
};

// Removes what no server inside may say to a client: a session cookie, which is ours to set, and
// Via, which names hosts inside.
void clean_answer(net::http::Fields& fields);

// The head that goes to a server inside: the session's cookie and our own fields are removed, this
// hop is added.
net::http::RequestHead upstream_head(const net::http::RequestHead& request, const Node& node,
                                     std::string_view target, const net::http::Peer& peer);

}  // namespace core
