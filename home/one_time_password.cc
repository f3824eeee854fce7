#include "home/one_time_password.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/text.h"
#include "home/sqlite.h"

namespace home {
namespace {

std::string hash_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base::encode_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool looks_minted(std::string_view text) {
  return text.size() == OneTimePasswords::kTextBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return base::is_alnum(c) || c == '-' || c == '_'; });
}

}  // namespace

struct OneTimePasswords::Impl {
  Impl(Database opened, const base::Clock& of) : database(std::move(opened)), clock(of) {}
  base::Result<> prepare();
  base::Result<> make_room(std::int64_t user, std::int64_t now);
  std::int64_t now() const {
    return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
  }

  Database database;
  const base::Clock& clock;
  using Slot = std::optional<Statement>;
  Slot user_id, sweep, push_out, forget, insert, find, spend;
};

base::Result<> OneTimePasswords::Impl::prepare() {
  const struct {
    Slot& slot;
    std::string_view sql;
  } texts[] = {
      {user_id, "SELECT id FROM users WHERE name = ?1"},
      {sweep, "DELETE FROM one_time_passwords WHERE expires <= ?1"},
      {push_out,
       "UPDATE one_time_passwords SET spent = 1 WHERE user = ?1 AND spent = 0 AND id NOT IN"
       " (SELECT id FROM one_time_passwords WHERE user = ?1 AND spent = 0 AND expires > ?2"
       " ORDER BY id DESC LIMIT ?3)"},
      {forget,
       "DELETE FROM one_time_passwords WHERE user = ?1 AND id NOT IN"
       " (SELECT id FROM one_time_passwords WHERE user = ?1 ORDER BY id DESC LIMIT ?2)"},
      {insert,
       "INSERT INTO one_time_passwords (hash, user, expires, spent) VALUES (?1, ?2, ?3, 0)"},
      {find,
       "SELECT one.id, one.spent, one.expires FROM one_time_passwords AS one"
       " JOIN users ON users.id = one.user WHERE one.hash = ?1 AND users.name = ?2"},
      {spend,
       "UPDATE one_time_passwords SET spent = 1 WHERE id = ?1 AND hash = ?2 AND spent = 0"
       " AND expires > ?3"},
  };
  for (const auto& [slot, sql] : texts) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    slot.emplace(*std::move(statement));
  }
  return {};
}

// For one more of this user, within the limits.
base::Result<> OneTimePasswords::Impl::make_room(std::int64_t user, std::int64_t now) {
  constexpr auto kLive = static_cast<std::int64_t>(kMaxLive - 1);
  constexpr auto kKnown = static_cast<std::int64_t>(kMaxKnown - 1);
  Run swept(*sweep, now - kRemember.count());
  if (const auto done = swept.step(); !done) return done.error();
  Run pushed(*push_out, user, now, kLive);
  if (const auto done = pushed.step(); !done) return done.error();
  Run forgotten(*forget, user, kKnown);
  if (const auto done = forgotten.step(); !done) return done.error();
  return {};
}

OneTimePasswords::OneTimePasswords(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OneTimePasswords::OneTimePasswords(OneTimePasswords&&) noexcept = default;
OneTimePasswords::~OneTimePasswords() = default;

base::Result<OneTimePasswords> OneTimePasswords::open(const std::string& file,
                                                      const base::Clock& clock) {
  auto database = Database::open(file);
  if (!database) return database.error();
  auto impl = std::make_unique<Impl>(*std::move(database), clock);
  if (const auto done = impl->prepare(); !done) {
    return base::Error{done.error().code, file + ": " + done.error().detail};
  }
  return OneTimePasswords(std::move(impl));
}

base::Result<std::string> OneTimePasswords::mint(std::string_view user) {
  auto transaction = Transaction::begin(impl_->database);
  if (!transaction) return transaction.error();
  std::int64_t id = 0;
  {
    Run run(*impl_->user_id, user);
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) {
      return base::Error{base::Errc::NotFound, "there is no user \"" + std::string(user) + "\""};
    }
    id = run.number(0);
  }
  const std::int64_t now = impl_->now();
  if (const auto room = impl_->make_room(id, now); !room) return room.error();
  std::string text = base::encode_base64url(base::random_bytes(kRandomBytes));
  {
    Run run(*impl_->insert, hash_of(text), id, now + kLifetime.count());
    if (const auto done = run.step(); !done) return done.error();
  }
  if (const auto done = transaction->commit(); !done) return done.error();
  return text;
}

base::Result<OneTimePasswords::Verdict> OneTimePasswords::consume(std::string_view user,
                                                                  std::string_view text) {
  if (!looks_minted(text)) return Verdict::Unknown;
  const std::string hash = hash_of(text);
  const std::int64_t now = impl_->now();
  std::int64_t id = 0;
  {
    // Read first: most texts of this length are guesses, which must not take the write lock.
    Run run(*impl_->find, hash, user);
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return Verdict::Unknown;
    if (run.number(1) != 0 || run.number(2) <= now) return Verdict::Expired;
    id = run.number(0);
  }
  Run run(*impl_->spend, id, hash, now);
  if (const auto done = run.step(); !done) return done.error();
  return impl_->database.changes() == 1 ? Verdict::Accepted : Verdict::Expired;
}

}  // namespace home
