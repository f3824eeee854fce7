#include "net/tunnel/control.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace net::tunnel {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr std::size_t kMaxListed = 10'000;  // domains, keys, revocations in one line

base::Error wrong(const std::string& member) {
  return {base::Errc::Malformed, "link control line: member '" + member + "' is missing or wrong"};
}

std::string to_line(const Json& object) {
  return object.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::int64_t to_ms(system_clock::time_point time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

base::Result<Json> parse_object(std::string_view line) {
  Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) {
    return base::Error{base::Errc::Malformed, "link control line: not a JSON object"};
  }
  return object;
}

base::Result<> check_protocol(const Json& object) {
  const auto found = object.find("protocol");
  if (found == object.end() || !found->is_number_integer()) return wrong("protocol");
  if (*found != kProtocol) {
    return base::Error{base::Errc::Unsupported, "the other end speaks link protocol " +
                                                    found->dump() + ", this one " +
                                                    std::to_string(kProtocol)};
  }
  return {};
}

bool read(const Json& object, const char* member, std::string& to) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_string()) return false;
  to = found->get<std::string>();
  return !to.empty();
}

bool read(const Json& object, const char* member, std::uint32_t& to) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number_unsigned()) return false;
  const auto number = found->get<std::uint64_t>();
  if (number > std::numeric_limits<std::uint32_t>::max()) return false;
  to = static_cast<std::uint32_t>(number);
  return true;
}

bool read(const Json& object, const char* member, system_clock::time_point& to) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number_unsigned()) return false;
  const auto ms = found->get<std::uint64_t>();
  constexpr std::uint64_t kYear2200 = 7'258'118'400'000;  // system_clock's nanoseconds end in 2262
  if (ms > kYear2200) return false;
  to = system_clock::time_point{milliseconds{static_cast<std::int64_t>(ms)}};
  return true;
}

bool read(const Json& object, const char* member, std::vector<std::string>& to) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_array() || found->size() > kMaxListed) return false;
  for (const Json& item : *found) {
    if (!item.is_string()) return false;
    to.push_back(item.get<std::string>());
  }
  return true;
}

}  // namespace

std::string encode_hello(const EdgeHello& hello) {
  return to_line({{"protocol", kProtocol},
                  {"edge", hello.name},
                  {"worker", hello.worker},
                  {"workers", hello.workers},
                  {"time", to_ms(hello.time)}});
}

std::string encode_hello(const CoreHello& hello) {
  return to_line({{"protocol", kProtocol},
                  {"core", hello.name},
                  {"instance", hello.instance},
                  {"domains", hello.domains},
                  {"keys", hello.keys},
                  {"sip_routes", hello.sip_routes},
                  {"time", to_ms(hello.time)}});
}

std::string encode_event(const CoreEvent& event) {
  Json object{{"load", event.load}};
  if (!event.revocations.empty()) object["revocations"] = event.revocations;
  return to_line(object);
}

base::Result<EdgeHello> decode_edge_hello(std::string_view line) {
  constexpr std::uint32_t kMaxWorkers = 1024;
  const base::Result<Json> object = parse_object(line);
  if (!object) return object.error();
  if (const auto same = check_protocol(*object); !same) return same.error();
  EdgeHello hello;
  if (!read(*object, "edge", hello.name)) return wrong("edge");
  if (!read(*object, "workers", hello.workers) || hello.workers == 0 ||
      hello.workers > kMaxWorkers) {
    return wrong("workers");
  }
  if (!read(*object, "worker", hello.worker) || hello.worker >= hello.workers) {
    return wrong("worker");
  }
  if (!read(*object, "time", hello.time)) return wrong("time");
  return hello;
}

base::Result<CoreHello> decode_core_hello(std::string_view line) {
  const base::Result<Json> object = parse_object(line);
  if (!object) return object.error();
  if (const auto same = check_protocol(*object); !same) return same.error();
  CoreHello hello;
  if (!read(*object, "core", hello.name)) return wrong("core");
  if (!read(*object, "instance", hello.instance)) return wrong("instance");
  if (!read(*object, "domains", hello.domains)) return wrong("domains");
  if (!read(*object, "keys", hello.keys)) return wrong("keys");
  if (object->contains("sip_routes") && !read(*object, "sip_routes", hello.sip_routes)) {
    return wrong("sip_routes");
  }
  if (!read(*object, "time", hello.time)) return wrong("time");
  return hello;
}

base::Result<CoreEvent> decode_event(std::string_view line) {
  const base::Result<Json> object = parse_object(line);
  if (!object) return object.error();
  CoreEvent event;
  if (!read(*object, "load", event.load)) return wrong("load");
  if (object->contains("revocations") && !read(*object, "revocations", event.revocations)) {
    return wrong("revocations");
  }
  return event;
}

base::Result<> LineReader::feed(std::string_view data) {
  for (std::size_t begin = 0; begin < data.size();) {
    const std::size_t end = std::min(data.find('\n', begin), data.size());
    open_bytes_ += end - begin;
    if (open_bytes_ > kMaxControlLine) {
      return base::Error{base::Errc::TooLarge, "link control line of more than " +
                                                   std::to_string(kMaxControlLine) + " bytes"};
    }
    if (end == data.size()) break;
    open_bytes_ = 0;
    begin = end + 1;
  }
  buffer_.append(data);
  return {};
}

bool LineReader::next(std::string& line) {
  if (buffer_.size() == open_bytes_) return false;  // without looking for its end again and again
  const std::size_t end = buffer_.find('\n');
  line.assign(buffer_, 0, end);
  buffer_.erase(0, end + 1);
  return true;
}

}  // namespace net::tunnel
