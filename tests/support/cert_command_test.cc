#include "support/cert_command.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace support {
namespace {

constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

class FixedClock final : public base::Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return kNow; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
};

struct Outcome {
  int exit_code = -1;  // 100 and above: CLI11 refused the options
  std::string out;
  std::string err;
};

Outcome run(std::vector<std::string> arguments) {
  Outcome outcome;
  std::ostringstream out;
  std::ostringstream err;
  const FixedClock clock;
  CLI::App app("sallyport");
  add_cert_command(app, outcome.exit_code, out, err, clock);
  std::vector<const char*> argv = {"sallyport", "cert"};
  for (const std::string& argument : arguments)
    argv.push_back(argument.c_str());
  try {
    app.parse(static_cast<int>(argv.size()), argv.data());
  } catch (const CLI::ParseError& error) {
    outcome.exit_code = error.get_exit_code();
    err << error.what();
  }
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A folder with an authority in it.
class Folder final {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cert-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    REQUIRE(run({"ca", "--out", at("ca"), "--name", "Lab CA"}).exit_code == 0);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string at(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(at(name), std::ios::binary) << text;
    return at(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(at(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  unsigned mode(const std::string& name) const {
    struct stat status {};
    REQUIRE(::stat(at(name).c_str(), &status) == 0);
    return status.st_mode & 0777;
  }

  Outcome issue(const std::string& out, std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"issue", "--ca", at("ca"), "--out", at(out)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }
  Outcome verify(const std::string& chain, const std::string& name,
                 std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"verify", "--role",  "server",        "--name",
                                          name,     "--trust", at("ca/ca.pem"), at(chain)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }

 private:
  std::string path_;
};

TEST_CASE("an issued certificate is accepted for its names and refused for others") {
  const Folder folder;
  REQUIRE(folder
              .issue("edge", {"--role", "server", "--name", "DNS:edge.lab.example", "--name",
                              "IP:127.0.10.81", "--name", "SRV:_collab-edge._tls.lab.example"})
              .exit_code == 0);
  CHECK(folder.mode("edge.key") == 0600);
  CHECK(folder.mode("ca/ca.key") == 0600);
  for (const char* name : {"DNS:edge.lab.example", "DNS:EDGE.lab.example.", "IP:127.0.10.81",
                           "SRV:_collab-edge._tls.lab.example"}) {
    CAPTURE(name);
    const Outcome outcome = folder.verify("edge.pem", name);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out == "accepted: ok\n");
  }
  const Outcome other = folder.verify("edge.pem", "DNS:core.lab.example");
  CHECK(other.exit_code == 1);
  CHECK(other.out ==
        "refused: name: issued for DNS:edge.lab.example, IP:127.0.10.81, "
        "SRV:_collab-edge._tls.lab.example, not for DNS:core.lab.example\n");
  CHECK(folder.verify("edge.pem", "DNS:core.lab.example", {"--name", "DNS:edge.lab.example"})
            .exit_code == 0);
}

TEST_CASE("every fault is refused with the rule that found it") {
  struct Case {
    std::vector<std::string> options;
    std::string_view verdict;
  };
  const Case cases[] = {
      {{"--key", "rsa:1024"}, "refused: key-strength: has RSA 1024 bits"},
      {{"--key-type", "ec:p224"}, "refused: key-strength: has EC P-224"},
      {{"--digest", "sha1"}, "refused: signature: signed with ecdsa-with-SHA1"},
      {{"--not-before", "2020-01-01", "--not-after", "2021-01-01"},
       "refused: time: expired on 2021-01-01 00:00:00 UTC"},
      {{"--not-before", "2026-12-01T00:00:00Z"},
       "refused: time: not valid before 2026-12-01 00:00:00 UTC"},
      {{"--role", "client"}, "refused: usage: not to be used as TLS server"},
  };
  const Folder folder;
  for (const Case& c : cases) {
    CAPTURE(c.verdict);
    std::vector<std::string> options = c.options;
    if (options.front() != "--role") options.insert(options.end(), {"--role", "server"});
    options.insert(options.end(), {"--name", "DNS:edge.lab.example", "--force"});
    const Outcome issued = folder.issue("bad", options);
    CAPTURE(issued.err);
    REQUIRE(issued.exit_code == 0);
    const Outcome outcome = folder.verify("bad.pem", "DNS:edge.lab.example");
    CHECK(outcome.exit_code == 1);
    CAPTURE(outcome.out);
    CHECK(outcome.out.starts_with(c.verdict));
  }
}

TEST_CASE("MD5 under an RSA authority is refused by its name") {
  const Folder folder;
  REQUIRE(run({"ca", "--out", folder.at("ca"), "--name", "RSA CA", "--key", "rsa:2048", "--force"})
              .exit_code == 0);
  REQUIRE(folder.issue("old", {"--role", "both", "--name", "DNS:a.example", "--digest", "md5"})
              .exit_code == 0);
  const Outcome outcome = folder.verify("old.pem", "DNS:a.example");
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.out, "refused: signature: signed with md5WithRSAEncryption"));
}

TEST_CASE("--at asks about another time") {
  const Folder folder;
  REQUIRE(folder.issue("edge", {"--role", "server", "--name", "DNS:a.example", "--days", "30"})
              .exit_code == 0);
  CHECK(folder.verify("edge.pem", "DNS:a.example", {"--at", "2026-12-19T00:00:00Z"}).exit_code ==
        0);
  CHECK(folder.verify("edge.pem", "DNS:a.example", {"--at", "2026-12-21T00:00:00Z"}).exit_code ==
        1);
  const Outcome odd = folder.verify("edge.pem", "DNS:a.example", {"--at", "tomorrow"});
  CHECK(odd.exit_code == 2);
  CHECK(contains(odd.err, "--at tomorrow"));
  for (const char* time : {"9999-12-31", "0000-01-01", "1969-12-31T23:59:59Z"}) {
    CAPTURE(time);
    CHECK(folder.verify("edge.pem", "DNS:a.example", {"--at", time}).exit_code == 2);
  }
}

TEST_CASE("an intermediate is issued below an authority and its chain is accepted") {
  const Folder folder;
  REQUIRE(run({"ca", "--ca", folder.at("ca"), "--out", folder.at("middle"), "--name", "Middle CA"})
              .exit_code == 0);
  REQUIRE(run({"issue", "--ca", folder.at("middle"), "--role", "server", "--name", "DNS:a.example",
               "--out", folder.at("a")})
              .exit_code == 0);
  CHECK(folder.verify("a.pem", "DNS:a.example").exit_code == 0);
  const Outcome shown = run({"show", folder.at("a.pem")});
  CHECK(contains(shown.out, "certificate 2 of 2"));
  CHECK(contains(shown.out, "CN=Middle CA"));
}

TEST_CASE("what cannot be judged is never accepted") {
  const Folder folder;
  REQUIRE(folder.issue("edge", {"--role", "server", "--name", "DNS:a.example"}).exit_code == 0);
  folder.write("empty.pem", "");
  folder.write("junk.pem", "junk");
  folder.write("cut.pem", folder.read("edge.pem").substr(0, 200));
  for (const char* chain : {"empty.pem", "junk.pem", "cut.pem", "edge.key"}) {
    CAPTURE(chain);
    const Outcome outcome = folder.verify(chain, "DNS:a.example");
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.out.starts_with("refused: empty: "));
  }
  std::string many;
  for (int i = 0; i < 11; ++i)
    many += folder.read("edge.pem");
  folder.write("many.pem", many);
  CHECK(folder.verify("many.pem", "DNS:a.example").out.starts_with("refused: chain: "));
  const Outcome absent = folder.verify("absent.pem", "DNS:a.example");
  CHECK(absent.exit_code == 2);
  CHECK(absent.out.empty());
  CHECK(contains(absent.err, "absent.pem: No such file"));
  folder.write("ca/ca.pem", "junk");
  CHECK(folder.verify("edge.pem", "DNS:a.example").exit_code == 2);
}

TEST_CASE("names are written with their kind, and options are complete") {
  const Folder folder;
  REQUIRE(folder.issue("edge", {"--role", "server", "--name", "DNS:a.example"}).exit_code == 0);
  for (const char* name : {"a.example", "10.1.2.3", "DNS:10.1.2.3", "DNS:*.example", "", "SRV:x"}) {
    CAPTURE(name);
    const Outcome outcome = folder.verify("edge.pem", name);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
  }
  CHECK(contains(folder.verify("edge.pem", "a.example").err, "write DNS:, IP: or SRV:"));
  const std::string chain = folder.at("edge.pem");
  CHECK(run({"verify", "--role", "server", chain}).exit_code >= 100);
  CHECK(run({"verify", "--name", "DNS:a.example", chain}).exit_code >= 100);
  CHECK(run({"verify", "--role", "peer", "--name", "DNS:a.example", chain}).exit_code >= 100);
  CHECK(run({"verify", "--role", "server", "--name", "DNS:a.example"}).exit_code >= 100);
  CHECK(run({}).exit_code >= 100);
}

TEST_CASE("a request keeps the key here and is signed there") {
  const Folder folder;
  const std::vector<std::string> arguments = {"csr",
                                              "--name",
                                              "DNS:edge.lab.example",
                                              "--name",
                                              "SRV:_collab-edge._tls.lab.example",
                                              "--key",
                                              folder.at("e.key"),
                                              "--out",
                                              folder.at("e.csr")};
  REQUIRE(run(arguments).exit_code == 0);
  CHECK(folder.mode("e.key") == 0600);
  const std::string key = folder.read("e.key");
  const Outcome again = run(arguments);
  CHECK(again.exit_code == 2);
  CHECK(contains(again.err, "e.key: exists already"));
  CHECK(folder.read("e.key") == key);
  REQUIRE(folder.issue("e", {"--role", "server", "--csr", folder.at("e.csr")}).exit_code == 0);
  CHECK(folder.read("e.key") == key);
  CHECK(folder.verify("e.pem", "SRV:_collab-edge._tls.lab.example").exit_code == 0);

  std::vector<std::string> forced = arguments;
  forced.insert(forced.end(), {"--force", "--rsa"});
  REQUIRE(run(forced).exit_code == 0);
  CHECK(folder.read("e.key") != key);
  forced.push_back("--ec");
  CHECK(run(forced).exit_code >= 100);
}

TEST_CASE("nothing that exists is overwritten unless forced, and nothing is left half done") {
  const Folder folder;
  const std::string key = folder.read("ca/ca.key");
  CHECK(run({"ca", "--out", folder.at("ca"), "--name", "Lab CA"}).exit_code == 2);
  CHECK(folder.read("ca/ca.key") == key);
  folder.write("a.pem", "mine");
  CHECK(folder.issue("a", {"--role", "server", "--name", "DNS:a.example"}).exit_code == 2);
  CHECK(folder.read("a.pem") == "mine");
  CHECK_FALSE(std::filesystem::exists(folder.at("a.key")));
  CHECK(folder.issue("a", {"--role", "server", "--name", "DNS:a.example", "--force"}).exit_code ==
        0);
  CHECK(folder.issue("b", {"--role", "server"}).exit_code == 2);
  CHECK(folder.issue("b", {"--role", "server", "--name", "DNS:a.example", "--key", "ec:p1"})
            .exit_code == 2);
  CHECK(folder.issue("b", {"--role", "server", "--name", "DNS:a.example", "--digest", "sha0"})
            .exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(folder.at("b.pem")));
}

TEST_CASE("show prints every certificate for people") {
  const Folder folder;
  REQUIRE(folder
              .issue("edge", {"--role", "server", "--name", "DNS:a.example", "--cn", "x\x1b[2Jy",
                              "--days", "30"})
              .exit_code == 0);
  const Outcome outcome = run({"show", folder.at("edge.pem")});
  CHECK(outcome.exit_code == 0);
  CAPTURE(outcome.out);
  CHECK(contains(outcome.out, "certificate 1 of 1\n"));
  CHECK(contains(outcome.out, "DNS:a.example"));
  CHECK(contains(outcome.out, "(29 days left)"));
  CHECK_FALSE(contains(outcome.out, "\x1b"));
  CHECK(run({"show", folder.at("absent")}).exit_code == 2);
  CHECK(run({"show", folder.at("edge.key")}).exit_code == 2);
}

}  // namespace
}  // namespace support
