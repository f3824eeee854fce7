#include "net/http/hpack_static.h"

#include <cstddef>

namespace net::http {

constexpr std::array<StaticEntry, kStaticEntries + 1> kStaticTable = {{
    {},
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
}};

namespace {

// A perfect hash: found by trial, no two names of the table share a place.
constexpr std::uint8_t place_of(std::string_view name) {
  const auto byte = [name](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  return static_cast<std::uint8_t>(name.size() + byte(0) * 4u + byte(name.size() / 2) * 5u +
                                   byte(name.size() - 1) * 9u);
}

// The entries of a name, which follow each other: from `first` to before `end`.
struct Group {
  std::uint8_t first = 0;
  std::uint8_t end = 0;
};

constexpr std::array<Group, 256> kGroups = [] {
  std::array<Group, 256> groups{};
  for (std::uint8_t index = 1; index <= kStaticEntries; ++index) {
    Group& group = groups[place_of(kStaticTable[index].name)];
    if (group.first == 0) group.first = index;
    group.end = static_cast<std::uint8_t>(index + 1);
  }
  return groups;
}();

static_assert([] {
  for (const StaticEntry& entry : kStaticTable) {
    if (entry.name.empty()) continue;
    const Group group = kGroups[place_of(entry.name)];
    for (std::size_t i = group.first; i < group.end; ++i) {
      if (kStaticTable[i].name != entry.name) return false;
    }
  }
  return true;
}());

}  // namespace

StaticMatch find_static(std::string_view name, std::string_view value) {
  if (name.empty()) return {};
  const Group group = kGroups[place_of(name)];
  if (kStaticTable[group.first].name != name) return {};
  for (std::uint32_t index = group.first; index < group.end; ++index) {
    if (kStaticTable[index].value == value) return {index, true};
  }
  return {group.first, false};
}

}  // namespace net::http
