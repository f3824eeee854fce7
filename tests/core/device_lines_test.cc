#include "core/device_lines.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/core/inside.h"

namespace core {
namespace {

struct Lab : Inside {
  Discovery& domain = discover();
  std::vector<std::string> asked;

  Lab() {
    for (CallManager* node : {&pub, &sub}) {
      node->files->web.reply = [this](const fakes::WebHandler::Request& request) {
        asked.push_back(request.head.target);
        return file(request.head.target);
      };
    }
  }
  std::function<std::optional<net::http::TextResponse>(const std::string&)> file =
      [](const std::string& target) -> std::optional<net::http::TextResponse> {
    if (target == "/A.cnf.xml") return xml("<device><line><name>1</name></line></device>");
    if (target == "/B.cnf.xml") {
      return xml("<device><line><name>1</name></line><line><name>2</name></line></device>");
    }
    if (target == "/Broken.cnf.xml") return xml("<device>");
    if (target == "/Busy.cnf.xml") return net::http::text_response(503, "busy");
    return net::http::text_response(404, "no");
  };
  base::Result<std::vector<std::string>> ask(const std::vector<std::string>& names) {
    std::optional<base::Result<std::vector<std::string>>> result;
    const DeviceLines lines(loop, pool, file_nodes(domain), names, [&](auto found) {
      REQUIRE_FALSE(result);
      result = std::move(found);
    });
    CHECK_FALSE(result);  // never from inside the call
    fakes::run_until(loop, [&] { return result.has_value(); });
    return *result;
  }
};

TEST_CASE("the lines of all devices are gathered, each once") {
  Lab lab;
  struct Case {
    std::vector<std::string> devices;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {{}, {}},       {{"A"}, {"1"}},         {{"A", "B"}, {"1", "2"}},
      {{"None"}, {}}, {{"None", "A"}, {"1"}}, {{"../A", "a/b", "", ".x", "A?b"}, {}},
  };
  for (const Case& c : cases) {
    const auto lines = lab.ask(c.devices);
    REQUIRE(lines);
    CHECK(*lines == c.lines);
  }
}

TEST_CASE("a device that nobody could tell of makes the whole unknown") {
  Lab lab;
  for (const char* device : {"Broken", "Busy"}) {
    CAPTURE(device);
    CHECK_FALSE(lab.ask({"A", device}));
    // Each node was asked.
    CHECK(std::count(lab.asked.begin(), lab.asked.end(), std::string("/") + device + ".cnf.xml") ==
          2);
  }
}

TEST_CASE("no more devices are asked for than the limit") {
  Lab lab;
  std::vector<std::string> devices;
  for (std::size_t i = 0; i < 2 * DeviceLines::kMaxAsked; ++i)
    devices.push_back("D" + std::to_string(i));
  CHECK(lab.ask(devices));
  CHECK(lab.asked.size() == DeviceLines::kMaxAsked);
}

}  // namespace
}  // namespace core
