#pragma once
// The schema walker: from a YAML file to a program's configuration struct. One table row for each
// key; everything that is wrong is found in one go.
//
//   config::Section<Tls> tls;
//   tls.require("certificate", &Tls::certificate, config::path(), "PEM chain shown to clients");
//   config::Section<EdgeConfig> schema;
//   schema.add("domains", &EdgeConfig::domains, config::list(config::host_name()), "…")
//       .section("tls", &EdgeConfig::tls, tls, "…")
//       .sections("allow", &EdgeConfig::allow, rule, "…");
//   config::Report report(file_name);
//   EdgeConfig loaded = config::load(schema, report);
//   if (two_listeners_on_one_port) report.add("listeners.https[1]", "…");
//   if (!report.ok()) … report.to_string()

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/config_node.h"
#include "base/config_value.h"

namespace base::config {

// A known key, for the documentation and for the tests that compare it with the sample files.
struct Key {
  std::string path;      // "tls.certificate", "allow[].host"
  std::string expected;  // "a port (1 to 65535)", "a section", "a list of sections"
  std::string help;
  bool required = false;
};

// What the walk needs to know of a key.
struct Row {
  std::string key;
  bool required = false;
  bool always = false;  // read it even if it is absent, as an empty section
};

// The walk itself, the same for every struct. `read` gets the number of a row and what was found.
using RowReader = std::function<void(std::size_t row, const Site& value)>;
void walk_section(const Site& site, std::span<const Row> rows, const RowReader& read);
// `read` gets the items one after the other.
void walk_list(const Site& site, const std::function<void(const Site& item)>& read);
// Parses and hands the root to `read`.
void walk_text(std::string_view text, const std::string& folder, Report& report,
               const std::function<void(const Site& root)>& read);
void walk_file(Report& report, const std::function<void(const Site& root)>& read);

// The rows of one section; T is the struct they fill. A key that is absent leaves its member as the
// struct's default has it.
template <typename T>
class Section final {
 public:
  // A key that may be absent. `member` may be of any type that a V can be assigned to, such as
  // std::optional<V>.
  template <typename M, typename V>
  Section& add(std::string key, M T::*member, Value<V> value, std::string help) {
    return put(std::move(key), member, std::move(value), std::move(help), false);
  }
  // A key that must be there.
  template <typename M, typename V>
  Section& require(std::string key, M T::*member, Value<V> value, std::string help) {
    return put(std::move(key), member, std::move(value), std::move(help), true);
  }

  // A section inside this one. Its required keys must be there even if the section is absent.
  template <typename S>
  Section& section(std::string key, S T::*member, Section<S> schema, std::string help) {
    document({key, "a section", std::move(help)}, schema.keys(), ".");
    const auto keep = [member, schema](T& loaded, const T& running) {
      std::vector<std::string> kept = schema.keep(loaded.*member, running.*member);
      for (std::string& path : kept)
        path.insert(0, ".");
      return kept;
    };
    return put_row(
        {.key = std::move(key), .always = true},
        [member, schema = std::move(schema)](T& target, const Site& site) {
          schema.read(target.*member, site);
        },
        keep);
  }
  // One that may be absent as a whole, whose struct has ==.
  template <typename S>
  Section& section(std::string key, std::optional<S> T::*member, Section<S> schema,
                   std::string help) {
    document({key, "a section", std::move(help)}, schema.keys(), ".");
    return put_row(
        {.key = std::move(key)},
        [member, schema = std::move(schema)](T& target, const Site& site) {
          schema.read((target.*member).emplace(), site);
        },
        keep_whole(member));
  }
  // A list of sections, whose struct has ==. What the file says replaces the default list.
  template <typename S>
  Section& sections(std::string key, std::vector<S> T::*member, Section<S> schema,
                    std::string help) {
    document({key, "a list of sections", std::move(help)}, schema.keys(), "[].");
    return put_row(
        {.key = std::move(key)},
        [member, schema = std::move(schema)](T& target, const Site& site) {
          (target.*member).clear();
          walk_list(site,
                    [&](const Site& item) { schema.read((target.*member).emplace_back(), item); });
        },
        keep_whole(member));
  }

  // The key that was added last is taken from a file that is loaded anew, with all that is below
  // it. The others change only with a restart.
  Section& reloaded() {
    keepers_.back() = nullptr;
    return *this;
  }
  // Gives `loaded` what only a restart changes as `running` has it. Returns the paths of the keys
  // that were changed in vain.
  std::vector<std::string> keep(T& loaded, const T& running) const {
    std::vector<std::string> kept;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (!keepers_[row]) continue;
      for (const std::string& below : keepers_[row](loaded, running))
        kept.push_back(rows_[row].key + below);
    }
    return kept;
  }

  // Every key of this section and of those inside it, in the order of the table.
  std::vector<Key> keys() const { return keys_; }

  // Fills `target` from a map; what is wrong goes to the site's report.
  void read(T& target, const Site& site) const {
    walk_section(site, rows_,
                 [&](std::size_t row, const Site& value) { readers_[row](target, value); });
  }

 private:
  using Reader = std::function<void(T&, const Site&)>;
  // As keep() of one row; the paths begin behind its key.
  using Keeper = std::function<std::vector<std::string>(T& loaded, const T& running)>;

  template <typename M>
  static Keeper keep_whole(M T::*member) {
    return [member](T& loaded, const T& running) -> std::vector<std::string> {
      if (loaded.*member == running.*member) return {};
      loaded.*member = running.*member;
      return {""};
    };
  }

  template <typename M, typename V>
  Section& put(std::string key, M T::*member, Value<V> value, std::string help, bool required) {
    static_assert(std::is_assignable_v<M&, V>, "the member cannot take what the value reads");
    document({key, value.expected, std::move(help), required}, {}, {});
    return put_row(
        {.key = std::move(key), .required = required},
        [member, read = std::move(value.read)](T& target, const Site& site) {
          if (auto found = read(site)) target.*member = *std::move(found);
        },
        keep_whole(member));
  }

  Section& put_row(Row row, Reader reader, Keeper keeper) {
    rows_.push_back(std::move(row));
    readers_.push_back(std::move(reader));
    keepers_.push_back(std::move(keeper));
    return *this;
  }

  void document(Key key, const std::vector<Key>& inner, std::string_view joint) {
    const std::string prefix = key.path + std::string(joint);
    keys_.push_back(std::move(key));
    for (Key below : inner) {
      below.path = prefix + below.path;
      keys_.push_back(std::move(below));
    }
  }

  std::vector<Row> rows_;
  std::vector<Reader> readers_;  // one for each row
  std::vector<Keeper> keepers_;  // likewise; null: it is reloaded
  std::vector<Key> keys_;
};

// Reads report.file(). The result is what could be read and may be used only if report.ok(), after
// the program has added its own findings.
template <typename T>
T load(const Section<T>& schema, Report& report) {
  T config;
  walk_file(report, [&](const Site& root) { schema.read(config, root); });
  return config;
}

// The same from memory; relative paths begin at `folder`, "" is the present one.
template <typename T>
T load_text(std::string_view text, const std::string& folder, const Section<T>& schema,
            Report& report) {
  T config;
  walk_text(text, folder, report, [&](const Site& root) { schema.read(config, root); });
  return config;
}

}  // namespace base::config
