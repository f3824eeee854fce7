// The only file that knows yaml-cpp. It uses the parser's events and not its nodes, which take a
// repeated key silently and unfold aliases.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "base/config_node.h"
#include "base/text.h"

namespace base::config {
namespace {

Location to_location(const YAML::Mark& mark) {
  // yaml-cpp counts from 0, and has -1 for "nowhere".
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

// Builds our tree from the events of one document. After a problem it goes on as well as it can,
// so that one run finds all of them.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Report& report) : report_(report) {}

  Node take() { return std::move(root_); }
  Location start() const { return start_; }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = to_location(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    put({.kind = Node::Kind::Null, .where = to_location(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not taken here, write the value out");
    put({.kind = Node::Kind::Null, .where = to_location(mark)});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    const bool quoted = tag == "!";  // how yaml-cpp marks a quoted scalar without a tag
    if (!quoted) refuse_tag(mark, tag);
    put({.kind = Node::Kind::Scalar, .where = to_location(mark), .quoted = quoted, .text = value});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open({.kind = Node::Kind::List, .where = to_location(mark)});
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open({.kind = Node::Kind::Map, .where = to_location(mark)});
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is being read. In a map keys and values take turns.
  struct Level {
    Node node;
    std::string path;
    std::optional<Node> pending_key = std::nullopt;          // was read, its value was not
    bool skip_value = false;                                 // the key was refused
    std::map<std::string, Location, std::less<>> seen = {};  // the keys so far
  };

  void refuse(const YAML::Mark& mark, std::string_view text) {
    report_.add_at(to_location(mark), path_of_next(), text);
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors (&name) are not taken here");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?") refuse(mark, "tags (!name) are not taken here");
  }

  std::string path_of_next() const {
    if (levels_.empty()) return {};
    const Level& level = levels_.back();
    if (level.node.kind == Node::Kind::List) return item_path(level.path, level.node.items.size());
    return level.pending_key ? join_path(level.path, level.pending_key->text) : level.path;
  }

  void open(Node node) {
    const bool deep = levels_.size() >= kMaxDepth;
    if (levels_.size() == kMaxDepth)
      report_.add_at(node.where, path_of_next(), "nested too deeply");
    std::string path = deep ? std::string() : path_of_next();
    levels_.push_back({std::move(node), std::move(path)});
  }

  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == Node::Kind::List) {
      level.node.items.push_back(std::move(node));
    } else if (level.skip_value) {
      level.skip_value = false;
    } else if (level.pending_key) {
      node.key = std::move(level.pending_key->text);
      node.key_where = level.pending_key->where;
      // yaml-cpp places a value that is not there at what follows it.
      if (node.kind == Node::Kind::Null) node.where = node.key_where;
      level.node.items.push_back(std::move(node));
      level.pending_key.reset();
    } else {
      put_key(level, std::move(node));
    }
  }

  void put_key(Level& level, Node node) {
    if (node.kind != Node::Kind::Scalar) {
      report_.add_at(node.where, level.path, "a key must be plain text");
      level.skip_value = true;
      return;
    }
    const auto [first, is_new] = level.seen.emplace(node.text, node.where);
    if (is_new) {
      level.pending_key = std::move(node);
      return;
    }
    report_.add_at(node.where, join_path(level.path, node.text),
                   "stands twice, first in line " + std::to_string(first->second.line));
    level.skip_value = true;
  }

  Report& report_;
  Location start_;
  Node root_;  // an empty map, which is what an empty document is
  std::vector<Level> levels_;
};

// yaml-cpp ends the text silently at a 0x04 and takes UTF-16: neither shall hide a part of a file.
bool has_control_bytes(std::string_view text, Report& report) {
  Location where;
  for (const char c : text) {
    if (c == '\n') {
      ++where.line;
      where.column = 0;
    } else if ((c >= 0 && c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
      std::string shown = escape_for_log({&c, 1});
      report.add_at(where, {}, "the control byte " + shown + " is not taken in a configuration");
      return true;
    }
    ++where.column;
  }
  return false;
}

}  // namespace

Node parse_yaml(std::string_view text, Report& report) {
  if (text.size() > kMaxFileBytes) {
    report.add_at({}, {}, "larger than " + std::to_string(kMaxFileBytes) + " bytes");
    return {};
  }
  if (has_control_bytes(text, report)) return {};
  // yaml-cpp overlooks a quote that is still open at the end if a line end follows it.
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  TreeBuilder builder(report);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Report ignored{{}};
    TreeBuilder second(ignored);
    if (parser.HandleNextDocument(second)) {
      report.add_at(second.start(), {}, "a second document begins here, only one is taken");
    }
  } catch (const YAML::Exception& problem) {
    report.add_at(to_location(problem.mark), {}, escape_for_log(problem.msg));
    return {};
  } catch (const std::exception& problem) {
    report.add_at({}, {}, escape_for_log(problem.what()));
    return {};
  }
  Node root = builder.take();
  return root.kind == Node::Kind::Null ? Node{} : std::move(root);  // "---" alone
}

}  // namespace base::config
