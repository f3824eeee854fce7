// Any bytes either fill the struct within its limits, or are refused with a place in the file and
// in printable words.

#include "base/config.h"

#include <cstdint>
#include <cstdlib>

#include "base/text.h"

namespace {

namespace config = base::config;

struct Rule {
  std::string host;
  bool operator==(const Rule&) const = default;
};

struct Sample {
  std::vector<std::string> domains;
  std::vector<base::Endpoint> listen;
  std::vector<Rule> allow;
  Rule first{"default"};
  std::optional<Rule> second;
  config::Duration timeout{5000};
  std::uint64_t size = 1;
  int workers = 1;
  bool strict = false;
  std::string name;
};

config::Section<Sample> make_schema() {
  config::Section<Rule> rule;
  rule.require("host", &Rule::host, config::host_name(), "help");
  config::Section<Sample> schema;
  schema.add("domains", &Sample::domains, config::list(config::host_name()), "help")
      .add("listen", &Sample::listen, config::list(config::endpoint()), "help")
      .sections("allow", &Sample::allow, rule, "help")
      .section("first", &Sample::first, rule, "help")
      .section("second", &Sample::second, rule, "help")
      .add("timeout", &Sample::timeout,
           config::duration(std::chrono::seconds{1}, std::chrono::hours{1}), "help")
      .add("size", &Sample::size, config::size_bytes(1, 1024 * 1024), "help")
      .add("workers", &Sample::workers, config::integer(1, 64), "help")
      .add("strict", &Sample::strict, config::boolean(), "help")
      .add("name", &Sample::name, config::text(), "help");
  return schema;
}

void check(bool holds) {
  if (!holds) std::abort();
}

void check_values(const Sample& sample) {
  for (const std::string& domain : sample.domains)
    check(base::is_host_name(domain));
  for (const base::Endpoint& endpoint : sample.listen)
    check(endpoint.port != 0);
  for (const Rule& rule : sample.allow)
    check(base::is_host_name(rule.host));
  check(base::is_host_name(sample.first.host));
  check(!sample.second || base::is_host_name(sample.second->host));
  check(sample.timeout >= std::chrono::seconds{1} && sample.timeout <= std::chrono::hours{1});
  check(sample.size >= 1 && sample.size <= 1024 * 1024);
  check(sample.workers >= 1 && sample.workers <= 64);
  check(sample.name.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const config::Section<Sample> schema = make_schema();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::Report report("f");
  const Sample sample = config::load_text(text, {}, schema, report);
  if (report.ok()) {
    check_values(sample);
    return 0;
  }
  const std::string problems = report.to_string();
  check(!problems.empty() && problems.ends_with('\n'));
  for (const char c : problems)
    check(c == '\n' || c < 0 || (c >= 0x20 && c < 0x7f));
  for (const config::Problem& problem : report.problems()) {
    check(problem.where.line >= 1 && problem.where.column >= 1 && !problem.text.empty());
    check(problem.text.find('\n') == std::string::npos);
  }
  return 0;
}
