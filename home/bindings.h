#pragma once
// Where phones are registered (RFC 3261 section 10.2): a table of the database, so that a restart
// keeps it. One writer, the SIP service; it has a connection of its own to the file.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace home {

struct Binding {
  std::int64_t id = 0;  // 0: not stored yet
  std::string line;     // the directory number
  std::string contact;  // the URI, without brackets
  std::string params;   // of the Contact, without expires and other per-message ones
  std::string instance;
  std::int64_t reg_id = 0;
  std::string path;   // "<sip:a;lr>,<sip:b;lr>"; empty: none
  std::string proxy;  // address of the proxy that the REGISTER came over; empty: none
  std::string call_id;
  std::int64_t cseq = 0;
  std::int64_t registered = 0;  // seconds since 1970
  std::int64_t expires = 0;     // likewise
  bool operator==(const Binding&) const = default;
};

// What a REGISTER does to the bindings of a line. Each new one gets its id when it is stored.
struct BindingChanges {
  std::vector<Binding> stored;  // new ones, and those that are there already (by id)
  std::vector<std::int64_t> removed;
};

class Bindings final {
 public:
  // The file's schema must be current (Store::open).
  static base::Result<Bindings> open(const std::string& file);
  Bindings(Bindings&&) noexcept;
  ~Bindings();

  // Those that end after `now` (seconds since 1970), oldest first.
  base::Result<std::vector<Binding>> of_line(std::string_view line, std::int64_t now);
  base::Result<std::vector<Binding>> all(std::int64_t now);
  // NotFound: it ended or was removed.
  base::Result<Binding> find(std::int64_t id, std::int64_t now);

  // All of it or nothing.
  base::Result<> apply(BindingChanges& changes);
  base::Result<> remove(std::int64_t id);
  // Removes those that ended, and those whose line is no device's any more. Their ids.
  base::Result<std::vector<std::int64_t>> sweep(std::int64_t now);

 private:
  struct Impl;
  explicit Bindings(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace home
