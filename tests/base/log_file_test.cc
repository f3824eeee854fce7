#include "base/log_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace base {
namespace {

namespace fs = std::filesystem;

// A folder that is there for one test.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "sallyport-log-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() { fs::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string file(std::string_view name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines(const std::string& path) {
  std::vector<std::string> found;
  std::istringstream text(contents(path));
  for (std::string line; std::getline(text, line);)
    found.push_back(line);
  return found;
}

TEST_CASE("lines are appended in order, and destruction writes what is queued") {
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  std::ofstream(path) << "old\n";
  {
    auto log = LogFile::open(path);
    REQUIRE(log);
    for (int i = 0; i < 1000; ++i)
      (*log)->write(std::to_string(i) + "\n");
  }
  const auto found = lines(path);
  REQUIRE(found.size() == 1001);
  CHECK(found.front() == "old");
  for (std::size_t i = 0; i < 1000; ++i)
    CHECK(found[i + 1] == std::to_string(i));
}

TEST_CASE("what is written to a file that ends inside a line begins a line of its own") {
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {{"", "new\n"},
                        {"whole\n", "whole\nnew\n"},
                        {"whole\ncut", "whole\ncut\nnew\n"},
                        {"c", "c\nnew\n"}};
  for (const Case& c : cases) {
    CAPTURE(c.before);
    std::ofstream(path, std::ios::binary) << c.before;
    {
      auto log = LogFile::open(path);
      REQUIRE(log);
      (*log)->write("new\n");
    }
    CHECK(contents(path) == c.after);
    // Opened again, after somebody put such a file there.
    fs::remove(path);
    auto log = LogFile::open(path);
    REQUIRE(log);
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << c.before;
    REQUIRE((*log)->reopen());
    (*log)->write("new\n");
    (*log)->flush();
    CHECK(contents(path) == c.after);
  }
}

TEST_CASE("a new log is not for everybody to read") {
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  const auto log = LogFile::open(path);
  REQUIRE(log);
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07) == 0);
}

TEST_CASE("flush waits until the lines are in the file") {
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  auto log = LogFile::open(path);
  REQUIRE(log);
  (*log)->flush();
  for (const std::string text : {"one\n", "two\n", "three\n"}) {
    (*log)->write(text);
    (*log)->flush();
    CHECK(contents(path).ends_with(text));
  }
}

TEST_CASE("a log that cannot be opened is an error that names it") {
  const auto log = LogFile::open("/nowhere/at/all.log");
  REQUIRE_FALSE(log);
  CHECK(log.error().code == Errc::System);
  CHECK(log.error().detail.find("/nowhere/at/all.log") != std::string::npos);
}

TEST_CASE("after reopen the lines go to the new file, and none is lost") {
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  auto log = LogFile::open(path);
  REQUIRE(log);
  (*log)->write("before\n");
  (*log)->flush();
  fs::rename(path, folder.file("edge.log.1"));
  (*log)->write("still old, or new\n");
  REQUIRE((*log)->reopen());
  REQUIRE((*log)->reopen());  // asked twice, before there was a line
  (*log)->write("after\n");
  (*log)->flush();
  const std::string old_text = contents(folder.file("edge.log.1"));
  const std::string new_text = contents(path);
  CHECK(old_text.starts_with("before\n"));
  CHECK(old_text + new_text == "before\nstill old, or new\nafter\n");
  CHECK(new_text.ends_with("after\n"));
}

TEST_CASE("rotation while several threads write loses no line and tears none") {
  constexpr int kThreads = 4;
  constexpr int kLines = 2000;
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  {
    auto log = LogFile::open(path);
    REQUIRE(log);
    std::vector<std::thread> writers;
    for (int t = 0; t < kThreads; ++t) {
      writers.emplace_back([&file = **log, t] {
        for (int i = 0; i < kLines; ++i) {
          file.write(std::to_string(t) + " " + std::to_string(i) + "\n");
        }
      });
    }
    for (int i = 1; i <= 5; ++i) {
      fs::rename(path, folder.file("edge.log." + std::to_string(i)));
      CHECK((*log)->reopen());
      (*log)->flush();
    }
    for (std::thread& writer : writers)
      writer.join();
    CHECK((*log)->lost_lines() == 0);
  }
  std::vector<int> next(kThreads, 0);
  for (int i = 1; i <= 6; ++i) {
    const std::string name = i <= 5 ? "edge.log." + std::to_string(i) : "edge.log";
    for (const std::string& line : lines(folder.file(name))) {
      int thread = -1;
      int number = -1;
      std::istringstream(line) >> thread >> number;
      REQUIRE((thread >= 0 && thread < kThreads));
      CHECK(number == next[static_cast<std::size_t>(thread)]++);
    }
  }
  for (const int count : next)
    CHECK(count == kLines);
}

TEST_CASE("a new file that cannot be opened leaves the old one in use") {
  const TempFolder folder;
  const fs::path inner = fs::path(folder.file("logs"));
  fs::create_directory(inner);
  auto log = LogFile::open(inner / "edge.log");
  REQUIRE(log);
  fs::rename(inner, folder.file("moved"));
  const auto reopened = (*log)->reopen();
  REQUIRE_FALSE(reopened);
  CHECK(reopened.error().code == Errc::System);
  CHECK(reopened.error().detail.find((inner / "edge.log").string()) != std::string::npos);
  (*log)->write("kept\n");
  (*log)->flush();
  CHECK(contents(folder.file("moved/edge.log")) == "kept\n");
}

TEST_CASE("lines over the limit are counted, and the log says so when there is room") {
  const TempFolder folder;
  const std::string path = folder.file("edge.log");
  auto log = LogFile::open(path, 8);
  REQUIRE(log);
  (*log)->write("1234567\n");  // fits exactly
  (*log)->flush();
  (*log)->write("12345678\n");
  (*log)->write("two of\nthem\n");
  CHECK((*log)->lost_lines() == 3);
  (*log)->write("room\n");
  (*log)->flush();
  const auto found = lines(path);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "1234567");
  CHECK(found[1] == "room");
  CHECK(found[2].ends_with("Z log warn: lines lost count=\"3\""));
}

TEST_CASE("a full queue does not block the writer of lines") {
  // A pipe that nobody reads stands for a disk that hangs.
  const TempFolder folder;
  const std::string path = folder.file("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  constexpr std::size_t kLimit = 64 * 1024;
  auto log = LogFile::open(path, kLimit);
  REQUIRE(log);
  const std::string line = std::string(1023, 'x') + "\n";
  int written = 0;
  for (; (*log)->lost_lines() < 100; ++written)
    (*log)->write(line);

  // The reader comes back: every line either arrives or is in a count.
  std::thread closer([&log] { log->reset(); });
  std::string text;
  char block[4096];
  fcntl(reader, F_SETFL, 0);
  for (ssize_t got = 0; (got = read(reader, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(got));
  }
  closer.join();
  close(reader);
  int arrived = 0;
  int lost = 0;
  std::istringstream received(text);
  for (std::string one; std::getline(received, one);) {
    const std::size_t count = one.find("lost count=\"");
    if (count == std::string::npos) ++arrived;
    if (count != std::string::npos) lost += std::stoi(one.substr(count + 12));
  }
  CHECK(lost == 100);
  CHECK(arrived + lost == written);
}

TEST_CASE("lines that the disk refuses are counted") {
  auto log = LogFile::open("/dev/full");
  REQUIRE(log);
  (*log)->write("one\ntwo\n");
  (*log)->flush();
  CHECK((*log)->lost_lines() == 2);
  (*log)->write("three\n");
  (*log)->flush();
  CHECK((*log)->lost_lines() == 3);
}

}  // namespace
}  // namespace base
