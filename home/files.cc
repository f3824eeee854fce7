#include "home/files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "home/device_file.h"

namespace home {
namespace {

using net::http::Exchange;
using net::http::ExchangeTrace;

constexpr std::string_view kDeviceSuffix = ".cnf.xml";

std::string_view content_type(std::string_view name) {
  constexpr struct {
    std::string_view suffix;
    std::string_view type;
  } kTypes[] = {{".xml", "application/xml"},
                {".json", "application/json"},
                {".png", "image/png"},
                {".jpg", "image/jpeg"},
                {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [suffix, type] : kTypes) {
    if (name.ends_with(suffix)) return type;
  }
  return "application/octet-stream";
}

Reply not_found(std::string_view reason) {
  return refusal(404, "no such file", reason);
}

Reply failed(std::string_view reason) {
  Reply reply = refusal(503, "temporarily out of service", reason);
  reply.response.head.fields.add("Retry-After", "5");
  return reply;
}

}  // namespace

// Sends a file piece by piece, never further ahead than the client takes it.
class Files::Sender final : public net::http::Job {
 public:
  Sender(Exchange& exchange, OpenFile file)
      : exchange_(exchange), file_(std::move(file.handle)), left_(file.size_bytes) {}

  void pump() {
    std::array<char, 16 * 1024> piece;
    while (left_ > 0 && exchange_.queued_bytes() <= net::http::Flow::kHighWater) {
      const std::size_t wanted = std::min<std::uint64_t>(piece.size(), left_);
      const ssize_t got = ::read(file_.fd(), piece.data(), wanted);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {  // the length was promised: a short body must not pass for a whole one
        const char* why = got < 0 ? std::strerror(errno) : "the file became shorter";
        return exchange_.reset({base::Errc::System, why});
      }
      exchange_.write({piece.data(), static_cast<std::size_t>(got)});
      left_ -= static_cast<std::uint64_t>(got);
    }
    if (left_ == 0) exchange_.finish();
  }

 private:
  void on_body(std::string_view) override {}  // a GET's body means nothing (RFC 9110, 9.3.1)
  void on_end() override {}
  void on_drained() override { pump(); }
  void on_failed(const base::Error&) override { left_ = 0; }

  Exchange& exchange_;
  net::Socket file_;
  std::uint64_t left_;
};

Files::Files(const Cluster& cluster, Store& store, AccessLog& log, std::string folder)
    : cluster_(cluster), store_(store), log_(log), folder_(std::move(folder)) {}

void Files::handle(Exchange& exchange) {
  ExchangeTrace trace = log_.begin(exchange);
  const auto resource = parse_target(exchange.request().target);
  if (!resource) {
    return send(exchange, trace,
                refusal(400, "the request cannot be read", resource.error().detail));
  }
  const std::string& method = exchange.request().method;
  if (method != "GET" && method != "HEAD") return send(exchange, trace, method_refusal());

  const std::string& name = resource->segments.back();
  if (resource->segments.size() == 1 && name.ends_with(kDeviceSuffix)) {
    auto text = device_text(name);
    if (text) return send(exchange, trace, document(*std::move(text)));
    if (text.error().code != base::Errc::NotFound) {
      return send(exchange, trace, failed(text.error().detail));
    }
  }
  if (!folder_.empty()) {
    auto file = open_beneath(folder_, resource->segments);
    if (file) return send_file(exchange, trace, *std::move(file), name);
    if (file.error().code != base::Errc::NotFound) {
      return send(exchange, trace, failed(file.error().detail));
    }
  }
  send(exchange, trace, fallback(*resource));
}

base::Result<std::string> Files::device_text(std::string_view file_name) {
  file_name.remove_suffix(kDeviceSuffix.size());
  const auto device = store_.device(file_name);
  if (!device) return device.error();
  User owner;
  if (!device->owner.empty()) {
    auto found = store_.user(device->owner);
    // Removed a moment ago, and the device with them.
    if (!found) return found.error();
    owner = *std::move(found);
  }
  return device_file(cluster_, *device, owner);
}

Reply Files::fallback(const Resource& resource) {
  const auto& path = resource.segments;
  if (path.size() == 1 && path[0] == "SPDefault.cnf.xml") {
    return document(service_profile_file(cluster_));
  }
  if (path.size() == 2 && path[0] == "CUPC" &&
      (path[1] == "AppDialRules.xml" || path[1] == "DirLookupDialRules.xml")) {
    return document(dial_rules_file());
  }
  return not_found("no device and no file of that name");
}

void Files::send_file(Exchange& exchange, ExchangeTrace& trace, OpenFile file,
                      std::string_view name) {
  net::http::ResponseHead head;
  head.content_length = file.size_bytes;
  head.fields.add("X-Content-Type-Options", "nosniff");
  head.fields.add("Content-Type", content_type(name));
  trace.sending_response(exchange.peer().stream.remote, head);
  const bool with_body = net::http::has_body(exchange.request().method, head.status);
  exchange.respond(std::move(head));
  if (!with_body) return exchange.finish();
  auto sender = std::make_unique<Sender>(exchange, std::move(file));
  Sender& job = *sender;
  exchange.attach(std::move(sender));
  job.pump();
}

}  // namespace home
