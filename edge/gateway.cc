#include "edge/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "net/http/joint.h"
#include "policy/basic_auth.h"
#include "policy/cookie.h"
#include "policy/request_session.h"
#include "policy/user.h"

namespace edge {

namespace http = net::http;
using net::tunnel::Link;

namespace {

// Told to a client that must come back; links return within seconds.
constexpr std::string_view kRetryAfterSeconds = "2";
constexpr std::string_view kRealm = "Basic realm=\"Cisco-Edge\"";

// What a client says about itself or about how it reached us is never believed inside.
bool is_ours(std::string_view name) {
  const auto is = [name](std::string_view ours) { return http::same_name(name, ours); };
  constexpr std::string_view kForwarded = "x-forwarded-";  // whatever follows
  if (http::same_name(name.substr(0, kForwarded.size()), kForwarded)) return true;
  switch (name.size()) {
    case 3:
      return is("via");
    case 9:
      return is("forwarded") || is("x-real-ip");
    case 10:
      return is("tracestate");
    case 11:
      return is("traceparent") || is("x-client-ip");
    case 12:
      return is("x-request-id");
    case 13:
      return is("sallyport-txn");
    case 14:
      return is("true-client-ip") || is(net::tunnel::kFlowField);
    case 16:
      return is("x-correlation-id");
    default:
      return false;
  }
}

// What inside_head() adds, with room to spare for IPv6 addresses.
constexpr std::size_t kAddedFields = 4;
constexpr std::size_t kAddedBytes = 240;

// As the traffic log shows it behind "https://": "<base64>/rest" (docs/wire.md 8).
std::string_view without_first_slash(std::string_view target) {
  return target.starts_with('/') ? target.substr(1) : target;
}

}  // namespace

struct Gateway::Refusal {
  int status = 400;
  std::string_view event = "Request Refused";
  std::string reason;     // for the log
  std::string_view line;  // for the client
  Counters::Count* count = nullptr;
};

struct Gateway::Admission {
  std::string domain;
  std::string user;  // canonical; whose requests go to one core
};

// An exchange on its way through a core.
class Gateway::Forwarding final : public http::JointHooks {
 public:
  Forwarding(Gateway& gateway, const http::Exchange& exchange, Admission admission,
             http::ExchangeTrace trace, const Link& link)
      : gateway_(gateway),
        exchange_(exchange),
        admission_(std::move(admission)),
        trace_(std::move(trace)),
        core_(link.shared_core()),
        core_address_(link.stream().remote) {}

  // The head for the core behind `link`, to which it is about to go.
  http::RequestHead head_for(const Link& link) {
    http::RequestHead head =
        inside_head(exchange_.request(), admission_.domain, exchange_.peer(), trace_.txn_id());
    trace_.sending_request(link.stream().remote, head,
                           {head.scheme, "://", head.authority, head.target}, link.core().name);
    return head;
  }

 private:
  const base::Endpoint& client() const { return exchange_.peer().stream.remote; }

  void on_response(http::ResponseHead& response) override {
    trace_.receive_response(core_address_, response);
    trace_.sending_response(client(), response);
  }

  // A core that dies takes nobody's sign-in with it: another one answers.
  std::unique_ptr<http::Call> start_again(http::CallListener& listener) override {
    Link* other = gateway_.links_.choose(admission_.domain, admission_.user);
    if (!other || gateway_.links_.has_ready(core_->instance)) return nullptr;
    return other->start(head_for(*other), listener);
  }

  http::TextResponse on_failure(const base::Error& why) override {
    // The link may be well and only this answer broken: a server inside spoke nonsense.
    const bool link_lost = !gateway_.links_.has_ready(core_->instance);
    http::TextResponse response =
        link_lost ? http::text_response(503, "the connection to the core was lost")
                  : http::text_response(502, "the answer from inside broke off");
    if (link_lost) {
      Counters::add(gateway_.counters_.link_failures);
      response.head.fields.add("Retry-After", kRetryAfterSeconds);
    }
    trace_.event(base::Level::Warn, link_lost ? "Link Failed" : "Upstream Failed", why.detail);
    trace_.sending_response(client(), response.head);
    return response;
  }

  void on_over(const base::Error* why) override {
    if (why) trace_.event(base::Level::Info, "Exchange Broken", why->detail);
  }

  Gateway& gateway_;
  const http::Exchange& exchange_;
  const Admission admission_;
  http::ExchangeTrace trace_;
  const std::shared_ptr<const net::tunnel::CoreHello> core_;  // that was asked first
  const base::Endpoint core_address_;
};

Gateway::Gateway(net::tunnel::LinkSet& links, Sessions& sessions, base::TrafficLog& traffic,
                 Counters& counters, const base::Clock& clock,
                 std::shared_ptr<const GatewaySettings> settings)
    : links_(links),
      sessions_(sessions),
      traffic_(traffic),
      counters_(counters),
      clock_(clock),
      settings_(std::move(settings)),
      // Ids of one process do not repeat those of another, and stay below 2^63.
      next_txn_(base::random_below(std::uint64_t{1} << 62)) {}

void Gateway::handle(http::Exchange& exchange) {
  Counters::add(counters_.requests);
  const std::string txn_id = std::to_string(next_txn_++);
  http::ExchangeTrace trace(traffic_, txn_id, exchange.peer().flow_id);
  const http::RequestHead& request = exchange.request();
  trace.receive_request(exchange.peer().stream.remote, request,
                        {"https://", without_first_slash(request.target)});
  Refusal refusal;
  base::Result<Admission> admission = admit(exchange, refusal);
  if (!admission) {
    refuse(exchange, trace, refusal);
    return;
  }
  forward(exchange, std::move(*admission), std::move(trace));
}

void Gateway::on_refused(const http::Peer& peer, int status, std::string_view why) {
  Counters::add(counters_.requests);
  Counters::add(counters_.refused_malformed);
  const std::string reason = fmt::format("{}: {}", status, why);
  base::TrafficEvent event;
  event.flow_id = peer.flow_id;
  event.src = peer.stream.remote;
  event.event = "Request Refused";
  event.reason = reason;
  traffic_.write(event);
}

base::Result<Gateway::Admission> Gateway::admit(const http::Exchange& exchange, Refusal& refusal) {
  const base::Error refused{base::Errc::Refused, {}};
  const http::RequestHead& request = exchange.request();
  base::Result<policy::HostPath> path = host_paths_.parse(request.target);
  if (!path) {
    refusal = {400, "Request Refused", "host path: " + path.error().detail,
               "the path does not name a host", &counters_.refused_malformed};
    return refused;
  }
  if (!settings_->domains.contains(path->domain)) {
    refusal = {404, "Request Refused", "domain " + path->domain + " is not served here",
               "this edge does not serve that domain", &counters_.refused_domain};
    return refused;
  }
  const auto unauthorized = [&](std::string reason) {
    refusal = {401, "Authorization Failed", std::move(reason), "sign in first",
               &counters_.refused_credentials};
    return refused;
  };
  policy::SessionCookie cookie;
  for (const http::Field field : request.fields) {
    if (http::same_name(field.name, "cookie")) cookie.read(field.value);
  }
  policy::RequestSession session =
      policy::check_session(cookie, path->domain, sessions_.verified(), clock_.now());
  if (session.token) return Admission{std::move(path->domain), session.token->user};
  const std::size_t credentials = request.fields.count("authorization");
  if (credentials == 1) {
    const auto basic = policy::parse_basic(*request.fields.get("authorization"));
    if (!basic) return unauthorized("credentials: " + basic.error().detail);
    auto user = policy::canonical_user(basic->user, path->domain);
    if (!user) return unauthorized("user name: " + user.error().detail);
    return Admission{std::move(path->domain), std::move(*user)};
  }
  if (credentials > 1) return unauthorized("more than one Authorization field");
  if (!session.fault.empty() && sessions_.ignorant()) {
    refusal = {503, "No Core", "no core has told this edge its session keys yet",
               "no core is connected", &counters_.refused_no_link};
    return refused;
  }
  return unauthorized(session.fault.empty() ? "neither session nor credentials"
                                            : std::move(session.fault));
}

void Gateway::refuse(http::Exchange& exchange, http::ExchangeTrace& trace, const Refusal& refusal) {
  if (refusal.count) Counters::add(*refusal.count);
  http::TextResponse response = http::text_response(refusal.status, refusal.line);
  if (refusal.status == 401) response.head.fields.add("WWW-Authenticate", kRealm);
  if (refusal.status == 503) response.head.fields.add("Retry-After", kRetryAfterSeconds);
  trace.event(base::Level::Info, refusal.event, refusal.reason);
  trace.sending_response(exchange.peer().stream.remote, response.head);
  http::answer(exchange, std::move(response));
}

http::RequestHead inside_head(const http::RequestHead& request, std::string_view domain,
                              const http::Peer& peer, std::string_view txn_id) {
  const http::Fields& given = request.fields;
  http::RequestHead head;
  head.method = request.method;
  head.scheme = "http";
  head.authority.append("vcs_control.").append(domain).append(":8443");
  head.target = request.target;
  head.content_length = request.content_length;
  head.fields.reserve(given.size() + kAddedFields, given.text_bytes() + kAddedBytes);
  head.fields = given;
  head.fields.remove_if(is_ours);
  head.fields.add("X-Forwarded-For", base::IpText(peer.stream.remote.address).view());
  head.fields.add_joined("Via", {"https/1.1 ", http::via_name(peer.stream.local.address)});
  head.fields.add(net::tunnel::kTxnField, txn_id);
  head.fields.add(net::tunnel::kFlowField, peer.flow_id);
  return head;
}

void Gateway::forward(http::Exchange& exchange, Admission admission, http::ExchangeTrace trace) {
  Link* link = links_.choose(admission.domain, admission.user);
  if (!link) {
    refuse(exchange, trace,
           {503, "No Core", "no core that serves " + admission.domain + " is connected",
            "no core is connected", &counters_.refused_no_link});
    return;
  }
  Counters::add(counters_.forwarded);
  auto hooks =
      std::make_unique<Forwarding>(*this, exchange, std::move(admission), std::move(trace), *link);
  http::RequestHead head = hooks->head_for(*link);
  auto joint = std::make_unique<http::Joint>(exchange, std::move(hooks));
  joint->begin(link->start(std::move(head), joint->answer()));
  exchange.attach(std::move(joint));
}

}  // namespace edge
