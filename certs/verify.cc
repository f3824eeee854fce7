#include "certs/verify.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "certs/constraints.h"
#include "certs/openssl.h"
#include "certs/path.h"
#include "certs/strength.h"

namespace certs {
namespace {

constexpr std::size_t kMaxNamesTold = 8;  // a reason is one line of a log

struct Broken {
  std::string rule;
  std::string reason;
};
using Judgement = std::optional<Broken>;

std::string list(const std::vector<Name>& names, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMaxNamesTold; ++i) {
    if (i > 0) text.append(between);
    text.append(to_string(names[i]));
  }
  if (names.size() > kMaxNamesTold) {
    text.append(fmt::format(" and {} more", names.size() - kMaxNamesTold));
  }
  return text;
}

Judgement judge_signature(const X509* certificate) {
  auto weakness = weakness_of_signature(certificate);
  if (!weakness) return std::nullopt;
  return Broken{"signature", *std::move(weakness)};
}

Judgement judge_key(const X509* certificate) {
  auto weakness = weakness_of_key(X509_get0_pubkey(certificate));
  ERR_clear_error();
  if (!weakness) return std::nullopt;
  return Broken{"key-strength", *std::move(weakness)};
}

// What a certificate can be refused for whatever it is used for and whoever signed it.
Judgement judge_alone(X509* certificate, bool is_root) {
  const auto identity = identity_of(certificate);
  if (!identity) return Broken{"san-malformed", identity.error().detail};
  if (auto broken = judge_key(certificate)) return broken;
  return is_root ? std::nullopt : judge_signature(certificate);
}

Judgement judge_each(const CertificateChain& chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool is_leaf = i == 0;
    const bool is_root = !is_leaf && i + 1 == chain.size();
    auto broken = judge_alone(chain[i].get(), is_root);
    if (!broken) continue;
    broken->reason = prefix_for(chain[i].get(), is_leaf) + broken->reason;
    return broken;
  }
  return std::nullopt;
}

// Some algorithms are so old that OpenSSL no longer computes them, and calls the path broken. The
// true reason is then one of ours.
Judgement explain(const Path& path) {
  if (path.fault == Path::Fault::None) return std::nullopt;
  if (path.signature_failed) {
    if (auto broken = judge_each(path.chain)) return broken;
  }
  return Broken{path.fault == Path::Fault::Time ? "time" : "chain", path.reason};
}

// The path over strong certificates where there is one, or else any.
Path choose_path(const std::vector<X509*>& chain, const Trust& trust,
                 std::chrono::system_clock::time_point at) {
  const std::vector<X509*> others(chain.begin() + 1, chain.end());
  std::vector<X509*> strong;
  std::copy_if(others.begin(), others.end(), std::back_inserter(strong),
               [](X509* certificate) { return !judge_alone(certificate, false); });
  Path path = find_path(chain.front(), strong, trust, at);
  if (path.fault == Path::Fault::None || strong.size() == others.size()) return path;
  return find_path(chain.front(), others, trust, at);
}

std::string_view name_of(Role role) {
  return role == Role::Server ? "server" : "client";
}

bool allows(std::uint32_t extended_usage, Role role) {
  // UINT32_MAX, all bits, stands for an absent extension.
  const std::uint32_t wanted = role == Role::Server ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
  return (extended_usage & (wanted | XKU_ANYEKU)) != 0;
}

Judgement judge_usage(const CertificateChain& chain, Role role) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool is_leaf = i == 0;
    const bool is_root = !is_leaf && i + 1 == chain.size();
    if (is_root || allows(X509_get_extended_key_usage(chain[i].get()), role)) continue;
    return Broken{"usage", fmt::format("{}not to be used as TLS {} (extended key usage)",
                                       prefix_for(chain[i].get(), is_leaf), name_of(role))};
  }
  const std::uint32_t usage = X509_get_key_usage(chain.front().get());
  const std::uint32_t encipherment = role == Role::Server ? KU_KEY_ENCIPHERMENT : 0;
  if ((usage & (KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT | encipherment)) != 0) return std::nullopt;
  return Broken{"usage", fmt::format("not to be used as TLS {} (key usage)", name_of(role))};
}

Judgement judge_name(const Identity& identity, const std::vector<Name>& names) {
  if (names.empty()) return std::nullopt;
  const auto held = [&](const Name& name) { return holds(identity, name); };
  if (std::any_of(names.begin(), names.end(), held)) return std::nullopt;
  const std::vector<Name> issued = names_of(identity);
  if (issued.empty()) {
    return Broken{
        "name", "issued for no name (no subject alternative name), not for " + list(names, " or ")};
  }
  return Broken{"name", "issued for " + list(issued, ", ") + ", not for " + list(names, " or ")};
}

Judgement judge(const std::vector<X509*>& chain, const Trust& trust, const Expectation& expected,
                const Identity& identity) {
  const Path path = choose_path(chain, trust, expected.at);
  if (auto broken = explain(path)) return broken;
  if (auto breach = breach_by_service(path.chain, identity)) {
    return Broken{"chain", *std::move(breach)};
  }
  if (auto broken = judge_each(path.chain)) return broken;
  if (auto broken = judge_usage(path.chain, expected.role)) return broken;
  return judge_name(identity, expected.names);
}

}  // namespace

Verdict verify(const std::vector<X509*>& chain, const Trust& trust, const Expectation& expected) {
  if (chain.empty() || std::find(chain.begin(), chain.end(), nullptr) != chain.end()) {
    return {false, "empty", "no certificate was shown", {}};
  }
  auto identity = identity_of(chain.front());
  if (!identity) return {false, "san-malformed", identity.error().detail, {}};
  if (chain.size() > kMaxChain) {
    return {false, "chain",
            fmt::format("{} certificates were shown, more than {}", chain.size(), kMaxChain),
            *std::move(identity)};
  }
  auto broken = judge(chain, trust, expected, *identity);
  if (broken) {
    return {false, std::move(broken->rule), std::move(broken->reason), *std::move(identity)};
  }
  return {true, "ok", "ok", *std::move(identity)};
}

}  // namespace certs
