// Stands in for libFuzzer where the compiler has none: runs every file of the folders it is given
// through the fuzz target, whole and cut at some lengths, so that the corpus is a regression test.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kCuts = 64;  // prefixes tried of each file

void feed(const std::string& bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  LLVMFuzzerTestOneInput(data, bytes.size());
  const std::size_t step = bytes.size() / kCuts + 1;
  for (std::size_t cut = 0; cut < bytes.size(); cut += step) {
    // A copy of its own size, so that a sanitizer sees a read past the cut.
    const std::string prefix = bytes.substr(0, cut);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(prefix.data()), prefix.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      feed(std::string(std::istreambuf_iterator<char>(file), {}));
      ++count;
    }
  }
  std::printf("%d corpus files replayed\n", count);
  return count > 0 ? 0 : 1;  // an empty corpus proves nothing
}
