#include "tests/support/properties.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/seed_bodies.h"

namespace support {
namespace {

// Every byte of `text` replaced, in turn, by each of those that mean something to a parser.
template <typename Property>
void with_each_byte_changed(std::string text, Property property) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char before = text[at];
    for (const char other : {'<', '>', '/', '&', '"', '\0', '\xff'}) {
      text[at] = other;
      property(text);
    }
    text[at] = before;
  }
}

template <typename Property>
int replay(const char* folder, Property property) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(TEST_DATA) /
                                                               ".." / "fuzz" / "corpus" / folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    property(bytes);
    ++count;
  }
  return count;
}

TEST_CASE("the properties hold with any byte of the seed's answers changed") {
  with_each_byte_changed(seed::kEdgeConfig, edge_config_property);
  with_each_byte_changed(seed::kDevices, uds_property);
  with_each_byte_changed(seed::kClusterUser, uds_property);
  with_each_byte_changed(seed::kServers, uds_property);
  with_each_byte_changed(seed::kDeviceFile, device_file_property);
}

TEST_CASE("the properties hold for every file of the corpus") {
  CHECK(replay("edge_config", edge_config_property) > 10);
  CHECK(replay("uds", uds_property) > 10);
  CHECK(replay("device_file", device_file_property) > 10);
}

}  // namespace
}  // namespace support
