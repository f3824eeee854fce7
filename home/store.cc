#include "home/store.h"

#include <chrono>
#include <utility>

#include "base/random.h"
#include "home/schema.h"
#include "home/sqlite.h"

namespace home {
namespace {

constexpr std::string_view kUserColumns =
    "users.name, first_name, last_name, phone, mail, directory_uri";
constexpr std::string_view kDeviceColumns =
    "devices.id, devices.name, COALESCE(users.name, ''), model, product, protocol, description, "
    "changed FROM devices LEFT JOIN users ON users.id = devices.owner";
// ?1 to ?5 are the fields of UserQuery; texts before the wildcard are escaped with a backslash.
constexpr std::string_view kMatch =
    " FROM users WHERE (?1 = '' OR name LIKE ?1 ESCAPE '\\' OR first_name LIKE ?1 ESCAPE '\\'"
    " OR last_name LIKE ?1 ESCAPE '\\') AND (?2 = '' OR name LIKE ?2 ESCAPE '\\')"
    " AND (?3 = '' OR first_name LIKE ?3 ESCAPE '\\') AND (?4 = '' OR last_name LIKE ?4 ESCAPE "
    "'\\')"
    " AND (?5 = '' OR phone = ?5 OR EXISTS (SELECT 1 FROM lines JOIN devices ON devices.id = device"
    " WHERE devices.owner = users.id AND number = ?5))";

User read_user(const Run& run) {
  return {run.text(0), run.text(1), run.text(2), run.text(3), run.text(4), run.text(5)};
}

Device read_device(const Run& run) {
  Device device;
  device.id = run.text(0);
  device.name = run.text(1);
  device.owner = run.text(2);
  device.model = run.text(3);
  device.product = run.number(4);
  device.protocol = run.text(5);
  device.description = run.text(6);
  device.changed = run.number(7);
  return device;
}

// A LIKE pattern for what begins with `text`; an empty text stays empty.
std::string prefix_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  if (!pattern.empty()) pattern += '%';
  return pattern;
}

base::Error not_found(std::string_view what, std::string_view name) {
  return {base::Errc::NotFound, "no " + std::string(what) + " \"" + std::string(name) + "\""};
}

base::Result<> run_once(Run& run) {
  if (const auto done = run.step(); !done) return done.error();
  return {};
}

}  // namespace

struct Store::Impl {
  Impl(Database opened, const base::Clock& time) : database(std::move(opened)), clock(time) {}

  // One entry for each statement: the member and its text.
  base::Result<> prepare();
  base::Result<> load_lines(Device& device);
  base::Result<std::vector<Device>> all_of(Run& run);
  // The device without its lines, and the lines anew.
  base::Result<> write_device(Statement& statement, const Device& device);
  base::Result<> write_lines(const Device& device);
  // NotFound unless the last statement changed something.
  base::Result<> changed(Run& run, std::string_view what, std::string_view name);

  Database database;
  const base::Clock& clock;
  bool in_transaction = false;

  using Slot = std::optional<Statement>;
  Slot user, hash, count_users, page_users, all_users, insert_user, update_user, set_hash,
      delete_user, device, devices_of, all_devices, insert_device, update_device, delete_device,
      lines, insert_line, delete_lines, line_exists;
};

base::Result<> Store::Impl::prepare() {
  const std::string select_user = "SELECT " + std::string(kUserColumns);
  const std::string select_device = "SELECT " + std::string(kDeviceColumns);
  const struct {
    Slot& slot;
    std::string sql;
  } texts[] = {
      {user, select_user + " FROM users WHERE name = ?1"},
      {hash, "SELECT password FROM users WHERE name = ?1"},
      {count_users, "SELECT COUNT(*)" + std::string(kMatch)},
      {page_users, select_user + std::string(kMatch) + " ORDER BY name LIMIT ?6 OFFSET ?7"},
      {all_users, select_user + " FROM users ORDER BY name"},
      {insert_user,
       "INSERT INTO users (name, first_name, last_name, phone, mail, directory_uri, password)"
       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
      {update_user,
       "UPDATE users SET first_name = ?2, last_name = ?3, phone = ?4, mail = ?5,"
       " directory_uri = ?6 WHERE name = ?1"},
      {set_hash, "UPDATE users SET password = ?2 WHERE name = ?1"},
      {delete_user, "DELETE FROM users WHERE name = ?1"},
      {device, select_device + " WHERE devices.name = ?1 COLLATE BINARY"},
      {devices_of, select_device + " WHERE users.name = ?1 ORDER BY devices.name"},
      {all_devices, select_device + " ORDER BY devices.name"},
      {insert_device,
       "INSERT INTO devices (name, model, product, protocol, description, changed, owner, id)"
       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT id FROM users WHERE name = ?7), ?8)"},
      {update_device,
       "UPDATE devices SET model = ?2, product = ?3, protocol = ?4, description = ?5,"
       " changed = ?6, owner = (SELECT id FROM users WHERE name = ?7)"
       " WHERE name = ?1 AND id = ?8"},
      {delete_device, "DELETE FROM devices WHERE name = ?1"},
      {lines, "SELECT id, number FROM lines WHERE device = ?1 ORDER BY button"},
      {insert_line, "INSERT INTO lines (device, button, id, number) VALUES (?1, ?2, ?3, ?4)"},
      {delete_lines, "DELETE FROM lines WHERE device = ?1"},
      {line_exists, "SELECT 1 FROM lines WHERE number = ?1 LIMIT 1"},
  };
  for (const auto& [slot, sql] : texts) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    slot.emplace(*std::move(statement));
  }
  return {};
}

base::Result<> Store::Impl::load_lines(Device& into) {
  Run run(*lines, into.id);
  for (;;) {
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return {};
    into.lines.push_back({run.text(0), run.text(1)});
  }
}

base::Result<std::vector<Device>> Store::Impl::all_of(Run& run) {
  std::vector<Device> found;
  for (;;) {
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(read_device(run));
    if (const auto loaded = load_lines(found.back()); !loaded) return loaded.error();
  }
}

base::Result<> Store::Impl::changed(Run& run, std::string_view what, std::string_view name) {
  if (auto done = run_once(run); !done) return done;
  if (database.changes() == 0) return not_found(what, name);
  return {};
}

base::Result<> Store::Impl::write_device(Statement& statement, const Device& to_write) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  if (!to_write.owner.empty()) {
    Run owner(*user, to_write.owner);
    const auto found = owner.step();
    if (!found) return found.error();
    if (!*found) return not_found("user", to_write.owner);
  }
  Run run(statement, to_write.name, to_write.model, to_write.product, to_write.protocol,
          to_write.description, now, to_write.owner, to_write.id);
  if (auto done = changed(run, "device", to_write.name); !done) return done;
  return write_lines(to_write);
}

base::Result<> Store::Impl::write_lines(const Device& to_write) {
  {
    Run run(*delete_lines, to_write.id);
    if (auto done = run_once(run); !done) return done;
  }
  std::int64_t button = 0;
  for (const Line& line : to_write.lines) {
    const std::string id = line.id.empty() ? base::random_uuid() : line.id;
    Run run(*insert_line, to_write.id, ++button, id, line.number);
    if (auto done = run_once(run); !done) return done;
  }
  return {};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store::~Store() = default;

base::Result<Store> Store::open(const std::string& file, const base::Clock& clock) {
  auto database = Database::open(file);
  if (!database) return database.error();
  if (const auto done = migrate(*database); !done) {
    return base::Error{done.error().code, file + ": " + done.error().detail};
  }
  auto impl = std::make_unique<Impl>(*std::move(database), clock);
  if (const auto done = impl->prepare(); !done) {
    return base::Error{done.error().code, file + ": " + done.error().detail};
  }
  return Store(std::move(impl));
}

base::Result<User> Store::user(std::string_view name) {
  Run run(*impl_->user, name);
  const auto row = run.step();
  if (!row) return row.error();
  if (!*row) return not_found("user", name);
  return read_user(run);
}

base::Result<std::string> Store::password_hash(std::string_view name) {
  Run run(*impl_->hash, name);
  const auto row = run.step();
  if (!row) return row.error();
  if (!*row) return not_found("user", name);
  return run.text(0);
}

base::Result<UserPage> Store::find_users(const UserQuery& query) {
  const std::string name = prefix_pattern(query.name);
  const std::string username = prefix_pattern(query.username);
  const std::string first = prefix_pattern(query.first);
  const std::string last = prefix_pattern(query.last);
  UserPage page;
  {
    Run run(*impl_->count_users, name, username, first, last, query.number);
    if (const auto row = run.step(); !row) return row.error();
    page.total = static_cast<std::size_t>(run.number(0));
  }
  Run run(*impl_->page_users, name, username, first, last, query.number,
          static_cast<std::int64_t>(query.count), static_cast<std::int64_t>(query.start));
  for (;;) {
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return page;
    page.users.push_back(read_user(run));
  }
}

base::Result<std::vector<User>> Store::users() {
  std::vector<User> found;
  Run run(*impl_->all_users);
  for (;;) {
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(read_user(run));
  }
}

base::Result<Device> Store::device(std::string_view name) {
  Run run(*impl_->device, name);
  const auto row = run.step();
  if (!row) return row.error();
  if (!*row) return not_found("device", name);
  Device found = read_device(run);
  if (const auto loaded = impl_->load_lines(found); !loaded) return loaded.error();
  return found;
}

base::Result<std::vector<Device>> Store::devices_of(std::string_view owner) {
  Run run(*impl_->devices_of, owner);
  return impl_->all_of(run);
}

base::Result<std::vector<Device>> Store::devices() {
  Run run(*impl_->all_devices);
  return impl_->all_of(run);
}

base::Result<bool> Store::has_line(std::string_view number) {
  Run run(*impl_->line_exists, number);
  return run.step();
}

base::Result<> Store::add_user(const User& user, std::string_view hash) {
  if (auto fits = check_user(user); !fits) return fits;
  Run run(*impl_->insert_user, user.name, user.first_name, user.last_name, user.phone, user.mail,
          user.directory_uri, hash);
  auto done = run_once(run);
  if (!done && done.error().code == base::Errc::Refused) {
    return base::Error{base::Errc::Refused, "there is a user \"" + user.name + "\" already"};
  }
  return done;
}

base::Result<> Store::update_user(const User& user) {
  if (auto fits = check_user(user); !fits) return fits;
  Run run(*impl_->update_user, user.name, user.first_name, user.last_name, user.phone, user.mail,
          user.directory_uri);
  return impl_->changed(run, "user", user.name);
}

base::Result<> Store::set_password_hash(std::string_view name, std::string_view hash) {
  Run run(*impl_->set_hash, name, hash);
  return impl_->changed(run, "user", name);
}

base::Result<> Store::remove_user(std::string_view name) {
  Run run(*impl_->delete_user, name);
  return impl_->changed(run, "user", name);
}

base::Result<> Store::add_device(const Device& device) {
  if (auto fits = check_device(device); !fits) return fits;
  Device added = device;
  if (added.id.empty()) added.id = base::random_uuid();
  auto done = together([&] { return impl_->write_device(*impl_->insert_device, added); });
  if (!done && done.error().code == base::Errc::Refused) {
    return base::Error{base::Errc::Refused, "there is a device \"" + device.name + "\" already"};
  }
  return done;
}

base::Result<> Store::update_device(const Device& device) {
  if (auto fits = check_device(device); !fits) return fits;
  return together([&]() -> base::Result<> {
    const auto old = this->device(device.name);
    if (!old) return old.error();
    Device next = device;
    next.id = old->id;
    for (Line& line : next.lines) {
      for (const Line& known : old->lines) {
        if (line.id.empty() && known.number == line.number) line.id = known.id;
      }
    }
    return impl_->write_device(*impl_->update_device, next);
  });
}

base::Result<> Store::remove_device(std::string_view name) {
  Run run(*impl_->delete_device, name);
  return impl_->changed(run, "device", name);
}

base::Result<> Store::together(const std::function<base::Result<>()>& work) {
  if (impl_->in_transaction) return work();  // part of the outer one
  auto transaction = Transaction::begin(impl_->database);
  if (!transaction) return transaction.error();
  impl_->in_transaction = true;
  auto done = work();
  if (done) done = transaction->commit();
  impl_->in_transaction = false;
  return done;
}

}  // namespace home
