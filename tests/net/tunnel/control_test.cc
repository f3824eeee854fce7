#include "net/tunnel/control.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace net::tunnel {
namespace {

constexpr std::chrono::system_clock::time_point kTime{std::chrono::milliseconds{1'795'175'400'123}};
const EdgeHello kEdge{"edge.lab.example", 2, 4, kTime};
const CoreHello kCore{"core.lab.example", "00ff", {"lab.example", "b.example"}, {"k1"}, kTime,
                      {"10.1.2.3"}};

// A line as a decoder takes it.
std::string without_end(std::string line) {
  REQUIRE(line.ends_with('\n'));
  line.pop_back();
  CHECK(line.find('\n') == std::string::npos);
  return line;
}

std::string replaced(std::string line, std::string_view from, std::string_view to) {
  const std::size_t at = line.find(from);
  REQUIRE(at != std::string::npos);
  return line.replace(at, from.size(), to);
}

// What became of a line: which member was at fault, "ok", or the code.
template <typename Decoded>
std::string verdict(const base::Result<Decoded>& decoded) {
  if (decoded) return "ok";
  if (decoded.error().code == base::Errc::Unsupported) return "unsupported";
  CHECK(decoded.error().code == base::Errc::Malformed);
  const std::string& detail = decoded.error().detail;
  const std::size_t open = detail.find('\'');
  if (open == std::string::npos) return "no object";
  return detail.substr(open + 1, detail.find('\'', open + 1) - open - 1);
}

TEST_CASE("what is encoded is decoded again") {
  CHECK(*decode_edge_hello(without_end(encode_hello(kEdge))) == kEdge);
  CHECK(*decode_core_hello(without_end(encode_hello(kCore))) == kCore);
  for (const CoreEvent& event : {CoreEvent{}, CoreEvent{4'294'967'295, {"user a@b 1 2", ""}}}) {
    CHECK(*decode_event(without_end(encode_event(event))) == event);
  }
  const CoreHello odd{"k\n\"\\\xc3\xa4", "1", {}, {}, kTime, {}};
  CHECK(*decode_core_hello(without_end(encode_hello(odd))) == odd);
}

TEST_CASE("text that is no UTF-8 is still encoded as one line") {
  CHECK(decode_event(without_end(encode_event({1, {"\xff\n\xfe"}}))));
}

TEST_CASE("each member of the edge's hello is judged") {
  struct Case {
    std::string_view from;
    std::string_view to;
    std::string_view verdict;
  };
  const Case cases[] = {
      {"{", "{\"new\":[1],", "ok"},
      {"\"edge\":\"edge.lab.example\",", "", "edge"},
      {"\"edge.lab.example\"", "\"\"", "edge"},
      {"\"edge.lab.example\"", "7", "edge"},
      {"\"protocol\":1,", "", "protocol"},
      {"\"protocol\":1", "\"protocol\":\"1\"", "protocol"},
      {"\"protocol\":1", "\"protocol\":1.0", "protocol"},
      {"\"protocol\":1", "\"protocol\":2", "unsupported"},
      {"\"protocol\":1", "\"protocol\":-1", "unsupported"},
      {"\"protocol\":1", "\"protocol\":18446744073709551615", "unsupported"},
      {"\"worker\":2,", "", "worker"},
      {"\"worker\":2", "\"worker\":4", "worker"},
      {"\"worker\":2", "\"worker\":3", "ok"},
      {"\"worker\":2", "\"worker\":-1", "worker"},
      {"\"worker\":2", "\"worker\":2.5", "worker"},
      {"\"worker\":2", "\"worker\":4294967298", "worker"},
      {"\"worker\":2", "\"worker\":null", "worker"},
      {",\"workers\":4", "", "workers"},
      {"\"workers\":4", "\"workers\":0", "workers"},
      {"\"workers\":4", "\"workers\":1024", "ok"},
      {"\"workers\":4", "\"workers\":1025", "workers"},
      {"\"workers\":4", "\"workers\":4294967300", "workers"},
      {"\"workers\":4", "\"workers\":1e999", "no object"},
      {"\"time\":1795175400123", "\"time\":-1", "time"},
      {"\"time\":1795175400123", "\"time\":7258118400000", "ok"},
      {"\"time\":1795175400123", "\"time\":7258118400001", "time"},
      {"\"time\":1795175400123", "\"time\":\"now\"", "time"},
      {"\"time\":1795175400123,", "", "time"},
  };
  const std::string line = without_end(encode_hello(kEdge));
  for (const Case& c : cases) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    CHECK(verdict(decode_edge_hello(replaced(line, c.from, c.to))) == c.verdict);
  }
}

TEST_CASE("each member of the core's hello is judged") {
  struct Case {
    std::string_view from;
    std::string_view to;
    std::string_view verdict;
  };
  const Case cases[] = {
      {"\"core\":\"core.lab.example\",", "", "core"},
      {"\"core.lab.example\"", "\"\"", "core"},
      {"\"instance\":\"00ff\"", "\"instance\":255", "instance"},
      {"\"instance\":\"00ff\",", "", "instance"},
      {"[\"lab.example\",\"b.example\"]", "[]", "ok"},
      {"[\"lab.example\",\"b.example\"]", "\"lab.example\"", "domains"},
      {"[\"lab.example\",\"b.example\"]", "[\"lab.example\",1]", "domains"},
      {"[\"lab.example\",\"b.example\"]", "[[\"lab.example\"]]", "domains"},
      {"[\"k1\"]", "{}", "keys"},
      {",\"keys\":[\"k1\"]", "", "keys"},
      {",\"sip_routes\":[\"10.1.2.3\"]", "", "ok"},
      {"[\"10.1.2.3\"]", "\"10.1.2.3\"", "sip_routes"},
      {"\"protocol\":1", "\"protocol\":0", "unsupported"},
      {",\"time\":1795175400123", "", "time"},
  };
  const std::string line = without_end(encode_hello(kCore));
  for (const Case& c : cases) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    CHECK(verdict(decode_core_hello(replaced(line, c.from, c.to))) == c.verdict);
  }
}

TEST_CASE("each member of an event is judged") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"load":0})", "ok"},
      {R"({"load":4294967295})", "ok"},
      {R"({"load":4294967296})", "load"},
      {R"({"load":-1})", "load"},
      {R"({"load":true})", "load"},
      {R"({})", "load"},
      {R"({"load":1,"revocations":[]})", "ok"},
      {R"({"load":1,"revocations":null})", "revocations"},
      {R"({"load":1,"revocations":["a",null]})", "revocations"},
      {R"({"load":1,"revocations":"a"})", "revocations"},
  };
  for (const auto& [line, expected] : cases) {
    CAPTURE(line);
    CHECK(verdict(decode_event(line)) == expected);
  }
}

TEST_CASE("what is no JSON object is refused by all three") {
  const std::string deep_arrays(kMaxControlLine, '[');
  std::string deep_objects;
  while (deep_objects.size() < kMaxControlLine - 8)
    deep_objects += "{\"a\":";
  const std::string_view cases[] = {"",
                                    " ",
                                    "null",
                                    "1",
                                    "\"x\"",
                                    "[]",
                                    "[{}]",
                                    "{",
                                    "{}{}",
                                    "{} x",
                                    "{\"a\"}",
                                    "{\"a\":1,}",
                                    "\xff",
                                    "{'a':1}",
                                    "{\"a\":\"\xff\"}",
                                    "{\"a\":\"\n\"}",
                                    deep_arrays,
                                    deep_objects};
  for (const std::string_view line : cases) {
    CAPTURE(line.substr(0, 20));
    CHECK(verdict(decode_edge_hello(line)) == "no object");
    CHECK(verdict(decode_core_hello(line)) == "no object");
    CHECK(verdict(decode_event(line)) == "no object");
  }
}

TEST_CASE("a member nested as deep as a line allows is ignored") {
  const std::size_t depth = kMaxControlLine / 2 - 32;
  const std::string line =
      "{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"load\":7}";
  CHECK(decode_event(line)->load == 7);
}

TEST_CASE("a list has a limit") {
  const auto event = [](std::size_t count) {
    std::string line = R"({"load":1,"revocations":[)";
    for (std::size_t i = 0; i < count; ++i)
      line += i == 0 ? "\"\"" : ",\"\"";
    return line + "]}";
  };
  CHECK(decode_event(event(10'000))->revocations.size() == 10'000);
  CHECK(verdict(decode_event(event(10'001))) == "revocations");
}

TEST_CASE("a line cut at any length is refused") {
  const std::string edge = without_end(encode_hello(kEdge));
  for (std::size_t cut = 0; cut < edge.size(); ++cut)
    CHECK_FALSE(decode_edge_hello(edge.substr(0, cut)));
  const std::string core = without_end(encode_hello(kCore));
  for (std::size_t cut = 0; cut < core.size(); ++cut)
    CHECK_FALSE(decode_core_hello(core.substr(0, cut)));
}

std::vector<std::string> all_lines(LineReader& reader) {
  std::vector<std::string> lines;
  std::string line;
  while (reader.next(line))
    lines.push_back(line);
  return lines;
}

TEST_CASE("lines are found however the bytes are split") {
  const std::string text = "one\n\ntwo\r\nthree\nfour";
  const std::vector<std::string> expected{"one", "", "two\r", "three"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    CAPTURE(piece);
    LineReader eager;
    LineReader lazy;  // asked at the end only
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      REQUIRE(eager.feed(text.substr(at, piece)));
      REQUIRE(lazy.feed(text.substr(at, piece)));
      for (const std::string& line : all_lines(eager))
        lines.push_back(line);
    }
    CHECK(lines == expected);
    CHECK(all_lines(lazy) == expected);
    REQUIRE(eager.feed("\n"));
    CHECK(all_lines(eager) == std::vector<std::string>{"four"});
  }
}

TEST_CASE("the longest line is taken, one byte more is not") {
  const std::string longest(kMaxControlLine, 'x');
  for (const std::string_view before : {"", "short\n"}) {
    CAPTURE(before);
    LineReader reader;
    REQUIRE(reader.feed(std::string(before) + longest));
    REQUIRE(reader.feed("\n"));
    CHECK(all_lines(reader).back() == longest);

    LineReader whole;
    const auto refused = whole.feed(std::string(before) + longest + "x\n");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::TooLarge);

    LineReader split;
    REQUIRE(split.feed(std::string(before) + longest));
    CHECK_FALSE(split.feed("x"));
  }
}

}  // namespace
}  // namespace net::tunnel
