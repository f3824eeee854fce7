#include "home/bindings.h"

#include <optional>
#include <utility>

#include "home/sqlite.h"

namespace home {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, line, contact, params, instance, reg_id, path, proxy, call_id, cseq, registered,"
    " expires FROM bindings";

Binding read_binding(const Run& run) {
  Binding binding;
  binding.id = run.number(0);
  binding.line = run.text(1);
  binding.contact = run.text(2);
  binding.params = run.text(3);
  binding.instance = run.text(4);
  binding.reg_id = run.number(5);
  binding.path = run.text(6);
  binding.proxy = run.text(7);
  binding.call_id = run.text(8);
  binding.cseq = run.number(9);
  binding.registered = run.number(10);
  binding.expires = run.number(11);
  return binding;
}

base::Result<std::vector<Binding>> read_all(Run& run) {
  std::vector<Binding> found;
  for (;;) {
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(read_binding(run));
  }
}

}  // namespace

struct Bindings::Impl {
  explicit Impl(Database opened) : database(std::move(opened)) {}
  base::Result<> prepare();
  base::Result<> store(Binding& binding);
  base::Result<> remove(std::int64_t id);

  Database database;
  using Slot = std::optional<Statement>;
  Slot of_line, all, find, insert, update, erase, sweep;
};

base::Result<> Bindings::Impl::prepare() {
  const std::string select(kColumns);
  const struct {
    Slot& slot;
    std::string sql;
  } texts[] = {
      {of_line, select + " WHERE line = ?1 AND expires > ?2 ORDER BY id"},
      {all, select + " WHERE expires > ?1 ORDER BY id"},
      {find, select + " WHERE id = ?1 AND expires > ?2"},
      {insert,
       "INSERT INTO bindings (line, contact, params, instance, reg_id, path, proxy, call_id,"
       " cseq, registered, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
       " RETURNING id"},
      {update,
       "UPDATE bindings SET contact = ?2, params = ?3, instance = ?4, reg_id = ?5, path = ?6,"
       " proxy = ?7, call_id = ?8, cseq = ?9, expires = ?10 WHERE id = ?1"},
      {erase, "DELETE FROM bindings WHERE id = ?1"},
      {sweep,
       "DELETE FROM bindings WHERE expires <= ?1 OR"
       " NOT EXISTS (SELECT 1 FROM lines WHERE number = line) RETURNING id"},
  };
  for (const auto& [slot, sql] : texts) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    slot.emplace(*std::move(statement));
  }
  return {};
}

base::Result<> Bindings::Impl::store(Binding& binding) {
  if (binding.id != 0) {
    Run run(*update, binding.id, binding.contact, binding.params, binding.instance, binding.reg_id,
            binding.path, binding.proxy, binding.call_id, binding.cseq, binding.expires);
    if (const auto done = run.step(); !done) return done.error();
    return {};
  }
  Run run(*insert, binding.line, binding.contact, binding.params, binding.instance, binding.reg_id,
          binding.path, binding.proxy, binding.call_id, binding.cseq, binding.registered,
          binding.expires);
  if (const auto row = run.step(); !row) return row.error();
  binding.id = run.number(0);
  return {};
}

base::Result<> Bindings::Impl::remove(std::int64_t id) {
  Run run(*erase, id);
  if (const auto done = run.step(); !done) return done.error();
  return {};
}

Bindings::Bindings(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Bindings::Bindings(Bindings&&) noexcept = default;
Bindings::~Bindings() = default;

base::Result<Bindings> Bindings::open(const std::string& file) {
  auto database = Database::open(file);
  if (!database) return database.error();
  auto impl = std::make_unique<Impl>(*std::move(database));
  if (const auto done = impl->prepare(); !done) {
    return base::Error{done.error().code, file + ": " + done.error().detail};
  }
  return Bindings(std::move(impl));
}

base::Result<std::vector<Binding>> Bindings::of_line(std::string_view line, std::int64_t now) {
  Run run(*impl_->of_line, line, now);
  return read_all(run);
}

base::Result<std::vector<Binding>> Bindings::all(std::int64_t now) {
  Run run(*impl_->all, now);
  return read_all(run);
}

base::Result<Binding> Bindings::find(std::int64_t id, std::int64_t now) {
  Run run(*impl_->find, id, now);
  const auto row = run.step();
  if (!row) return row.error();
  if (!*row) return base::Error{base::Errc::NotFound, "no such binding"};
  return read_binding(run);
}

base::Result<> Bindings::apply(BindingChanges& changes) {
  auto transaction = Transaction::begin(impl_->database);
  if (!transaction) return transaction.error();
  for (const std::int64_t id : changes.removed) {
    if (auto done = impl_->remove(id); !done) return done;
  }
  for (Binding& binding : changes.stored) {
    if (auto done = impl_->store(binding); !done) return done;
  }
  return transaction->commit();
}

base::Result<> Bindings::remove(std::int64_t id) {
  return impl_->remove(id);
}

base::Result<std::vector<std::int64_t>> Bindings::sweep(std::int64_t now) {
  std::vector<std::int64_t> ids;
  Run run(*impl_->sweep, now);
  for (;;) {
    const auto row = run.step();
    if (!row) return row.error();
    if (!*row) return ids;
    ids.push_back(run.number(0));
  }
}

}  // namespace home
