#include "net/http/hpack_static.h"

#include <array>
#include <cassert>
#include <cstddef>

namespace net::http {
namespace {

constexpr std::array<StaticEntry, kStaticEntries + 1> kTable = {{
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

// A perfect hash: found by trial, no two names of the table share a place.
constexpr std::uint8_t place_of(std::string_view name) {
  const auto byte = [name](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  return static_cast<std::uint8_t>(name.size() + byte(0) * 4u + byte(name.size() / 2) * 5u +
                                   byte(name.size() - 1) * 9u);
}

// The first entry of each name, 0 where there is none.
constexpr std::array<std::uint8_t, 256> kFirst = [] {
  std::array<std::uint8_t, 256> first{};
  for (std::uint8_t index = kStaticEntries; index >= 1; --index)
    first[place_of(kTable[index].name)] = index;
  return first;
}();

static_assert([] {
  for (std::uint32_t index = 1; index <= kStaticEntries; ++index) {
    const std::string_view name = kTable[index].name;
    if (kTable[kFirst[place_of(name)]].name != name) return false;
  }
  return true;
}());

}  // namespace

const StaticEntry& static_entry(std::uint32_t index) {
  assert(index >= 1 && index <= kStaticEntries);
  return kTable[index];
}

StaticMatch find_static(std::string_view name, std::string_view value) {
  if (name.empty()) return {};
  const std::uint32_t first = kFirst[place_of(name)];
  if (kTable[first].name != name) return {};
  // Entries of one name follow each other.
  for (std::uint32_t i = first; i <= kStaticEntries && kTable[i].name == name; ++i) {
    if (kTable[i].value == value) return {i, true};
  }
  return {first, false};
}

}  // namespace net::http
