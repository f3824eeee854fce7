#pragma once
// SQLite with one owner for each handle: a database connection and its prepared statements. A
// connection belongs to one thread; every worker opens its own.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace home {

class Statement;

class Database final {
 public:
  // Opens or creates the file, with foreign keys on, a write-ahead log (readers never wait for the
  // one writer), and 5 s of patience for another writer. A file it creates is readable by its
  // owner only, for it holds password hashes. System when it cannot.
  static base::Result<Database> open(const std::string& file);

  // Runs statements that take no values and give no rows.
  base::Result<> execute(const char* sql);
  // `sql` is a literal of ours, so a failure is a defect of the program or of the file.
  base::Result<Statement> prepare(std::string_view sql);
  // What the last failed call said.
  base::Error last_error() const;
  // The rows that the last statement changed.
  int changes() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement, used again and again: bind the values, step, reset. Must not outlive its
// database.
class Statement final {
 public:
  // Values for ?1, ?2, … in this order. Forgets the run before. Text is copied.
  void bind(int index, std::string_view text);
  void bind(int index, std::int64_t number);

  // True: a row is there. False: done. Refused when a constraint of the schema forbids it.
  base::Result<bool> step();
  // Ends the run, so that no read lock stays behind, and forgets the values.
  void reset();

  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// Ends the run of a statement when the function that started it is left: a statement in the middle
// of its rows holds a read lock, and the write-ahead log would grow behind it.
class Run final {
 public:
  template <typename... Values>
  explicit Run(Statement& statement, const Values&... values) : statement_(statement) {
    statement_.reset();
    int index = 0;
    (statement_.bind(++index, values), ...);
  }
  ~Run() { statement_.reset(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  base::Result<bool> step() { return statement_.step(); }
  std::string text(int column) const { return statement_.text(column); }
  std::int64_t number(int column) const { return statement_.number(column); }

 private:
  Statement& statement_;
};

// One transaction: rolled back unless commit() was called.
class Transaction final {
 public:
  // Takes the write lock at once, so it cannot fail half-way because of another writer.
  static base::Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  base::Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null once it is over
};

}  // namespace home
