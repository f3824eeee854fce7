#include "core/relay.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "net/http/joint.h"
#include "net/tunnel/control.h"
#include "policy/cookie.h"
#include "policy/files.h"
#include "policy/request_session.h"
#include "policy/user.h"

namespace core {

namespace http = net::http;

namespace {

std::string_view field_or_empty(const http::Fields& fields, std::string_view name) {
  return fields.get(name).value_or(std::string_view{});
}

// Room for what upstream_head() adds to X-Forwarded-For and Via: an IPv6 address each.
constexpr std::size_t kAddedBytes = 128;

Refusal unauthorized(std::string reason) {
  return {401, "Authorization Failed", std::move(reason), "sign in first"};
}

// What becomes of a client's field on its way inside.
enum class Passage { AsItIs, Never, Cookie, ForwardedFor, Via };

Passage passage_of(std::string_view name) {
  const auto is = [name](std::string_view known) { return http::same_name(name, known); };
  if (is("via")) return Passage::Via;
  if (is("cookie")) return Passage::Cookie;
  if (is("x-forwarded-for")) return Passage::ForwardedFor;
  if (is(net::tunnel::kTxnField) || is(net::tunnel::kFlowField)) return Passage::Never;
  return Passage::AsItIs;
}

// Counts an exchange for as long as anybody holds this, however the exchange ends.
class ActiveCount final {
 public:
  explicit ActiveCount(std::size_t& count) : count_(count) { ++count_; }
  ~ActiveCount() { --count_; }
  ActiveCount(const ActiveCount&) = delete;
  ActiveCount& operator=(const ActiveCount&) = delete;

 private:
  std::size_t& count_;
};

bool is_sign_in(std::string_view rest) {
  const std::string_view path = rest.substr(0, rest.find('?'));
  return path == "/get_edge_config" || path == "/get_edge_config/";
}

}  // namespace

// A request with a password that must be asked about first. It waits, its body held back, and then
// becomes a joint.
class Relay::Pending final : public http::Job {
 public:
  Pending(Relay& relay, http::Exchange& exchange, Trace trace, const Discovery& domain, Node node,
          std::string_view target, const Caller& caller)
      : relay_(relay),
        exchange_(exchange),
        trace_(std::move(trace)),
        node_(std::move(node)),
        target_(target) {
    exchange_.pause();
    authorization_ = relay_.around_.authorizer.authorize(
        domain, {caller.typed, caller.user}, caller.unproven->password,
        [this](const Account* account, const Refusal* refusal) {
          if (refusal) return refuse(*refusal);
          on_authorized(*account);
        });
  }

 private:
  void on_body(std::string_view data) override {
    if (joint_) joint_->on_body(data);
  }
  void on_end() override {
    ended_ = true;
    if (joint_) joint_->on_end();
  }
  void on_drained() override {
    if (joint_) joint_->on_drained();
  }
  void on_failed(const base::Error& why) override {
    authorization_.reset();
    if (joint_) joint_->on_failed(why);
  }

  // The body that was held back flows again, to nobody: the client may still be sending it.
  void refuse(const Refusal& refusal) {
    relay_.refuse(exchange_, trace_, refusal);
    exchange_.resume();
  }

  void on_authorized(const Account& account) {
    const auto refusal = relay_.judge(exchange_.request(), node_, target_, account.devices);
    if (refusal) return refuse(*refusal);
    joint_ = relay_.forward(exchange_, std::move(trace_), node_, target_);
    if (ended_) joint_->on_end();
    exchange_.resume();
  }

  Relay& relay_;
  http::Exchange& exchange_;
  Trace trace_;
  Node node_;
  std::string target_;
  bool ended_ = false;
  std::unique_ptr<Authorization> authorization_;
  std::unique_ptr<http::Job> joint_;
};

// An exchange on its way to a server inside.
class Relay::Forwarding final : public http::JointHooks {
 public:
  Forwarding(Relay& relay, Trace trace, const base::Endpoint& edge)
      : relay_(relay), trace_(std::move(trace)), edge_(edge) {}

  // Just before the request goes to this address; again for each that is tried.
  void on_chosen(const base::Endpoint& server, const http::RequestHead& sent) {
    server_ = server;
    trace_.sending_request(server, sent, sent.target);
  }

 private:
  void on_response(http::ResponseHead& response) override {
    trace_.receive_response(server_, response);
    clean_answer(response.fields);
    trace_.sending_response(edge_, response);
  }
  std::unique_ptr<http::Call> start_again(http::CallListener&) override { return nullptr; }
  http::TextResponse on_failure(const base::Error& why) override {
    const Refusal refusal = upstream_refusal(why);
    relay_.around_.counters.refused(refusal.status);
    http::TextResponse response = to_response(refusal);
    trace_.event(base::Level::Warn, refusal.event, refusal.reason);
    trace_.sending_response(edge_, response.head);
    return response;
  }
  void on_over(const base::Error* why) override {
    if (why) trace_.event(base::Level::Info, "Exchange Broken", why->detail);
  }

  Relay& relay_;
  const ActiveCount active_{relay_.active_};
  Trace trace_;
  const base::Endpoint edge_;
  base::Endpoint server_;
};

Relay::Relay(const Surroundings& around)
    : around_(around),
      sign_in_(std::make_shared<SignInSettings>()),
      allow_(std::make_shared<policy::AllowList>()) {}

void Relay::set_domains(std::span<const std::unique_ptr<Discovery>> discoveries) {
  domains_.clear();
  for (const auto& discovery : discoveries)
    domains_.emplace(discovery->domain(), discovery.get());
}

void Relay::refuse(http::Exchange& exchange, http::ExchangeTrace& trace, const Refusal& refusal) {
  around_.counters.refused(refusal.status);
  core::refuse(exchange, trace, refusal);
}

void Relay::handle(http::Exchange& exchange) {
  Counters::add(around_.counters.requests);
  const http::RequestHead& request = exchange.request();
  Trace trace(around_.traffic, field_or_empty(request.fields, net::tunnel::kTxnField),
              field_or_empty(request.fields, net::tunnel::kFlowField));
  trace.receive_request(exchange.peer().stream.remote, request,
                        {request.scheme, "://", request.authority, request.target});

  base::Result<policy::HostPath> path = host_paths_.parse(request.target);
  if (!path) {
    return refuse(exchange, trace,
                  {400, "Request Refused", "host path: " + path.error().detail,
                   "the path does not name a host"});
  }
  const auto known = domains_.find(path->domain);
  if (known == domains_.end()) {
    return refuse(exchange, trace,
                  {404, "Request Refused", "domain " + path->domain + " is not served here",
                   "that domain is not served here"});
  }
  const Discovery& domain = *known->second;
  if (!path->target) {
    if (is_sign_in(path->rest)) return sign_in(exchange, std::move(trace), domain);
    return refuse(exchange, trace,
                  {404, "Request Refused",
                   "no such resource of the core: " + std::string(path->rest), "no such resource"});
  }
  Caller caller;
  if (const auto refusal = identify(request, domain, caller)) {
    return refuse(exchange, trace, *refusal);
  }
  policy::HostPath::Target& target = *path->target;
  Node node{target.scheme, target.qualified ? std::move(target.host) : domain.qualify(target.host),
            target.port};
  // Just started: what is not known yet is not forbidden, and an edge has other cores to ask.
  if (!domain.settled() && !allow_->knows_host(node.scheme, node.host, node.port)) {
    return refuse(
        exchange, trace,
        {503, "Upstream Missing", "the servers of " + path->domain + " are being looked up",
         "this core has just been started", std::chrono::seconds{1}});
  }
  if (caller.unproven) {
    // Where nothing may be asked anyway, no password need be tried.
    if (!allow_->knows_host(node.scheme, node.host, node.port)) {
      return refuse(exchange, trace, *judge(request, node, path->rest, {}));
    }
    exchange.attach(std::make_unique<Pending>(*this, exchange, std::move(trace), domain,
                                              std::move(node), path->rest, caller));
    return;
  }
  const auto& devices = caller.session ? caller.session->devices : caller.devices;
  if (const auto refusal = judge(request, node, path->rest, devices)) {
    return refuse(exchange, trace, *refusal);
  }
  exchange.attach(forward(exchange, std::move(trace), node, path->rest));
}

// A password is judged here even beside a good session: what goes on to the call manager would
// otherwise let whoever holds a session guess passwords, anybody's, without counting.
std::optional<Refusal> Relay::identify(const http::RequestHead& request, const Discovery& domain,
                                       Caller& caller) const {
  policy::SessionCookie cookie;
  std::string_view authorization;
  std::size_t credentials = 0;
  for (const http::Field field : request.fields) {
    if (http::same_name(field.name, "cookie")) cookie.read(field.value);
    if (!http::same_name(field.name, "authorization")) continue;
    authorization = field.value;
    ++credentials;
  }
  policy::RequestSession session =
      policy::check_session(cookie, domain.domain(), around_.sessions, around_.clock.now());
  if (credentials > 1) return unauthorized("more than one Authorization field");
  if (credentials == 1) {
    auto basic = policy::parse_basic(authorization);
    const bool other_scheme = !basic && basic.error().code == base::Errc::Unsupported;
    // A token of the call manager's own, which cannot be guessed, leaves it to the session.
    if (!other_scheme || !session.token) {
      return identify_by_password(std::move(basic), domain, caller);
    }
  }
  if (!session.token) {
    return unauthorized(session.fault.empty() ? "neither session nor credentials" : session.fault);
  }
  caller.session = std::move(session.token);
  return judge_access(caller.session->user);
}

std::optional<Refusal> Relay::identify_by_password(base::Result<policy::BasicCredentials> basic,
                                                   const Discovery& domain, Caller& caller) const {
  if (!basic) return unauthorized("credentials: " + basic.error().detail);
  auto user = policy::canonical_user(basic->user, domain.domain());
  if (!user) return unauthorized("user name: " + user.error().detail);
  caller.typed = std::exchange(basic->user, *user);
  caller.user = std::move(*user);
  auto account = around_.authorizer.remembered(*basic, domain.domain());
  if (!account) {
    caller.unproven = std::move(*basic);
    return std::nullopt;  // whether the user is enabled is said after the password is proven
  }
  caller.devices = std::move(account->devices);
  return judge_access(caller.user);
}

std::optional<Refusal> Relay::judge_access(const std::string& user) const {
  if (around_.authorizer.enabled(user)) return std::nullopt;
  return Refusal{403, "Access Denied", user + " is not enabled for remote access",
                 "this user is not enabled for remote access"};
}

void Relay::sign_in(http::Exchange& exchange, Trace trace, const Discovery& domain) {
  const http::RequestHead& request = exchange.request();
  const auto bad = [&](int status, std::string reason, std::string_view line) {
    refuse(exchange, trace, {status, "Authorization Failed", std::move(reason), line});
  };
  if (request.method != "GET" && request.method != "HEAD") {
    return bad(403, "get_edge_config by " + request.method, "that method is not allowed here");
  }
  auto asked = asked_services(request.query());
  if (!asked) return bad(400, asked.error().detail, "service_name is not understood");
  if (request.fields.count("authorization") != 1) {
    return bad(401, "a sign-in needs the user's credentials", "sign in with user and password");
  }
  auto basic = policy::parse_basic(*request.fields.get("authorization"));
  if (!basic) {
    return bad(401, "credentials: " + basic.error().detail, "the credentials are not understood");
  }
  auto user = policy::canonical_user(basic->user, domain.domain());
  if (!user) return bad(401, "user name: " + user.error().detail, "wrong user name or password");
  exchange.attach(std::make_unique<SignIn>(
      exchange, std::move(trace), around_, domain, sign_in_, std::move(*asked),
      Authorizer::UserName{std::move(basic->user), std::move(*user)}, std::move(basic->password)));
}

std::optional<Refusal> Relay::judge(const http::RequestHead& request, const Node& node,
                                    std::string_view target,
                                    std::span<const std::string> devices) const {
  const policy::AllowVerdict verdict =
      allow_->check({node.scheme, node.host, node.port, request.method, target});
  if (!verdict.allowed()) {
    std::string reason = fmt::format("{}: {} {}{}", policy::to_string(verdict.reason),
                                     request.method, to_string(node), target);
    if (!verdict.detail.empty()) reason.append(" (").append(verdict.detail).append(")");
    return Refusal{403, "Not Allowed", std::move(reason), "that is not on the allow list"};
  }
  // Configuration files hold what others must not see: which file for whom is decided here.
  const bool is_file_server =
      node.scheme == policy::Scheme::Http && node.port == policy::default_port(node.scheme);
  if (!is_file_server) return std::nullopt;
  const policy::FileClass file =
      policy::classify_file(target.substr(0, target.find('?')), shared_files_);
  if (policy::may_fetch(file, devices)) return std::nullopt;
  return Refusal{403, "Not Allowed",
                 fmt::format("the file {} is neither shared nor of a device of the user", target),
                 "that file belongs to somebody else's device"};
}

void clean_answer(http::Fields& fields) {
  fields.remove("via");
  if (fields.count("set-cookie") == 0) return;  // the usual case
  const auto is_session = [](std::string_view cookie) {
    const std::string_view name = base::trim(cookie.substr(0, cookie.find('=')));
    return http::same_name(name, policy::kSessionCookie);
  };
  std::vector<std::string> kept;
  for (const std::string_view cookie : fields.all("set-cookie")) {
    if (!is_session(cookie)) kept.emplace_back(cookie);
  }
  if (kept.size() == fields.count("set-cookie")) return;
  fields.remove("set-cookie");
  for (const std::string& cookie : kept)
    fields.add("Set-Cookie", cookie);
}

http::RequestHead upstream_head(const http::RequestHead& request, const Node& node,
                                std::string_view target, const http::Peer& peer) {
  http::RequestHead head;
  head.method = request.method;
  head.scheme = policy::to_string(node.scheme);
  head.authority = authority_of(node);
  head.target = target;
  head.content_length = request.content_length;
  head.fields.reserve(request.fields.size(), request.fields.text_bytes() + kAddedBytes);
  for (const http::Field field : request.fields) {
    switch (passage_of(field.name)) {
      case Passage::AsItIs:
        head.fields.add(field.name, field.value);
        break;
      case Passage::Never:
        break;
      case Passage::Cookie:
        if (const std::string rest = policy::without_session_cookie(field.value); !rest.empty()) {
          head.fields.add(field.name, rest);
        }
        break;
      case Passage::ForwardedFor:
        head.fields.add_joined(
            "X-Forwarded-For",
            {field.value, ", ", base::IpText(peer.stream.remote.address).view()});
        break;
      case Passage::Via:
        head.fields.add_joined(
            "Via", {field.value, ", http/1.1 ", http::via_name(peer.stream.local.address)});
        break;
    }
  }
  return head;
}

std::unique_ptr<http::Job> Relay::forward(http::Exchange& exchange, Trace trace, const Node& node,
                                          std::string_view target) {
  Upstream& upstream = around_.pool.at(node);
  http::RequestHead head = upstream_head(exchange.request(), node, target, exchange.peer());
  Counters::add(around_.counters.relayed);
  auto hooks = std::make_unique<Forwarding>(*this, std::move(trace), exchange.peer().stream.remote);
  auto chosen = [&hooks = *hooks](const base::Endpoint& remote, const http::RequestHead& sent) {
    hooks.on_chosen(remote, sent);
  };
  auto joint = std::make_unique<http::Joint>(exchange, std::move(hooks));
  joint->begin(upstream.start(std::move(head), joint->answer(), std::move(chosen)));
  return joint;
}

}  // namespace core
