#include "support/login_command.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <memory>

#include "certs/credentials.h"
#include "dns/cares_resolver.h"
#include "dns/selection.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "support/edge_connection.h"
#include "support/login.h"
#include "support/login_steps.h"
#include "support/password.h"
#include "support/sign_in.h"

namespace support {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::uint16_t kDnsPort = 53;

base::Result<std::string> get_password(const LoginOptions& options) {
  if (!options.password_file.empty()) return read_password_file(options.password_file);
  return ask_password("Password of " + options.user + ": ");
}

base::Result<std::shared_ptr<const net::TlsContext>> client_tls(const LoginOptions& options) {
  auto trust =
      options.trust_file.empty() ? certs::Trust::system() : certs::Trust::load(options.trust_file);
  if (!trust) return trust.error();
  net::TlsClientOptions tls;
  tls.trust = std::move(*trust);
  tls.alpn = {options.http2 ? "h2" : "http/1.1"};
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
  auto tls = client_tls(options);
  if (!tls) return refuse(err, tls.error());
  // Last: nobody types a password to learn that the trust file cannot be read.
  auto password = get_password(options);
  if (!password) return refuse(err, password.error());
  account->password = std::move(*password);
  account->device = options.device;
  const std::string name = account->user + "@" + account->domain;

  EdgeConnectionOptions settings;
  settings.tls = std::move(*tls);
  settings.domain = account->domain;
  settings.limit = std::chrono::seconds(options.timeout_s);
  settings.http2 = options.http2;
  if (options.verbose) settings.watch = [&err](const std::string& text) { err << text << '\n'; };
  EdgeConnection edge(loop, std::move(settings));
  SignIn sign_in{std::move(*account), **resolver, edge, dns::system_dice(), {}, {}};

  TextReport text(out);
  JsonReport json(out);
  Report& report = options.json ? static_cast<Report&>(json) : text;
  Login login(loop, name, login_steps(sign_in), report);
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
                   "Show the heads of requests and answers on standard error, without secrets");
  command.callback(
      [options, &exit_code, &out, &err] { exit_code = run_login(*options, out, err); });
}

void add_login_command(CLI::App& app, int& exit_code) {
  add_login_command(app, exit_code, std::cout, std::cerr);
}

}  // namespace support
