#include "core/digest_proofs.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <memory>
#include <utility>

#include "base/hex.h"
#include "core/config.h"
#include "sip/digest.h"

namespace core {
namespace {

template <std::size_t N>
void take_hex(std::string hex, std::array<std::uint8_t, N>& out) {
  auto bytes = base::decode_hex(hex);
  assert(bytes && bytes->size() == N);
  std::memcpy(out.data(), bytes->data(), N);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  OPENSSL_cleanse(hex.data(), hex.size());
}

void add_once(std::vector<std::string>& list, std::string item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

// A password that waits in a callback, wiped when the last holder goes.
std::shared_ptr<std::string> keep_secret(std::string_view password) {
  return std::shared_ptr<std::string>(new std::string(password), [](std::string* text) {
    OPENSSL_cleanse(text->data(), text->size());
    delete text;
  });
}

// Whether the password gives the proof that the canonical user name has. Constant time matters
// little, since the call manager was asked about this very password, but costs nothing.
bool fits(const policy::Association& association, std::string_view realm,
          std::string_view password) {
  if (association.proofs.empty()) return false;
  const policy::DigestProof& known = association.proofs.front();
  const policy::DigestProof made = make_proof(known.username, realm, password);
  return CRYPTO_memcmp(known.sha256.data(), made.sha256.data(), made.sha256.size()) == 0;
}

}  // namespace

policy::DigestProof make_proof(std::string_view username, std::string_view realm,
                               std::string_view password) {
  policy::DigestProof proof;
  proof.username = username;
  take_hex(sip::digest_ha1(sip::DigestAlgorithm::Md5, username, realm, password), proof.md5);
  take_hex(sip::digest_ha1(sip::DigestAlgorithm::Sha256, username, realm, password), proof.sha256);
  return proof;
}

std::vector<std::string> spellings_of(std::string_view user, std::string_view domain,
                                      std::string_view typed) {
  const std::string_view local = typed.substr(0, typed.find('@'));
  const auto with_domain = [&](std::string_view name) {
    return std::string(name).append("@").append(domain);
  };
  std::vector<std::string> names{std::string(user)};
  add_once(names, with_domain(user));
  if (!local.empty()) {
    add_once(names, std::string(local));
    add_once(names, with_domain(local));
    add_once(names, std::string(typed));
  }
  return names;
}

DigestProofs::DigestProofs(policy::Store& store, const base::Clock& clock, base::Logger& log,
                           std::vector<std::string> realms, std::chrono::seconds lifetime)
    : store_(store),
      clock_(clock),
      log_(log),
      realms_(std::move(realms)),
      lifetime_(lifetime),
      associations_(store) {}

policy::Store::Token DigestProofs::accepted(const Account& account, std::string_view typed,
                                            std::string_view password, bool replaced, Proven done) {
  const std::string realm = realms_.empty() ? std::string() : realms_.front();
  return associations_.get(
      {account.user, account.domain, realm},
      [this, account, realm, replaced, typed = std::string(typed), secret = keep_secret(password),
       done = std::move(done)](base::Result<std::optional<policy::Association>> found) {
        std::vector<std::string> spellings = spellings_of(account.user, account.domain, typed);
        bool changed = replaced;
        auto since = now();
        if (found && *found) {
          if (fits(**found, realm, *secret)) {
            // Not before it was made: what was older then is revoked.
            since = std::max(since, (*found)->issued);
            // Another client of the user may have typed another spelling.
            for (const policy::DigestProof& proof : (*found)->proofs)
              add_once(spellings, proof.username);
          } else {
            changed = true;
          }
        }
        // Times are in seconds: what is made of the new password counts from the next one on, so
        // that what was made of the old one in this very second ends too.
        if (changed) since = std::max(since, now() + std::chrono::seconds{1});
        store(account, {since, since + lifetime_, {}, account.devices}, spellings, *secret);
        // Behind the writing, so that whoever hears of it finds the new ones.
        if (changed) {
          revoke_older(account.user, account.domain, now(),
                       "another password was accepted than before");
        }
        done(since);
      });
}

void DigestProofs::store(const Account& account, const policy::Association& made,
                         const std::vector<std::string>& spellings, std::string_view password) {
  for (const std::string& realm : realms_) {
    policy::Association one = made;
    for (const std::string& spelling : spellings) {
      if (one.proofs.size() == policy::Association::kMaxProofs) break;
      one.proofs.push_back(make_proof(spelling, realm, password));
    }
    associations_.put({account.user, account.domain, realm}, one);
  }
}

void DigestProofs::refused(std::string_view user, std::string_view domain,
                           std::string_view password, bool was_accepted) {
  constexpr std::string_view kWhy = "the call manager refuses the password it accepted before";
  if (was_accepted) return revoke_older(user, domain, now(), kWhy);
  if (realms_.empty()) return;
  look({user, domain, realms_.front()},
       [this, kWhy, user = std::string(user), domain = std::string(domain),
        secret = keep_secret(password)](base::Result<std::optional<policy::Association>> found) {
         if (found && *found && fits(**found, realms_.front(), *secret)) {
           revoke_older(user, domain, now(), kWhy);
         }
       });
}

void DigestProofs::on_revoked(const policy::Revocation& revocation) {
  if (revocation.kind != policy::Revocation::Kind::User) return;
  for (const std::string& realm : realms_) {
    look({revocation.user, revocation.domain, realm},
         [this, revocation, realm](base::Result<std::optional<policy::Association>> found) {
           // One that was made later is of a new sign-in.
           if (!found || (*found && (*found)->issued <= revocation.before)) {
             associations_.erase({revocation.user, revocation.domain, realm});
           }
         });
  }
}

void DigestProofs::revoke_older(std::string_view user, std::string_view domain,
                                std::chrono::sys_seconds before, std::string_view why) {
  log_.warn("older sessions of a user revoked",
            {{"user", std::string(user).append("@").append(domain)}, {"reason", why}});
  store_.revoke(policy::Revocation::of_user(std::string(user), std::string(domain), before,
                                            kMaxSessionLifetime));
}

void DigestProofs::look(const policy::AssociationKey& key, Found done) {
  if (looking_.size() >= kMaxLooks) return;
  const std::uint64_t number = ++looks_;
  looking_[number] =
      associations_.get(key, [this, number, done = std::move(done)](
                                 base::Result<std::optional<policy::Association>> found) {
        // Kept until the end of this call: it holds what is running.
        const auto token = looking_.extract(number);
        done(std::move(found));
      });
}

}  // namespace core
