#include "core/device_lines.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/discovery.h"
#include "core/uds_documents.h"

namespace core {

namespace http = net::http;

namespace {

constexpr std::uint16_t kFilePort = 6970;
constexpr std::size_t kMaxNameBytes = 128;

// One segment of a path that needs no escape.
bool is_file_name(std::string_view device) {
  return !device.empty() && device.size() <= kMaxNameBytes && device.front() != '.' &&
         std::all_of(device.begin(), device.end(),
                     [](char c) { return base::is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

std::vector<Node> file_nodes(const Discovery& discovery) {
  std::vector<Node> named, literal;
  for (const policy::Node& node : discovery.nodes()) {
    if (node.kind != policy::Node::Kind::Tftp) continue;
    std::vector<Node>& list = base::parse_ip(node.host) ? literal : named;
    list.push_back({policy::Scheme::Http, node.host, kFilePort});
  }
  return named.empty() ? literal : named;
}

DeviceLines::DeviceLines(net::Loop& loop, UpstreamPool& pool, std::vector<Node> nodes,
                         const std::vector<std::string>& devices, Done done)
    : loop_(loop),
      pool_(pool),
      nodes_(std::move(nodes)),
      done_(std::move(done)),
      timer_(loop, [this] { on_timer(); }) {
  for (const std::string& device : devices) {
    if (files_.size() == kMaxAsked) break;
    if (!is_file_name(device)) continue;
    files_.push_back(std::make_unique<File>());
    files_.back()->target = "/" + device + ".cnf.xml";
  }
  open_ = files_.size();
  if (nodes_.empty() || files_.empty()) {
    if (nodes_.empty()) why_ = {base::Errc::NotFound, "no server of configuration files is known"};
    timer_.start(std::chrono::milliseconds{0});
    return;
  }
  timer_.start(kLimit);
  for (const auto& file : files_)
    ask(*file);
}

DeviceLines::~DeviceLines() = default;

void DeviceLines::ask(File& file) {
  const Node& node = nodes_[file.next_node++];
  http::RequestHead head;
  head.method = "GET";
  head.scheme = policy::to_string(node.scheme);
  head.authority = authority_of(node);
  head.target = file.target;
  head.fields.add("Accept", "*/*");
  auto next = std::make_unique<http::Fetch>(
      loop_, pool_.at(node), std::move(head), std::string(), kStep,
      [this, &file](base::Result<http::Document> document) {
        on_document(file, std::move(document));
      },
      kMaxUdsBytes);
  // We may stand inside a callback of the one before.
  if (file.fetch) loop_.retire(std::move(file.fetch));
  file.fetch = std::move(next);
}

void DeviceLines::on_document(File& file, base::Result<http::Document> document) {
  if (!document) {
    why_ = document.error();
  } else if (document->head.status == 200) {
    auto lines = lines_of(document->body);
    if (lines) {
      file.lines = std::move(*lines);
      if (--open_ == 0) finish(std::vector<std::string>{});
      return;
    }
    why_ = lines.error();
  } else if (document->head.status == 404) {
    if (--open_ == 0) finish(std::vector<std::string>{});
    return;
  } else {
    why_ = {base::Errc::Malformed,
            file.target + " answered " + std::to_string(document->head.status)};
  }
  if (file.next_node < nodes_.size()) return ask(file);
  finish(why_);
}

void DeviceLines::on_timer() {
  if (files_.empty()) return finish(std::vector<std::string>{});
  finish(why_);
}

// An empty result stands for what the files said.
void DeviceLines::finish(base::Result<std::vector<std::string>> result) {
  timer_.stop();
  if (result) {
    for (const auto& file : files_) {
      for (std::string& line : file->lines) {
        if (std::find(result->begin(), result->end(), line) == result->end()) {
          result->push_back(std::move(line));
        }
      }
    }
  }
  if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

}  // namespace core
