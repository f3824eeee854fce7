#include "home/schema.h"

#include <string>
#include <utility>

#include "home/sqlite.h"

namespace home {
namespace {

// Entry i leads from version i to version i + 1. What was released is never edited: a change of
// the tables is a new entry.
constexpr const char* kSteps[kSchemaVersion] = {R"sql(
CREATE TABLE users (
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE COLLATE NOCASE,
  first_name    TEXT NOT NULL COLLATE NOCASE,
  last_name     TEXT NOT NULL COLLATE NOCASE,
  phone         TEXT NOT NULL,
  mail          TEXT NOT NULL,
  directory_uri TEXT NOT NULL,
  password      TEXT NOT NULL  -- as home/password.h writes it
) STRICT;
CREATE TABLE devices (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE COLLATE NOCASE,
  owner       INTEGER REFERENCES users(id) ON DELETE CASCADE,
  model       TEXT NOT NULL,
  product     INTEGER NOT NULL,
  protocol    TEXT NOT NULL,
  description TEXT NOT NULL,
  changed     INTEGER NOT NULL  -- seconds since 1970, UTC
) STRICT;
CREATE INDEX devices_by_owner ON devices(owner);
CREATE TABLE lines (
  device TEXT NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
  button INTEGER NOT NULL,  -- 1 is the primary line
  id     TEXT NOT NULL UNIQUE,
  number TEXT NOT NULL,
  PRIMARY KEY (device, button)
) STRICT;
CREATE INDEX lines_by_number ON lines(number);
)sql",
                                                R"sql(
CREATE TABLE bindings (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: memory knows a phone by it
  line       TEXT NOT NULL,
  contact    TEXT NOT NULL,     -- the URI, without brackets
  params     TEXT NOT NULL,     -- of the Contact, without those that belong to one message
  instance   TEXT NOT NULL,     -- +sip.instance without quotes; empty: none
  reg_id     INTEGER NOT NULL,  -- 0: none
  path       TEXT NOT NULL,     -- Path's values with commas between them
  proxy      TEXT NOT NULL,     -- address of the proxy it came over; empty: none
  call_id    TEXT NOT NULL,
  cseq       INTEGER NOT NULL,
  registered INTEGER NOT NULL,  -- seconds since 1970, UTC
  expires    INTEGER NOT NULL   -- likewise
) STRICT;
CREATE INDEX bindings_by_line ON bindings(line);
CREATE INDEX bindings_by_expiry ON bindings(expires);
)sql",
                                                R"sql(
CREATE TABLE one_time_passwords (
  id      INTEGER PRIMARY KEY,  -- the larger, the newer
  hash    TEXT NOT NULL UNIQUE,  -- SHA-256 in hex: 128 random bits need no salt and no cost
  user    INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  expires INTEGER NOT NULL,  -- seconds since 1970, UTC
  spent   INTEGER NOT NULL   -- 1: used, or pushed out by newer ones
) STRICT;
CREATE INDEX one_time_passwords_by_user ON one_time_passwords(user);
CREATE INDEX one_time_passwords_by_expiry ON one_time_passwords(expires);
CREATE TRIGGER one_time_passwords_end AFTER UPDATE OF password ON users BEGIN
  DELETE FROM one_time_passwords WHERE user = NEW.id;  -- they were had for the old password
END;
)sql"};

base::Result<int> version_of(Database& database) {
  auto statement = database.prepare("PRAGMA user_version");
  if (!statement) return statement.error();
  if (const auto row = statement->step(); !row) return row.error();
  return static_cast<int>(statement->number(0));
}

}  // namespace

base::Result<> migrate(Database& database) {
  if (const auto version = version_of(database); version && *version == kSchemaVersion) return {};
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = version_of(database);  // another program may just have done it
  if (!version) return version.error();
  if (*version < 0 || *version > kSchemaVersion) {
    return base::Error{base::Errc::Unsupported,
                       "the database was made by a newer version of this program"};
  }
  for (int step = *version; step < kSchemaVersion; ++step) {
    if (auto done = database.execute(kSteps[step]); !done) return done;
  }
  const std::string mark = "PRAGMA user_version = " + std::to_string(kSchemaVersion);
  if (auto done = database.execute(mark.c_str()); !done) return done;
  return transaction->commit();
}

}  // namespace home
