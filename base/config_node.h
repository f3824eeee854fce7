#pragma once
// A configuration file as a tree of nodes that know where they were written, and the report that
// collects what is wrong with it. YAML is read here; what the keys mean is base/config.h's matter.

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace base::config {

inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;  // a larger file is not a configuration
inline constexpr std::size_t kMaxDepth = 16;               // nesting; ours need five
inline constexpr std::size_t kMaxProblems = 100;           // further ones are only counted
inline constexpr std::size_t kMaxShownBytes = 64;          // of a key or value in a report

struct Location {
  int line = 1;    // from 1
  int column = 1;  // from 1
  auto operator<=>(const Location&) const = default;
};

struct Node {
  enum class Kind { Null, Scalar, List, Map };

  Kind kind = Kind::Map;
  Location where = {};
  bool quoted = false;           // Scalar: "8443" in quotes is not a number
  std::string text = {};         // Scalar
  std::vector<Node> items = {};  // List; Map: its values in the order of the file, each key once
  std::string key = {};          // of a value in a Map
  Location key_where = {};
};

struct Problem {
  Location where;
  std::string text;  // "listeners.https[1].port: expected …"
  auto operator<=>(const Problem&) const = default;
};

// Everything that is wrong with one file, and where each of its keys stands. The walker fills it;
// a program adds what it finds by comparing keys.
class Report {
 public:
  // `file` as the user named it; it begins every line of to_string().
  explicit Report(std::string file) : file_(std::move(file)) {}

  bool ok() const { return problems_.empty() && dropped_ == 0; }
  // `key` is a full path: "tls.certificate", "listeners.https[1].port".
  void add(std::string_view key, std::string_view text) { add_at(where(key), key, text); }
  void add_at(Location where, std::string_view key, std::string_view text);
  // Where the key was written. One that is not in the file: where the section stands that lacks it.
  Location where(std::string_view key) const;
  // Is the key in the file?
  bool has(std::string_view key) const { return index_.find(key) != index_.end(); }

  const std::string& file() const { return file_; }
  // In the order of the file, equal ones once.
  std::vector<Problem> problems() const;
  // One line each: "edge.yaml:12:5: listeners.https[1].port: expected a port (1 to 65535), found
  // "99999"". Ends with '\n' unless empty. Text from the file is escaped.
  std::string to_string() const;

  // For the walker: the key at this path stands there.
  void note(const std::string& key, Location where) { index_.emplace(key, where); }

 private:
  std::string file_;
  std::vector<Problem> problems_;
  std::size_t dropped_ = 0;
  std::map<std::string, Location, std::less<>> index_;
};

// Reads one YAML document; an empty one is an empty map. Refused, with line and column: more than
// one document, aliases and anchors (a few of them make a file that unfolds to gigabytes), tags,
// keys that are not plain text, a key that stands twice, control bytes, and whatever yaml-cpp
// refuses. If anything was added to the report the tree is incomplete.
Node parse_yaml(std::string_view text, Report& report);

// The bytes of a file: NotFound, TooLarge above kMaxFileBytes, System.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes = kMaxFileBytes);

// "tls" and "key" make "tls.key", "" and "key" make "key". What is odd in a key is escaped.
std::string join_path(std::string_view section, std::string_view key);
// "allow[3]"
std::string item_path(std::string_view list, std::size_t index);

}  // namespace base::config
