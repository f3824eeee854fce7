#include "net/http/h2_head.h"

#include <doctest/doctest.h>

#include "tests/net/http/h2_lab.h"

namespace h2_lab {
namespace {

using Verdict = H2HeadReader::Verdict;

struct Judged {
  Verdict verdict;
  RequestHead head;
  std::string why;
};

Judged judge(const List& fields, bool end = true, bool hop_added = false) {
  H2HeadReader reader(H2HeadReader::Kind::Request, hop_added);
  for (const auto& [name, value] : fields)
    reader.add(name, value);
  Judged out{};
  out.verdict = reader.finish_request(end, out.head);
  out.why = reader.why();
  return out;
}

const std::string kNul("a\0b", 3);

TEST_CASE("a request head becomes the one message model") {
  const Judged j = judge(with(good("POST", "/a?b=c"), {{"host", "EDGE.lab.example"},
                                                       {"cookie", "a=1"},
                                                       {"x-one", "1"},
                                                       {"cookie", "b=2"},
                                                       {"te", "trailers"},
                                                       {"expect", "100-continue"},
                                                       {"content-length", "7"}}),
                         false);
  REQUIRE(j.verdict == Verdict::Fine);
  CHECK(j.head.method == "POST");
  CHECK(j.head.scheme == "https");
  CHECK(j.head.authority == "edge.lab.example");
  CHECK(j.head.target == "/a?b=c");
  CHECK(j.head.content_length == 7u);
  CHECK(j.head.expect_continue);
  CHECK(j.head.fields.size() == 2);
  CHECK(j.head.fields.get("cookie") == "a=1; b=2");
  CHECK(j.head.fields.get("x-one") == "1");
}

TEST_CASE("the length of a request body is known, absent or open") {
  CHECK(judge(good()).head.content_length == 0u);
  CHECK(judge(good("POST"), false).head.content_length == std::nullopt);
  CHECK(judge(with(good("POST"), {{"content-length", "0"}})).head.content_length == 0u);
  const List connect = with(good("CONNECT"), {{":protocol", "sip"}});
  CHECK(judge(connect, false).head.protocol == "sip");
  CHECK(judge(connect, false).head.content_length == std::nullopt);
}

TEST_CASE("what could not stand in an HTTP/1.1 request head is malformed") {
  struct Case {
    const char* name;
    List fields;
  };
  const auto only = [](std::string_view skip, const List& more = {}) {
    List out;
    for (const auto& field : good())
      if (field.first != skip) out.push_back(field);
    return with(std::move(out), more);
  };
  const auto field = [](std::string name, std::string value) {
    return with(good(), {{std::move(name), std::move(value)}});
  };
  const Case cases[] = {
      {"nothing", {}},
      {"no method", only(":method")},
      {"no scheme", only(":scheme")},
      {"no path", only(":path")},
      {"no authority and no Host", only(":authority")},
      {"method twice", with(good(), {{":method", "GET"}})},
      {"path twice", with(good(), {{":path", "/"}})},
      {"empty method", only(":method", {{":method", ""}})},
      {"empty path", only(":path", {{":path", ""}})},
      {"empty authority", only(":authority", {{":authority", ""}})},
      {"unknown pseudo-field", with(good(), {{":status", "200"}})},
      {"bare colon", with(good(), {{":", "x"}})},
      {"pseudo after regular", with({{"a", "b"}}, good())},
      {"space in method", only(":method", {{":method", "GET /x"}})},
      {"CRLF in method", only(":method", {{":method", "GET\r\nX: y"}})},
      {"space in path", only(":path", {{":path", "/a b"}})},
      {"request line in path", only(":path", {{":path", "/ HTTP/1.1\r\nHost: x"}})},
      {"NUL in path", only(":path", {{":path", "/" + kNul}})},
      {"fragment", only(":path", {{":path", "/a#b"}})},
      {"absolute form", only(":path", {{":path", "https://x/"}})},
      {"asterisk for GET", only(":path", {{":path", "*"}})},
      {"bad percent", only(":path", {{":path", "/%zz"}})},
      {"scheme", only(":scheme", {{":scheme", "ftp"}})},
      {"user info", only(":authority", {{":authority", "a@b.example"}})},
      {"two ports", only(":authority", {{":authority", "b.example:1:2"}})},
      {"space in authority", only(":authority", {{":authority", "a b"}})},
      {"Host differs", field("host", "other.example")},
      {"Host empty", only(":authority", {{"host", ""}})},
      {"Host twice", with(field("host", "edge.lab.example"), {{"host", "edge.lab.example"}})},
      {"upper case", field("X-Big", "1")},
      {"empty name", field("", "1")},
      {"space in name", field("a b", "1")},
      {"colon in name", field("a:b", "1")},
      {"CR in name", field("a\r", "1")},
      {"obs-text in name", field("a\x80", "1")},
      {"CR in value", field("a", "b\rc")},
      {"LF in value", field("a", "b\nc")},
      {"NUL in value", field("a", kNul)},
      {"DEL in value", field("a", "b\x7f")},
      {"leading space", field("a", " b")},
      {"trailing tab", field("a", "b\t")},
      {"Connection", field("connection", "close")},
      {"Keep-Alive", field("keep-alive", "1")},
      {"Proxy-Connection", field("proxy-connection", "close")},
      {"Transfer-Encoding", field("transfer-encoding", "chunked")},
      {"Upgrade", field("upgrade", "h2c")},
      {"TE", field("te", "gzip")},
      {"Expect", field("expect", "tea")},
      {"length without body", field("content-length", "1")},
      {"length repeated", with(field("content-length", "0"), {{"content-length", "0"}})},
      {"length signed", field("content-length", "+0")},
      {"length negative", field("content-length", "-0")},
      {"length listed", field("content-length", "0, 0")},
      {"length empty", field("content-length", "")},
      {"length overflows", field("content-length", "18446744073709551616")},
      {"length padded", field("content-length", "00")},
      {":protocol for GET", with(good(), {{":protocol", "sip"}})},
      {":protocol is no token", with(good("CONNECT"), {{":protocol", "a b"}})},
      {"CONNECT with a path", good("CONNECT")},
      {"broken beyond the limit",
       with(field("a", std::string(kMaxHeadBytes, 'x')), {{"b", "c\r\n"}})},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    CHECK(judge(c.fields).verdict == Verdict::Malformed);
  }
}

TEST_CASE("a head one over a limit is told from a broken one") {
  const auto many = [](std::size_t count) {
    List out = good();
    for (std::size_t i = 0; i < count; ++i)
      out.emplace_back("x", "y");
    return out;
  };
  CHECK(judge(many(kMaxFieldCount)).verdict == Verdict::Fine);
  CHECK(judge(many(kMaxFieldCount + 1)).verdict == Verdict::TooLarge);
  // The other hop takes with what the first one added whatever that took.
  const std::size_t added = kMaxFieldCount + kAddedFieldCount;
  CHECK(judge(many(added), true, true).verdict == Verdict::Fine);
  CHECK(judge(many(added + 1), true, true).verdict == Verdict::TooLarge);
  const List wide = with(good(), {{"a", std::string(kMaxHeadBytes, 'x')}});
  CHECK(judge(wide, true, true).verdict == Verdict::Fine);
  const auto named = [](std::size_t size) { return with(good(), {{std::string(size, 'n'), "v"}}); };
  CHECK(judge(named(kMaxFieldNameBytes)).verdict == Verdict::Fine);
  CHECK(judge(named(kMaxFieldNameBytes + 1)).verdict == Verdict::TooLarge);
  CHECK(judge(with(good(), {{"a", std::string(kMaxHeadBytes, 'x')}})).verdict == Verdict::TooLarge);
  // "GET /… HTTP/1.1"
  const std::size_t room = kMaxRequestLineBytes - 3 - 11;
  CHECK(judge(good("GET", "/" + std::string(room, 'p'))).verdict == Verdict::Fine);
  CHECK(judge(good("GET", "/" + std::string(room + 1, 'p'))).verdict == Verdict::TargetTooLong);
  const Judged huge = judge(good("HEAD", "/" + std::string(40'000, 'p')));
  CHECK(huge.verdict == Verdict::TargetTooLong);
  CHECK(huge.head.method == "HEAD");
}

TEST_CASE("Host alone names the authority, CONNECT has no target, OPTIONS may ask for all") {
  List old{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "a.example"}};
  CHECK(judge(old).head.authority == "a.example");
  const Judged connect = judge({{":method", "CONNECT"}, {":authority", "a.example:443"}});
  CHECK(connect.verdict == Verdict::Fine);
  CHECK(connect.head.target.empty());
  CHECK(judge(good("OPTIONS", "*")).head.target == "*");
}

TEST_CASE("a response head is judged with its request's method in mind") {
  struct Case {
    const char* name;
    List fields;
    bool end;
    const char* method;
    Verdict verdict;
    std::optional<std::uint64_t> length;
  };
  const auto status = [](std::string text, const List& more = {}) {
    return with({{":status", std::move(text)}}, more);
  };
  const Case cases[] = {
      {"plain", status("200"), false, "GET", Verdict::Fine, {}},
      {"with length", status("200", {{"content-length", "5"}}), false, "GET", Verdict::Fine, 5},
      {"no body", status("200"), true, "GET", Verdict::Fine, 0},
      {"HEAD", status("200", {{"content-length", "5"}}), true, "HEAD", Verdict::Fine, 5},
      {"304", status("304", {{"content-length", "5"}}), true, "GET", Verdict::Fine, 5},
      {"interim", status("103"), false, "GET", Verdict::Fine, {}},
      {"length, no body",
       status("200", {{"content-length", "5"}}),
       true,
       "GET",
       Verdict::Malformed,
       {}},
      {"interim that ends", status("100"), true, "GET", Verdict::Malformed, {}},
      {"no status", {}, true, "GET", Verdict::Malformed, {}},
      {"two", status("200", {{":status", "200"}}), true, "GET", Verdict::Malformed, {}},
      {"101", status("101"), false, "GET", Verdict::Malformed, {}},
      {"099", status("099"), true, "GET", Verdict::Malformed, {}},
      {"600", status("600"), true, "GET", Verdict::Malformed, {}},
      {"20", status("20"), true, "GET", Verdict::Malformed, {}},
      {"2000", status("2000"), true, "GET", Verdict::Malformed, {}},
      {"request field", status("200", {{":path", "/"}}), true, "GET", Verdict::Malformed, {}},
      {"chunked",
       status("200", {{"transfer-encoding", "chunked"}}),
       false,
       "GET",
       Verdict::Malformed,
       {}},
      {"CRLF", status("200", {{"a", "b\r\nc"}}), false, "GET", Verdict::Malformed, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    H2HeadReader reader(H2HeadReader::Kind::Response);
    for (const auto& [name, value] : c.fields)
      reader.add(name, value);
    ResponseHead head;
    CHECK(reader.finish_response(c.end, c.method, head) == c.verdict);
    if (c.verdict == Verdict::Fine) CHECK(head.content_length == c.length);
  }
}

TEST_CASE("trailers end the message and hold fields only") {
  const auto judge_trailers = [](const List& fields, bool end) {
    H2HeadReader reader(H2HeadReader::Kind::Trailers);
    for (const auto& [name, value] : fields)
      reader.add(name, value);
    return reader.finish_trailers(end);
  };
  CHECK(judge_trailers({{"x-sum", "1"}}, true) == Verdict::Fine);
  CHECK(judge_trailers({{"x-sum", "1"}}, false) == Verdict::Malformed);
  CHECK(judge_trailers({{":status", "200"}}, true) == Verdict::Malformed);
  CHECK(judge_trailers({{"content-length", "1"}}, true) == Verdict::Malformed);
  CHECK(judge_trailers({{"connection", "x"}}, true) == Verdict::Malformed);
}

}  // namespace
}  // namespace h2_lab
