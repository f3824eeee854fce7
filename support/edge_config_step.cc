// The step that signs in; declared in document_step.h.

#include <fmt/core.h>

#include "base/text.h"
#include "support/document_step.h"
#include "support/edge_connection.h"
#include "support/heads.h"

namespace support {
namespace {

class EdgeConfigStep final : public Step {
 public:
  explicit EdgeConfigStep(SignIn& sign_in) : sign_in_(sign_in) {}

  std::string id() const override { return "edge-config"; }
  std::string title() const override { return "sign in, edge config"; }
  bool applies() const override { return true; }
  void start(Done done) override {
    done_ = std::move(done);
    outcome_ = {};
    const std::string path = edge_config_path(sign_in_.account.domain);
    outcome_.where = fmt::format("https://{}:{}{}", printable(sign_in_.target.host),
                                 sign_in_.target.port, path.substr(0, path.find('?')));
    sign_in_.edge.fetch(client_request(sign_in_, path, true),
                        [this](base::Result<net::http::Document> document) {
                          if (document) return on_answer(*document);
                          outcome_.result = "no answer";
                          end(retry_or_stop(), explain_no_answer(document.error()));
                        });
  }

 private:
  // One edge without a link to a core does not speak for the others.
  StepStatus retry_or_stop() const {
    return sign_in_.has_other_edge() ? StepStatus::Retry : StepStatus::Stop;
  }

  void on_answer(const net::http::Document& document) {
    const int status = document.head.status;
    outcome_.http_status = status;
    outcome_.result = std::to_string(status);
    if (status != 200) {
      outcome_.said = server_said(document.head, document.body);
      return end(is_server_trouble(status) ? retry_or_stop() : StepStatus::Stop,
                 explain_status(Asked::EdgeConfig, document.head, {}));
    }
    auto config = parse_edge_config(document.body);
    if (!config) return unusable(config.error());
    auto cookie = session_cookie(document.head);
    if (!cookie) return unusable(cookie.error());

    sign_in_.config = std::move(*config);
    sign_in_.cookie = std::move(cookie->value);
    outcome_.result += ", " + summary();
    const Explanation remark = remarks(document.head, *cookie);
    end(remark.problem.empty() ? StepStatus::Ok : StepStatus::Note, remark);
  }

  void unusable(const base::Error& why) {
    end(StepStatus::Stop, explain_body(Asked::EdgeConfig, why, {}));
  }

  std::string summary() const {
    const EdgeConfig& config = sign_in_.config;
    const EdgeServer& home = config.user_uds_nodes.front();
    return fmt::format(
        "home {}:{}; {} edges for SIP, {} for XMPP, {} for HTTPS, {} for TURN; "
        "{} SIP routes, {} TFTP servers; session cookie",
        home.address, home.port, config.sip_edges.size(), config.xmpp_edges.size(),
        config.http_edges.size(), config.turn_edges.size(), config.sip_routes.size(),
        config.tftp_servers.size());
  }

  // What does not keep a client from going on, but should be put right.
  Explanation remarks(const net::http::ResponseHead& head, const SessionCookie& cookie) const {
    for (const char* name : {"_cisco-uds", "_cuplogin"}) {
      const Service* service = sign_in_.config.service(name);
      if (service == nullptr || !service->error.empty()) {
        return {fmt::format("the core found no {} inside ({})", name,
                            service == nullptr ? "not in the answer" : service->error),
                fmt::format("the inside DNS: {}._tcp.{}", name, sign_in_.account.domain)};
      }
    }
    if (!cookie.secure || !cookie.http_only) {
      return {"the session cookie is not marked Secure and HttpOnly",
              "what stands between: our edge marks it"};
    }
    const auto type = head.fields.get("Content-Type");
    if (!type || !base::iequals(base::trim(type->substr(0, type->find(';'))), "text/xml")) {
      return {"the answer is not labelled text/xml", "what stands between: our edge labels it"};
    }
    return {};
  }

  void end(StepStatus status, Explanation explanation) {
    outcome_.status = status;
    outcome_.problem = std::move(explanation.problem);
    outcome_.advice = std::move(explanation.advice);
    done_(std::move(outcome_));
  }

  SignIn& sign_in_;
  StepOutcome outcome_;
  Done done_;
};

}  // namespace

std::unique_ptr<Step> edge_config_step(SignIn& sign_in) {
  return std::make_unique<EdgeConfigStep>(sign_in);
}

}  // namespace support
