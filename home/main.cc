// sallyport-home: the built-in home cluster, and the commands that keep its users and devices.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "home/commands.h"
#include "home/config.h"
#include "home/service.h"

namespace {

// What the command line said. CLI11 writes into it.
struct Options {
  std::string config;
  bool check = false;
  home::DatabasePlace place;
  home::User user;
  home::Device device;
  std::vector<std::string> numbers;
  home::PasswordSource password;
  std::string seed;
};

using Command = std::function<base::Result<>()>;

constexpr int kUsage = 2;

int serve_or_check(const Options& options) {
  if (options.config.empty()) {
    std::fputs("sallyport-home: --config FILE is needed; see --help\n", stderr);
    return kUsage;
  }
  if (!options.check) return home::serve(options.config, SALLYPORT_VERSION);
  const auto config = home::load_config(options.config);
  if (config) {
    std::printf("%s is good\n", options.config.c_str());
    return 0;
  }
  std::fputs(config.error().detail.c_str(), stderr);
  return 1;
}

void add_run_options(CLI::App& app, Options& options) {
  app.add_option("-c,--config", options.config, "Configuration file")->type_name("FILE");
  app.add_flag("--check", options.check, "Judge the configuration and exit");
}

void add_place(CLI::App& app, Options& options) {
  auto* group = app.add_option_group("database");
  group->add_option("-c,--config", options.place.config, "Configuration that names the database")
      ->type_name("FILE");
  group->add_option("--database", options.place.database, "The database itself")->type_name("FILE");
  group->require_option(1);
}

void add_password(CLI::App& app, Options& options) {
  app.add_option("--password-file", options.password.file,
                 "File whose first line is the password; - is standard input")
      ->type_name("FILE");
}

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& help,
                      Options& options, Command command, Command& chosen) {
  CLI::App* app = parent.add_subcommand(name, help);
  add_place(*app, options);
  app->callback([&chosen, command = std::move(command)] { chosen = command; });
  return app;
}

void add_user_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* user = app.add_subcommand("user", "Keep users")->require_subcommand(1);
  CLI::App* add = add_command(
      *user, "add", "Add a user", options,
      [&] { return home::add_user(options.place, options.user, options.password); }, chosen);
  add->add_option("NAME", options.user.name, "Sign-in name")->required();
  add->add_option("--first", options.user.first_name, "First name");
  add->add_option("--last", options.user.last_name, "Last name");
  add->add_option("--phone", options.user.phone, "Directory number");
  add->add_option("--mail", options.user.mail, "Mail address");
  add->add_option("--directory-uri", options.user.directory_uri, "SIP address");
  add_password(*add, options);
  add_command(
      *user, "list", "Show all users", options, [&] { return home::list_users(options.place); },
      chosen);
  add_command(
      *user, "remove", "Remove a user and their devices", options,
      [&] { return home::remove_user(options.place, options.user.name); }, chosen)
      ->add_option("NAME", options.user.name, "Sign-in name")
      ->required();
  CLI::App* passwd = add_command(
      *user, "passwd", "Change a user's password", options,
      [&] { return home::set_password(options.place, options.user.name, options.password); },
      chosen);
  passwd->add_option("NAME", options.user.name, "Sign-in name")->required();
  add_password(*passwd, options);
}

void add_device_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* device = app.add_subcommand("device", "Keep devices")->require_subcommand(1);
  CLI::App* add = add_command(
      *device, "add", "Add a device", options,
      [&] { return home::add_device(options.place, options.device, options.numbers); }, chosen);
  add->add_option("NAME", options.device.name, "Name of the device and of its file")->required();
  add->add_option("--owner", options.device.owner, "The user whose device it is");
  add->add_option("--line", options.numbers, "Directory number; again for further lines");
  add->add_option("--description", options.device.description, "Shown to people");
  add_command(
      *device, "list", "Show devices, their owners and lines", options,
      [&] { return home::list_devices(options.place, options.device.owner); }, chosen)
      ->add_option("--owner", options.device.owner, "Only those of this user");
  add_command(
      *device, "remove", "Remove a device", options,
      [&] { return home::remove_device(options.place, options.device.name); }, chosen)
      ->add_option("NAME", options.device.name, "Name of the device")
      ->required();
}

void add_token_commands(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* token =
      app.add_subcommand("token", "One-time passwords for chat")->require_subcommand(1);
  add_command(
      *token, "mint", "Print a one-time password, good once and for 10 minutes", options,
      [&] { return home::mint_token(options.place, options.user.name); }, chosen)
      ->add_option("NAME", options.user.name, "Sign-in name")
      ->required();
}

int run_command(const Command& command) {
  const auto done = command();
  if (done) return 0;
  const std::string& why = done.error().detail;
  std::fprintf(stderr, "sallyport-home: %s%s", why.c_str(), why.ends_with('\n') ? "" : "\n");
  return 1;
}

int run(int argc, char** argv) {
  Options options;
  Command chosen;
  CLI::App app("Sallyport's built-in home cluster: user data, configuration files, SIP registrar");
  app.set_version_flag("--version", std::string("sallyport-home ") + SALLYPORT_VERSION);
  app.require_subcommand(0, 1);
  add_run_options(app, options);
  add_run_options(*app.add_subcommand("run", "Serve (also without this word)"), options);
  add_user_commands(app, options, chosen);
  add_device_commands(app, options, chosen);
  add_token_commands(app, options, chosen);
  add_command(
      app, "import", "Make users and devices what a seed file says", options,
      [&] { return home::import_seed(options.place, options.seed); }, chosen)
      ->add_option("FILE", options.seed, "Seed file (YAML)")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come this way too, and are no error.
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return chosen ? run_command(chosen) : serve_or_check(options);
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv);
}
