#pragma once
// The lines of a user's devices, as their configuration files say (wire.md 5): asked for when a
// credential is checked, so that a client registers its own lines and no others.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/upstream.h"
#include "net/http/fetch.h"
#include "net/loop.h"
#include "net/timer.h"

namespace core {

class Discovery;

// A token (style.md, rule 18): destroying it cancels.
class DeviceLines final {
 public:
  static constexpr std::size_t kMaxAsked = 16;              // devices; more are left out
  static constexpr std::chrono::seconds kLimit{5};          // for all of them
  static constexpr std::chrono::milliseconds kStep{2'500};  // for one file from one node

  // The lines of all devices, each once. A file that is not there has none. An error when of one
  // device nobody could be asked: what is not known must not look like a line the user has not.
  using Done = std::function<void(base::Result<std::vector<std::string>> lines)>;

  // `nodes`: to ask, the best first. `done` comes from the loop.
  DeviceLines(net::Loop& loop, UpstreamPool& pool, std::vector<Node> nodes,
              const std::vector<std::string>& devices, Done done);
  ~DeviceLines();
  DeviceLines(const DeviceLines&) = delete;
  DeviceLines& operator=(const DeviceLines&) = delete;

 private:
  struct File {
    std::string target;
    std::size_t next_node = 0;
    std::unique_ptr<net::http::Fetch> fetch;
    std::vector<std::string> lines;
  };
  void ask(File& file);
  void on_document(File& file, base::Result<net::http::Document> document);
  void on_timer();
  void finish(base::Result<std::vector<std::string>> result);

  net::Loop& loop_;
  UpstreamPool& pool_;
  const std::vector<Node> nodes_;
  std::vector<std::unique_ptr<File>> files_;
  std::size_t open_ = 0;  // files that are not decided
  base::Error why_{base::Errc::Timeout, "configuration files took too long"};
  Done done_;
  net::Timer timer_;
};

// The nodes that serve configuration files, by name where they have one.
std::vector<Node> file_nodes(const Discovery& discovery);

}  // namespace core
