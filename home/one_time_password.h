#pragma once
// One-time passwords: what the presence service takes in place of a password, once and for ten
// minutes (docs/wire.md 5.1). They are rows of the database, so that any worker, and a program that
// mints at the command line, knows of all of them; only their SHA-256 is kept.
//
// They end with their user, and with the password for which they were had. Used and old ones are
// kept for a while, so that they can be told from made-up ones, and are swept when others are
// minted.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace home {

class OneTimePasswords final {
 public:
  static constexpr std::size_t kRandomBytes = 16;
  static constexpr std::size_t kTextBytes = 22;  // of base64url without padding
  static constexpr std::chrono::seconds kLifetime{600};
  // Live ones of a user: several clients may sign in at once, and more are nobody's.
  static constexpr std::size_t kMaxLive = 8;
  // All that are remembered of a user, and how long after they ended: old ones explain a refusal.
  static constexpr std::size_t kMaxKnown = 32;
  static constexpr std::chrono::seconds kRemember{3600};

  enum class Verdict {
    Unknown,   // not minted by us, or for somebody else, or long ago
    Expired,   // this user's, but used, pushed out by newer ones, or too old
    Accepted,  // and spent by that
  };

  // The file's schema must be current (Store::open). `clock` must outlive it.
  static base::Result<OneTimePasswords> open(const std::string& file,
                                             const base::Clock& clock = base::kSystemClock);
  OneTimePasswords(OneTimePasswords&&) noexcept;
  ~OneTimePasswords();

  // A fresh one: 128 random bits in base64url, good for kLifetime. When the user has kMaxLive the
  // oldest ends. NotFound: no such user.
  base::Result<std::string> mint(std::string_view user);
  // Judges `text` as the password of `user` (a name of the store, without ASCII case) and spends
  // it. Of two who try at once, whichever thread or process, one is accepted. System: the database
  // cannot be read or written, and nothing was decided.
  base::Result<Verdict> consume(std::string_view user, std::string_view text);

 private:
  struct Impl;
  explicit OneTimePasswords(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace home
