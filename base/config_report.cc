#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/config_node.h"
#include "base/text.h"

namespace base::config {

void Report::add_at(Location where, std::string_view key, std::string_view text) {
  if (problems_.size() == kMaxProblems) {
    ++dropped_;
    return;
  }
  std::string line(key);
  if (!line.empty()) line += ": ";
  problems_.push_back({where, line.append(text)});
}

Location Report::where(std::string_view key) const {
  for (;;) {
    if (const auto found = index_.find(key); found != index_.end()) return found->second;
    const std::size_t parent = key.find_last_of(".[");
    if (parent == std::string_view::npos) return {};
    key = key.substr(0, parent);
  }
}

std::vector<Problem> Report::problems() const {
  std::vector<Problem> sorted = problems_;
  std::ranges::stable_sort(sorted, {}, &Problem::where);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

std::string Report::to_string() const {
  std::string text;
  for (const Problem& problem : problems()) {
    text += file_ + ":" + std::to_string(problem.where.line) + ":" +
            std::to_string(problem.where.column) + ": " + problem.text + "\n";
  }
  if (dropped_ > 0) text += file_ + ": and " + std::to_string(dropped_) + " more problems\n";
  return text;
}

std::string join_path(std::string_view section, std::string_view key) {
  std::string path(section);
  if (!path.empty()) path += '.';
  append_escaped(path, key.substr(0, kMaxShownBytes));
  return path;
}

std::string item_path(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  const auto system_error = [&] {
    const Errc code = errno == ENOENT ? Errc::NotFound : Errc::System;
    return Error{code, path + ": " + std::generic_category().message(errno)};
  };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return system_error();
  std::string text;
  char block[16 * 1024];
  ssize_t got = 0;
  do {
    got = read(file, block, sizeof block);
    if (got > 0) text.append(block, static_cast<std::size_t>(got));
  } while ((got > 0 && text.size() <= max_bytes) || (got < 0 && errno == EINTR));
  const Error failed = system_error();
  close(file);
  if (got < 0) return failed;
  if (text.size() > max_bytes) {
    return Error{Errc::TooLarge, path + ": larger than " + std::to_string(max_bytes) + " bytes"};
  }
  return text;
}

}  // namespace base::config
