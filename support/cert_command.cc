#include "support/cert_command.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "certs/key.h"
#include "support/cert_actions.h"

namespace support {
namespace {

using cert::Terminal;

// Where the subcommands print and leave their result.
struct Context {
  int& exit_code;
  std::ostream& out;
  std::ostream& err;
  const base::Clock& clock;

  Terminal terminal() const {
    return {out, err, std::chrono::floor<std::chrono::seconds>(clock.now())};
  }
};

// The options live as long as the subcommand that fills them: CLI11 keeps its callback in a
// std::function, which is copyable, so they are shared and not owned by one.
template <typename Options>
std::shared_ptr<Options> run_with(CLI::App& command, const Context& context,
                                  int (*action)(const Options&, const Terminal&)) {
  auto options = std::make_shared<Options>();
  command.callback(
      [options, context, action] { context.exit_code = action(*options, context.terminal()); });
  return options;
}

// Without allow_extra_args(false) a list would also swallow the file name that follows it.
CLI::Option* add_names(CLI::App& command, std::vector<std::string>& names, const char* help) {
  return command.add_option("--name", names, help)->allow_extra_args(false)->type_name("KIND:NAME");
}

void add_verify(CLI::App& parent, const Context& context) {
  CLI::App& command = *parent.add_subcommand(
      "verify", "Judge a chain as our listeners and clients do; exit 0 accepted, 1 refused");
  const auto options = run_with<cert::VerifyOptions>(command, context, cert::verify);
  command.add_option("--role", options->role, "What the holder is: server or client")
      ->required()
      ->check(CLI::IsMember({"server", "client"}));
  add_names(command, options->names, "A name it must hold: DNS:, IP: or SRV:; repeat for others")
      ->required();
  command
      .add_option("--trust", options->trust_file,
                  "PEM file of authorities (default: the operating system's)")
      ->type_name("CA.pem");
  command.add_option("--at", options->at, "Judge as of this time (RFC 3339; default: now)")
      ->type_name("TIME");
  command.add_option("chain", options->chain_file, "PEM file: the leaf, then the rest")
      ->required()
      ->type_name("CHAIN.pem");
}

void add_show(CLI::App& parent, const Context& context) {
  CLI::App& command = *parent.add_subcommand("show", "Print the certificates of a PEM file");
  const auto file = run_with<std::string>(command, context, cert::show);
  command.add_option("file", *file, "PEM file")->required()->type_name("FILE");
}

void add_request(CLI::App& parent, const Context& context) {
  CLI::App& command =
      *parent.add_subcommand("csr", "Make a key and a request (PKCS#10) for an authority to sign");
  const auto options = run_with<cert::RequestOptions>(command, context, cert::request);
  options->key_kind = certs::kDefaultKeyKind;
  add_names(command, options->names, "A name to ask for: DNS:, IP: or SRV:; repeat for others")
      ->required();
  command.add_option("--cn", options->common_name, "Common name, for people (default: the first)");
  command.add_option("--key", options->key_file, "Where to write the key")
      ->required()
      ->type_name("OUT.key");
  command.add_option("--out", options->request_file, "Where to write the request")
      ->required()
      ->type_name("OUT.csr");
  CLI::Option* rsa = command.add_flag_callback(
      "--rsa", [options] { options->key_kind = "rsa:3072"; }, "An RSA key of 3072 bits");
  command
      .add_flag_callback(
          "--ec", [options] { options->key_kind = certs::kDefaultKeyKind; },
          "An EC key on P-256 (default)")
      ->excludes(rsa);
  command.add_flag("--force", options->force, "Replace files that exist, the key too");
}

// What an authority and a certificate have in common.
void add_making(CLI::App& command, cert::MakeOptions& options, int days) {
  constexpr const char* kTrials = "For trying refusals";
  options.key_kind = certs::kDefaultKeyKind;
  options.digest = "sha256";
  options.days = days;
  command.add_option("--days", options.days, "How long it is valid")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  command
      .add_option("--key-type,--key", options.key_kind,
                  "ec:p256|p384|p521, rsa:2048 to rsa:8192, ed25519, ed448; weak ones to try their "
                  "refusal: ec:p192|p224, rsa:1024")
      ->type_name("KIND")
      ->capture_default_str();
  command.add_option("--digest", options.digest, "sha256, or one to be refused: sha1, md5")
      ->capture_default_str()
      ->group(kTrials);
  command.add_option("--not-before", options.not_before, "Begin of validity (RFC 3339)")
      ->type_name("TIME")
      ->group(kTrials);
  command.add_option("--not-after", options.not_after, "End of validity, in place of --days")
      ->type_name("TIME")
      ->group(kTrials);
  command.add_flag("--force", options.force, "Replace files that exist, the key too");
}

void add_authority(CLI::App& parent, const Context& context) {
  CLI::App& command = *parent.add_subcommand(
      "ca", "Make an authority of your own: ca.pem to be trusted, ca.key to sign with");
  const auto options = run_with<cert::MakeOptions>(command, context, cert::make_authority);
  command.add_option("--out", options->out, "Folder for ca.pem and ca.key")
      ->required()
      ->type_name("DIR");
  command.add_option("--name", options->common_name, "Its name, such as \"Lab CA\"")->required();
  command
      .add_option("--ca", options->parent,
                  "Folder of the authority above it (default: none, it is a root)")
      ->type_name("DIR");
  add_making(command, *options, 3650);
}

void add_issue(CLI::App& parent, const Context& context) {
  CLI::App& command = *parent.add_subcommand(
      "issue", "Issue a certificate: PREFIX.pem with its intermediates, PREFIX.key");
  const auto options = run_with<cert::MakeOptions>(command, context, cert::issue);
  command.add_option("--ca", options->parent, "Folder of the authority that signs")
      ->required()
      ->type_name("DIR");
  command.add_option("--role", options->role, "server, client or both")
      ->required()
      ->check(CLI::IsMember({"server", "client", "both"}));
  add_names(command, options->names, "A name it shall hold: DNS:, IP: or SRV:; repeat for others");
  command.add_option("--cn", options->common_name, "Common name, for people (default: the first)");
  command
      .add_option("--csr", options->request_file,
                  "Sign this request; its names count when no --name is given")
      ->type_name("FILE");
  command.add_option("--out", options->out, "Where to write, without .pem and .key")
      ->required()
      ->type_name("PREFIX");
  add_making(command, *options, 365);
}

}  // namespace

void add_cert_command(CLI::App& app, int& exit_code, std::ostream& out, std::ostream& err,
                      const base::Clock& clock) {
  CLI::App& command = *app.add_subcommand("cert", "Judge, show and make certificates");
  command.require_subcommand(1);
  const Context context{exit_code, out, err, clock};
  add_verify(command, context);
  add_show(command, context);
  add_request(command, context);
  add_authority(command, context);
  add_issue(command, context);
}

void add_cert_command(CLI::App& app, int& exit_code) {
  add_cert_command(app, exit_code, std::cout, std::cerr);
}

}  // namespace support
