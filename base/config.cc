#include "base/config.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"

namespace base::config {
namespace {

// Levenshtein's distance, by the row; both texts are at most kMaxShownBytes long.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, kMaxShownBytes + 1> costs;
  for (std::size_t j = 0; j <= b.size(); ++j)
    costs[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = costs[0];
    costs[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = costs[j];
      costs[j] = std::min({replace, costs[j] + 1, costs[j - 1] + 1});
    }
  }
  return costs[b.size()];
}

// The row whose key is so near that it was probably meant.
const Row* nearest(std::string_view key, std::span<const Row> rows) {
  const Row* best = nullptr;
  std::size_t least = key.size() / 3 + 2;  // this far is another word
  if (key.size() > kMaxShownBytes) return nullptr;
  for (const Row& row : rows) {
    const std::size_t distance = edit_distance(to_lower(key), row.key);
    if (distance >= least || distance >= row.key.size()) continue;
    least = distance;
    best = &row;
  }
  return best;
}

void refuse_unknown(const Site& site, const Node& entry, std::span<const Row> rows) {
  std::string text = "unknown key";
  if (const Row* meant = nearest(entry.key, rows)) text += ", did you mean \"" + meant->key + "\"?";
  site.report.add_at(entry.key_where, join_path(site.path, entry.key), text);
}

const Node* find_value(const Node& map, std::string_view key) {
  const auto found = std::ranges::find(map.items, key, &Node::key);
  return found == map.items.end() ? nullptr : &*found;
}

}  // namespace

void walk_section(const Site& site, std::span<const Row> rows, const RowReader& read) {
  // "tls:" with nothing but comments below it is a section with no keys.
  if (site.node.kind != Node::Kind::Map && site.node.kind != Node::Kind::Null) {
    site.refuse("a section of keys");
    return;
  }
  for (const Node& entry : site.node.items) {
    if (!std::ranges::count(rows, entry.key, &Row::key)) refuse_unknown(site, entry, rows);
  }
  const Node absent{.kind = Node::Kind::Map, .where = site.node.where};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string path = join_path(site.path, rows[i].key);
    if (const Node* value = find_value(site.node, rows[i].key)) {
      site.report.note(path, value->key_where);
      read(i, {*value, path, site.folder, site.report});
    } else if (rows[i].required) {
      site.report.add_at(site.node.where, path, "is missing");
    } else if (rows[i].always) {
      read(i, {absent, path, site.folder, site.report});
    }
  }
}

void walk_list(const Site& site, const std::function<void(const Site& item)>& read) {
  if (site.node.kind != Node::Kind::List) {
    site.refuse("a list of sections");
    return;
  }
  std::size_t index = 0;
  for (const Node& node : site.node.items) {
    const Site item{node, item_path(site.path, index++), site.folder, site.report};
    site.report.note(item.path, node.where);
    read(item);
  }
}

void walk_text(std::string_view text, const std::string& folder, Report& report,
               const std::function<void(const Site& root)>& read) {
  const bool clean = report.ok();
  const Node root = parse_yaml(text, report);
  // Keys would be missing from half a tree that are in the file.
  if (clean && !report.ok() && root.items.empty()) return;
  read({root, {}, folder, report});
}

void walk_file(Report& report, const std::function<void(const Site& root)>& read) {
  const std::string& file = report.file();
  const auto text = read_file(file);
  if (!text) {
    report.add_at({}, {}, "cannot be read: " + text.error().detail);
    return;
  }
  const std::size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : file.substr(0, slash + (slash == 0));
  walk_text(*text, folder, report, read);
}

}  // namespace base::config
