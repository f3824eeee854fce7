#include "sip/framer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sip/limits.h"
#include "sip/stun.h"

namespace sip {
namespace {

using Kind = Frame::Kind;
using namespace std::string_literals;

const std::string kHead = "OPTIONS sip:a@b SIP/2.0\r\n";

Frame first_frame(std::string_view data) {
  Framer framer;
  return framer.next(data);
}

std::string stun(std::size_t attributes) {
  std::string message = "\0\1\0\0\x21\x12\xa4\x42"s + "transaction!";
  message[2] = static_cast<char>(attributes >> 8);
  message[3] = static_cast<char>(attributes & 0xff);
  return message + std::string(attributes, 'a');
}

TEST_CASE("a stream of messages, keep-alives and STUN is cut the same in any split") {
  const std::string one = kHead + "Content-Length: 4\r\n\r\n\r\n\r\n";
  const std::string two = kHead + "To: x\r\n\r\n";
  const std::string stream = "\r\n\r\n" + one + "\r\n" + stun(8) + two + stun(0) + "\r\n\r\n" + two;
  const std::vector<Kind> expected = {Kind::Crlf, Kind::Crlf,    Kind::Message, Kind::Crlf,
                                      Kind::Stun, Kind::Message, Kind::Stun,    Kind::Crlf,
                                      Kind::Crlf, Kind::Message};
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    CAPTURE(step);
    Framer framer;
    std::vector<Kind> kinds;
    std::size_t taken = 0;
    for (std::size_t end = 0; end < stream.size();) {
      end = std::min(end + step, stream.size());
      for (;;) {
        const Frame frame = framer.next(std::string_view(stream).substr(taken, end - taken));
        if (frame.kind == Kind::NeedMore) break;
        REQUIRE(frame.kind != Kind::Bad);
        kinds.push_back(frame.kind);
        taken += frame.bytes;
      }
    }
    CHECK(kinds == expected);
    CHECK(taken == stream.size());
  }
}

TEST_CASE("the length of a body is read as the parser will read it") {
  struct Case {
    const char* fields;
    Kind kind;
    std::size_t body;
    base::Errc code;
  };
  constexpr auto kNone = base::Errc::System;
  const Case cases[] = {
      {"", Kind::Message, 0, kNone},
      {"Content-Length: 3\r\n", Kind::Message, 3, kNone},
      {"CONTENT-length\t : 003 \r\n", Kind::Message, 3, kNone},
      {"L:3\r\n", Kind::Message, 3, kNone},
      {"l: 3\r\nContent-Length: 3\r\n", Kind::Message, 3, kNone},
      {"l:\r\n 3\r\n", Kind::Message, 3, kNone},
      {"l: 3\r\n \r\n", Kind::Message, 3, kNone},
      {"X: a\r\n Content-Length: 3\r\n", Kind::Message, 0, kNone},
      {"X-Content-Length: 3\r\n", Kind::Message, 0, kNone},
      {"l: 1\r\n 3\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: 3\r\nl: 4\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: 3, 3\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l:\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: -3\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: +3\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: 0x3\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: 3;x\r\n", Kind::Bad, 0, base::Errc::Malformed},
      {"l: 65537\r\n", Kind::Bad, 0, base::Errc::TooLarge},
      {"l: 65536\r\n", Kind::Bad, 0, base::Errc::TooLarge},
      {"l: 18446744073709551617\r\n", Kind::Bad, 0, base::Errc::TooLarge},
  };
  for (const Case& c : cases) {
    CAPTURE(c.fields);
    const std::string head = kHead + c.fields + "\r\n";
    const Frame frame = first_frame(head + "abcdefgh");
    CHECK(frame.kind == c.kind);
    CHECK(frame.bytes == head.size() + c.body);
    if (c.kind == Kind::Bad) CHECK(frame.why.code == c.code);
  }
}

TEST_CASE("what is no beginning of anything is bad at once") {
  for (const std::string& data : {"\n"s, "\rx"s, " x"s, "<"s, "(x"s, "\x16\x03\x01"s, "\x80"s,
                                  "\0\1\0\0\x21\x13"s, "\0\1\0\0\x20"s, "\2"s, stun(2), "\x7f"s}) {
    CAPTURE(data);
    CHECK(first_frame(data).kind == Kind::Bad);
    CHECK(first_frame(data).bytes == 0);
  }
  CHECK(first_frame(stun(kMaxStunBytes)).why.code == base::Errc::TooLarge);
  CHECK(first_frame(stun(kMaxStunBytes - kStunHeaderBytes)).kind == Kind::Stun);
}

TEST_CASE("what is unfinished is waited for") {
  for (const std::string& data : {""s, "\r"s, "\0"s, "\0\1\0\4\x21\x12\xa4\x42"s, "O"s, kHead,
                                  kHead + "\r", kHead + "l: 3\r\n\r\nab"}) {
    CAPTURE(data);
    CHECK(first_frame(data).kind == Kind::NeedMore);
  }
  CHECK_FALSE(Framer::is_partial(""));
  CHECK_FALSE(Framer::is_partial("\r"));
  CHECK(Framer::is_partial("O"));
}

TEST_CASE("each limit is held, whole and in pieces") {
  const auto verdict = [](const std::string& data, std::size_t step) {
    Framer framer;
    for (std::size_t end = 0; end < data.size();) {
      end = std::min(end + step, data.size());
      const Frame frame = framer.next(std::string_view(data).substr(0, end));
      if (frame.kind != Kind::NeedMore) return frame;
    }
    return Frame{};
  };
  const std::string end = "\r\n\r\n";
  const std::string line = std::string(kMaxStartLineBytes, 'x');
  const std::string head = kHead + "X: " + std::string(kMaxHeadBytes - kHead.size() - 7, 'x');
  for (const std::size_t step : {1, 7, 1000, 100000}) {
    CAPTURE(step);
    CHECK(verdict(line + end, step).kind == Kind::Message);
    CHECK(verdict("x" + line + end, step).why.detail == "start line: too long");
    CHECK(verdict("x" + line + "xx", step).why.detail == "start line: too long");
    CHECK(verdict(head + end, step).kind == Kind::Message);
    CHECK(verdict(head + "x" + end, step).why.detail == "head: too long");
    CHECK(verdict(head + "xxxx", step).why.detail == "head: too long");
  }
  // The head of a message that is too long can be answered.
  const std::string large = kHead + "l: 65530\r\n\r\n";
  CHECK(verdict(large, 1).why.code == base::Errc::TooLarge);
  CHECK(verdict(large, 1).bytes == large.size());
  const std::string fits = kHead + "l: 65499\r\n\r\n";
  CHECK(verdict(fits + std::string(65499, 'b'), 65536).bytes == kMaxMessageBytes);
}

}  // namespace
}  // namespace sip
