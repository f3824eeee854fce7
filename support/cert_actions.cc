#include "support/cert_actions.h"

#include <cstddef>
#include <filesystem>
#include <limits>
#include <memory>
#include <ostream>
#include <system_error>
#include <utility>

#include "certs/authority.h"
#include "certs/credentials.h"
#include "certs/csr.h"
#include "certs/describe.h"
#include "certs/key.h"
#include "certs/pem.h"
#include "certs/time.h"
#include "certs/verify.h"

namespace support::cert {
namespace {

using base::Result;
using certs::Existing;
using certs::Name;

// What std::chrono::system_clock can hold in nanoseconds, in whole years.
constexpr std::chrono::sys_seconds kFirstTime{};
constexpr std::chrono::sys_seconds kLastTime =
    std::chrono::sys_days(std::chrono::year(2261) / 12 / 31);

// Room for the clocks of two machines to differ.
constexpr std::chrono::minutes kClockSkew{5};

int misused(const Terminal& terminal, const base::Error& error) {
  terminal.err << "sallyport cert: " << error.detail << '\n';
  return kMisused;
}

template <typename Parse>
Result<std::vector<Name>> parse_names(const std::vector<std::string>& texts, Parse parse) {
  std::vector<Name> names;
  for (const std::string& text : texts) {
    auto name = parse(text);
    if (!name) return name.error();
    names.push_back(*std::move(name));
  }
  return names;
}

int print_refusal(const Terminal& terminal, const std::string& rule, const std::string& reason) {
  terminal.out << "refused: " << rule << ": " << reason << '\n';
  return kRefused;
}

int print_verdict(const certs::Verdict& verdict, const Terminal& terminal) {
  if (!verdict.accepted) return print_refusal(terminal, verdict.rule, verdict.reason);
  terminal.out << "accepted: " << verdict.rule << '\n';
  return kDone;
}

Result<certs::Expectation> expectation_of(const VerifyOptions& options, const Terminal& terminal) {
  certs::Expectation expected;
  expected.role = options.role == "client" ? certs::Role::Client : certs::Role::Server;
  expected.at = terminal.now;
  auto names = parse_names(options.names, certs::parse_name);
  if (!names) return names.error();
  expected.names = *std::move(names);
  if (options.at.empty()) return expected;
  const auto at = certs::parse_time(options.at);
  if (!at) return base::Error{at.error().code, "--at " + options.at + ": " + at.error().detail};
  if (*at < kFirstTime || *at > kLastTime) {
    return base::Error{base::Errc::Malformed, "--at " + options.at + ": from 1970 to 2261"};
  }
  expected.at = *at;
  return expected;
}

Result<> check_absent(const std::string& path, bool force) {
  std::error_code ignored;
  if (force || !std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) return {};
  return base::Error{base::Errc::Refused, path + ": exists already; --force replaces it"};
}

Result<certs::Template> template_of(const MakeOptions& options, const Terminal& terminal) {
  certs::Template wanted;
  auto names = parse_names(options.names, certs::parse_presented_name);
  if (!names) return names.error();
  wanted.names = *std::move(names);
  wanted.common_name = options.common_name;
  if (wanted.common_name.empty() && !wanted.names.empty()) {
    wanted.common_name = certs::fitting_common_name(wanted.names.front().text);
  }
  if (options.role != "client") wanted.roles.push_back(certs::Role::Server);
  if (options.role != "server") wanted.roles.push_back(certs::Role::Client);
  wanted.digest = options.digest;
  wanted.not_before = terminal.now - kClockSkew;
  if (!options.not_before.empty()) {
    const auto time = certs::parse_time(options.not_before);
    if (!time) return base::Error{time.error().code, "--not-before: " + time.error().detail};
    wanted.not_before = *time;
  }
  wanted.not_after = wanted.not_before + std::chrono::days(options.days);
  if (!options.not_after.empty()) {
    const auto time = certs::parse_time(options.not_after);
    if (!time) return base::Error{time.error().code, "--not-after: " + time.error().detail};
    wanted.not_after = *time;
  }
  return wanted;
}

Result<certs::Issued> issued_by(const certs::Authority& authority, const certs::Template& wanted,
                                const MakeOptions& options) {
  if (options.request_file.empty()) {
    if (wanted.names.empty()) {
      return base::Error{base::Errc::Malformed, "--name or --csr is required"};
    }
    return authority.issue(wanted, options.key_kind);
  }
  const auto request_pem = certs::read_file(options.request_file);
  if (!request_pem) return request_pem.error();
  auto issued = authority.sign_request(wanted, *request_pem);
  if (issued) return issued;
  return base::Error{issued.error().code, options.request_file + ": " + issued.error().detail};
}

}  // namespace

int verify(const VerifyOptions& options, const Terminal& terminal) {
  const auto expected = expectation_of(options, terminal);
  if (!expected) return misused(terminal, expected.error());
  const auto trust =
      options.trust_file.empty() ? certs::Trust::system() : certs::Trust::load(options.trust_file);
  if (!trust) return misused(terminal, trust.error());
  const auto pem = certs::read_file(options.chain_file);
  if (!pem) return misused(terminal, pem.error());
  const auto chain = certs::parse_chain(*pem);
  if (!chain) {
    const bool too_large = chain.error().code == base::Errc::TooLarge;
    return print_refusal(terminal, too_large ? "chain" : "empty",
                         options.chain_file + ": " + chain.error().detail);
  }
  std::vector<X509*> raw;
  for (const certs::Certificate& certificate : *chain)
    raw.push_back(certificate.get());
  return print_verdict(certs::verify(raw, **trust, *expected), terminal);
}

int show(const std::string& file, const Terminal& terminal) {
  const auto pem = certs::read_file(file);
  if (!pem) return misused(terminal, pem.error());
  const auto all = certs::parse_certificates(*pem, std::numeric_limits<std::size_t>::max());
  if (!all) {
    return misused(terminal, base::Error{all.error().code, file + ": " + all.error().detail});
  }
  for (std::size_t i = 0; i < all->size(); ++i) {
    terminal.out << (i == 0 ? "" : "\n") << "certificate " << i + 1 << " of " << all->size() << '\n'
                 << certs::describe((*all)[i].get(), terminal.now);
  }
  return kDone;
}

int request(const RequestOptions& options, const Terminal& terminal) {
  const auto names = parse_names(options.names, certs::parse_presented_name);
  if (!names) return misused(terminal, names.error());
  for (const std::string& path : {options.key_file, options.request_file}) {
    const auto absent = check_absent(path, options.force);
    if (!absent) return misused(terminal, absent.error());
  }
  const auto key = certs::generate_key(options.key_kind);
  if (!key) return misused(terminal, key.error());
  std::string common_name = options.common_name;
  if (common_name.empty()) common_name = certs::fitting_common_name(names->front().text);
  const auto pem = certs::make_request(key->get(), common_name, *names);
  if (!pem) return misused(terminal, pem.error());
  const Existing existing = options.force ? Existing::Replace : Existing::Keep;
  const auto kept = certs::write_file(options.key_file, certs::to_pem(key->get()), 0600, existing);
  if (!kept) return misused(terminal, kept.error());
  const auto written = certs::write_file(options.request_file, *pem, 0644, existing);
  if (!written) return misused(terminal, written.error());
  terminal.out << options.key_file << ": " << certs::describe(key->get()) << ", keep it secret\n"
               << options.request_file << ": for the authority to sign\n";
  return kDone;
}

int make_authority(const MakeOptions& options, const Terminal& terminal) {
  const auto wanted = template_of(options, terminal);
  if (!wanted) return misused(terminal, wanted.error());
  std::error_code failed;
  std::filesystem::create_directories(options.out, failed);
  if (failed) {
    return misused(terminal, {base::Errc::System, options.out + ": " + failed.message()});
  }
  for (const char* file : {certs::Authority::kKeyFile, certs::Authority::kChainFile}) {
    const auto absent = check_absent(options.out + "/" + file, options.force);
    if (!absent) return misused(terminal, absent.error());
  }
  std::unique_ptr<const certs::Authority> parent;
  if (!options.parent.empty()) {
    auto loaded = certs::Authority::load(options.parent);
    if (!loaded) return misused(terminal, loaded.error());
    parent = *std::move(loaded);
  }
  const auto authority = parent == nullptr
                             ? certs::Authority::create(*wanted, options.key_kind)
                             : certs::Authority::create_below(*parent, *wanted, options.key_kind);
  if (!authority) return misused(terminal, authority.error());
  const auto saved =
      (*authority)->save(options.out, options.force ? Existing::Replace : Existing::Keep);
  if (!saved) return misused(terminal, saved.error());
  terminal.out << options.out << "/ca.pem: " << options.common_name << ", until "
               << certs::to_text(wanted->not_after) << '\n'
               << options.out << "/ca.key: keep it secret\n";
  return kDone;
}

int issue(const MakeOptions& options, const Terminal& terminal) {
  const auto wanted = template_of(options, terminal);
  if (!wanted) return misused(terminal, wanted.error());
  const std::string chain_file = options.out + ".pem";
  const std::string key_file = options.out + ".key";
  for (const std::string& path : {chain_file, key_file}) {
    if (path == key_file && !options.request_file.empty()) continue;  // it stays as it is
    const auto absent = check_absent(path, options.force);
    if (!absent) return misused(terminal, absent.error());
  }
  const auto authority = certs::Authority::load(options.parent);
  if (!authority) return misused(terminal, authority.error());
  const auto issued = issued_by(**authority, *wanted, options);
  if (!issued) return misused(terminal, issued.error());
  const Existing existing = options.force ? Existing::Replace : Existing::Keep;
  if (!issued->key_pem.empty()) {
    const auto kept = certs::write_file(key_file, issued->key_pem, 0600, existing);
    if (!kept) return misused(terminal, kept.error());
  }
  const auto written = certs::write_file(chain_file, issued->chain_pem, 0644, existing);
  if (!written) return misused(terminal, written.error());
  terminal.out << chain_file << ": until " << certs::to_text(wanted->not_after) << '\n';
  return kDone;
}

}  // namespace support::cert
