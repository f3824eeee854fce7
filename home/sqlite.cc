#include "home/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

namespace home {
namespace {

constexpr int kBusyMilliseconds = 5'000;

// The primary code steers, the message is for the log.
base::Error error_of(sqlite3* handle) {
  const int code = sqlite3_errcode(handle);
  const auto kind = code == SQLITE_CONSTRAINT ? base::Errc::Refused : base::Errc::System;
  return {kind, std::string("database: ") + sqlite3_errmsg(handle)};
}

// SQLite would create the file with the umask's permissions; its journal files copy those of the
// file, so making it first protects all of them. A file that is there is not touched: to close one
// descriptor of it ends the locks that this process's other connections hold (fcntl(2)), and a
// program that then closes the file as if it were the last one takes the journal away from them.
base::Result<> create_private(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return {};
  if (fd < 0) return base::Error{base::Errc::System, file + ": " + std::strerror(errno)};
  ::close(fd);
  return {};
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

base::Result<Database> Database::open(const std::string& file) {
  if (const auto made = create_private(file); !made) return made.error();
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Database database(raw);  // SQLite gives a handle even when it fails
  if (code != SQLITE_OK) {
    return base::Error{base::Errc::System, file + ": " + sqlite3_errstr(code)};
  }
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  // The schema of a file that someone else made must not run code of its own.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  const auto prepared = database.execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  if (!prepared) return base::Error{base::Errc::System, file + ": " + prepared.error().detail};
  return database;
}

base::Result<> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return last_error();
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return last_error();
  return Statement(raw);
}

base::Error Database::last_error() const {
  return error_of(handle_.get());
}

int Database::changes() const {
  return sqlite3_changes(handle_.get());
}

void Statement::bind(int index, std::string_view text) {
  // An empty view may have no address at all, which SQLite would take for NULL.
  const char* data = text.empty() ? "" : text.data();
  const int code = sqlite3_bind_text(handle_.get(), index, data, static_cast<int>(text.size()),
                                     SQLITE_TRANSIENT);
  assert(code == SQLITE_OK);  // a wrong index, or a statement in the middle of a run
}

void Statement::bind(int index, std::int64_t number) {
  const int code = sqlite3_bind_int64(handle_.get(), index, number);
  assert(code == SQLITE_OK);
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  base::Error error = error_of(sqlite3_db_handle(handle_.get()));
  reset();
  return error;
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

base::Result<Transaction> Transaction::begin(Database& database) {
  if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

base::Result<> Transaction::commit() {
  assert(database_ != nullptr);
  auto done = database_->execute("COMMIT");
  if (done) database_ = nullptr;  // otherwise the destructor rolls back
  return done;
}

}  // namespace home
