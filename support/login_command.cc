#include "support/login_command.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <iostream>
#include <memory>

#include "certs/credentials.h"
#include "dns/cares_resolver.h"
#include "dns/selection.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/tls_context.h"
#include "support/edge_connection.h"
#include "support/login.h"
#include "support/login_steps.h"
#include "support/password.h"
#include "support/sign_in.h"
#include "support/sip_client.h"
#include "support/sip_session.h"
#include "support/sip_steps.h"
#include "support/xmpp_client.h"
#include "support/xmpp_session.h"
#include "support/xmpp_steps.h"

namespace support {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::uint16_t kDnsPort = 53;

base::Result<std::string> get_password(const LoginOptions& options) {
  if (options.token_file == "-" && options.password_file.empty()) {
    return base::Error{base::Errc::Malformed,
                       "--token - reads standard input, so the password must come from a file "
                       "(--password-file)"};
  }
  if (!options.password_file.empty()) return read_password_file(options.password_file);
  return ask_password("Password of " + options.user + ": ");
}

// Empty without --token.
base::Result<std::string> get_token(const LoginOptions& options) {
  if (options.token_file.empty()) return std::string();
  if (options.token_file != "-") return read_password_file(options.token_file);
  return ask_password("One-time password of " + options.user + ": ");
}

base::Result<std::shared_ptr<const net::TlsContext>> client_tls(
    std::shared_ptr<const certs::Trust> trust, std::vector<std::string> alpn) {
  net::TlsClientOptions tls;
  tls.trust = std::move(trust);
  tls.alpn = std::move(alpn);
  return net::TlsContext::client(tls);
}

base::Result<std::unique_ptr<dns::CaresResolver>> open_resolver(net::Loop& loop,
                                                                const LoginOptions& options) {
  dns::ResolverOptions settings;
  if (!options.dns.empty()) {
    const auto server = parse_dns_server(options.dns);
    if (!server) return server.error();
    settings.servers.push_back(*server);
  }
  return dns::CaresResolver::open(loop, settings);
}

struct EdgeWays {
  EdgeConnectionOptions https;
  SipClientOptions sip;
  XmppClientOptions xmpp;
};

base::Result<EdgeWays> edge_ways(const LoginOptions& options, const std::string& domain,
                                 std::ostream& err) {
  const auto trust =
      options.trust_file.empty() ? certs::Trust::system() : certs::Trust::load(options.trust_file);
  if (!trust) return trust.error();
  auto https = client_tls(*trust, {options.http2 ? "h2" : "http/1.1"});
  if (!https) return https.error();
  auto sip = client_tls(*trust, {});
  if (!sip) return sip.error();
  EdgeWays ways;
  ways.https.tls = std::move(*https);
  ways.https.http2 = options.http2;
  ways.sip.tls = ways.xmpp.tls = std::move(*sip);
  ways.https.domain = ways.sip.domain = ways.xmpp.domain = domain;
  ways.https.limit = ways.sip.limit = ways.xmpp.limit = std::chrono::seconds(options.timeout_s);
  if (options.verbose) {
    ways.https.watch = [&err](const std::string& text) { err << text << '\n'; };
    ways.sip.watch = ways.xmpp.watch = ways.https.watch;
  }
  return ways;
}

struct Sessions {
  SipSession& sip;
  XmppSession& xmpp;
};

std::vector<std::unique_ptr<Step>> all_steps(net::Loop& loop, SignIn& sign_in, Sessions sessions,
                                             const LoginOptions& options) {
  auto steps = login_steps(sign_in);
  const auto add = [&steps](std::vector<std::unique_ptr<Step>> more) {
    for (auto& step : more)
      steps.push_back(std::move(step));
  };
  SipStepOptions settings;
  settings.keep = options.keep;
  if (!options.no_sip) add(sip_steps(loop, sign_in, sessions.sip, settings));
  if (!options.no_chat && !options.keep) add(xmpp_steps(loop, sign_in, sessions.xmpp));
  return steps;
}

// With --keep the first signal ends in an orderly way what is registered, and the second, or one
// before there is anything to end, the command.
base::Result<std::unique_ptr<net::Signals>> take_signals(net::Loop& loop, SipSession& session,
                                                         const LoginOptions& options) {
  if (!options.keep) return std::unique_ptr<net::Signals>();
  return net::Signals::open(loop, {SIGINT, SIGTERM}, [&loop, &session](int) {
    if (session.is_stopping || !session.ask_to_stop()) loop.stop();
  });
}

int refuse(std::ostream& err, const base::Error& why) {
  err << "sallyport login: " << why.detail << "\n";
  return kUsage;
}

}  // namespace

base::Result<base::Endpoint> parse_dns_server(std::string_view text) {
  if (const auto address = base::parse_ip(text)) return base::Endpoint{*address, kDnsPort};
  const auto endpoint = base::parse_endpoint(text);
  if (endpoint && endpoint->port != 0) return *endpoint;
  return base::Error{base::Errc::Malformed,
                     "--dns takes ADDRESS or ADDRESS:PORT (IPv6: [ADDRESS]:PORT), not a name"};
}

int run_login(const LoginOptions& options, std::ostream& out, std::ostream& err) {
  auto account = parse_account(options.user, options.domain);
  if (!account) return refuse(err, account.error());
  net::Loop loop;
  const auto resolver = open_resolver(loop, options);
  if (!resolver) return refuse(err, resolver.error());
  auto ways = edge_ways(options, account->domain, err);
  if (!ways) return refuse(err, ways.error());
  // Last: nobody types a password to learn that the trust file cannot be read.
  auto password = get_password(options);
  if (!password) return refuse(err, password.error());
  auto token = get_token(options);
  if (!token) return refuse(err, token.error());
  account->password = std::move(*password);
  account->device = options.device;
  const std::string name = account->user + "@" + account->domain;

  TextReport text(out);
  JsonReport json(out);
  Report& report = options.json ? static_cast<Report&>(json) : text;
  EdgeConnection edge(loop, std::move(ways->https));
  SipClient phone(loop, std::move(ways->sip));
  XmppClient chat(loop, std::move(ways->xmpp));
  SignIn sign_in{std::move(*account), **resolver, edge, dns::system_dice(), {}, {}};
  SipSession session(phone, options.keep ? &report : nullptr);
  XmppSession chat_session{chat, std::move(*token)};
  Login login(loop, name, all_steps(loop, sign_in, {session, chat_session}, options), report);

  const auto signals = take_signals(loop, session, options);
  if (!signals) return refuse(err, signals.error());
  bool ok = false;
  login.start([&](const LoginSummary& summary) {
    ok = summary.ok;
    loop.stop();
  });
  loop.run();
  return ok ? kOk : kFailed;
}

void add_login_command(CLI::App& app, int& exit_code, std::ostream& out, std::ostream& err) {
  CLI::App& command = *app.add_subcommand(
      "login", "Sign in as a client would, step by step; exit 0 only if all is well");
  // CLI11 keeps the callback in a std::function, which is copyable, so the options are shared.
  const auto options = std::make_shared<LoginOptions>();
  command.add_option("USER", options->user, "user@domain, or the user alone with --domain")
      ->required();
  command.add_option("--domain", options->domain, "The domain, where USER does not name it");
  command
      .add_option("--password-file", options->password_file,
                  "The password as the only line of FILE (default: asked for at the terminal, or "
                  "read from standard input)")
      ->type_name("FILE");
  command
      .add_option("--trust", options->trust_file,
                  "PEM file of authorities (default: the operating system's)")
      ->type_name("CA.pem");
  command
      .add_option("--dns", options->dns,
                  "The DNS server to ask (default: those of /etc/resolv.conf)")
      ->type_name("ADDRESS[:PORT]");
  command.add_option("--device", options->device,
                     "The device to use (default: the first with a configuration file)");
  command.add_option("--timeout", options->timeout_s, "Seconds to wait for one answer")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  command.add_flag("--http2", options->http2, "Offer HTTP/2 and nothing else");
  command.add_flag("--json", options->json, "One JSON object a line: each step, then the sum");
  command.add_flag("-v,--verbose", options->verbose,
                   "Show the heads of requests and answers, and whole SIP messages and stanzas, on "
                   "standard error, without secrets");
  CLI::Option* keep =
      command.add_flag("--keep", options->keep,
                       "Stay registered and print what comes in, until SIGINT or SIGTERM ends it");
  command.add_flag("--no-sip", options->no_sip, "No line is registered")->excludes(keep);
  CLI::Option* no_chat = command.add_flag("--no-chat", options->no_chat, "No chat (XMPP)");
  command
      .add_option("--token", options->token_file,
                  "Sign in to chat by the one-time password in FILE (-: standard input) and not by "
                  "the password")
      ->type_name("FILE")
      ->excludes(no_chat)
      ->excludes(keep);
  command.callback(
      [options, &exit_code, &out, &err] { exit_code = run_login(*options, out, err); });
}

void add_login_command(CLI::App& app, int& exit_code) {
  add_login_command(app, exit_code, std::cout, std::cerr);
}

}  // namespace support
