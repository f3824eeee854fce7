#include "net/http/h2_frames.h"

#include <doctest/doctest.h>

#include "net/http/h2_stream_table.h"
#include "net/http/h2_window.h"
#include "tests/net/http/h2_lab.h"

namespace h2_lab {
namespace {

constexpr std::uint8_t kPriorityFlag = frame_flag::kPriority;

TEST_CASE("a frame head is nine bytes, and the reserved bit is nobody's") {
  const std::string bytes("\x01\x02\x03\x08\xff\x80\x00\x01\x05", 9);
  const FrameHead head = decode_frame_head(bytes);
  CHECK(head.length == 0x010203);
  CHECK(head.type == FrameType::WindowUpdate);
  CHECK(head.flags == 0xff);
  CHECK(head.stream == 0x105);
  std::string out;
  encode_frame_head(out, head);
  CHECK(out == std::string("\x01\x02\x03\x08\xff\x00\x00\x01\x05", 9));
}

TEST_CASE("each frame leaves as RFC 9113 section 6 draws it") {
  std::string out;
  encode_settings_ack(out);
  encode_ping(out, true, "12345678");
  encode_ping(out, false, "12345678");
  encode_goaway(out, 5, H2Code::EnhanceYourCalm);
  encode_rst_stream(out, 3, H2Code::Cancel);
  encode_window_update(out, 7, 0x7fffffff);
  CHECK(out == frame(kSettings, kAck, 0) + frame(kPing, kAck, 0, "12345678") +
                   frame(kPing, 0, 0, "12345678") + frame(kGoaway, 0, 0, u32(5) + u32(11)) +
                   frame(kReset, 0, 3, u32(8)) + frame(kWindow, 0, 7, u32(0x7fffffff)));
  std::string setting;
  encode_setting(setting, {SettingId::InitialWindowSize, 65536});
  CHECK(setting == std::string("\0\4\0\1\0\0", 6));
  CHECK(decode_setting(setting).id == SettingId::InitialWindowSize);
  CHECK(decode_setting(setting).value == 65536);
}

TEST_CASE("a field block is cut into as many frames as it needs") {
  for (const std::size_t size : {0u, 1u, 9u, 10u, 11u, 20u, 21u, 95u}) {
    CAPTURE(size);
    std::string block;
    for (std::size_t i = 0; i < size; ++i)
      block += static_cast<char>('a' + i % 26);
    std::string out = "before";
    const std::size_t at = begin_headers(out);
    out += block;
    end_headers(out, at, 3, true, 10);
    const std::vector<Frame> frames = read_frames(std::string_view(out).substr(6));
    REQUIRE(frames.size() == (size <= 10 ? 1 : (size + 9) / 10));
    std::string joined;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const bool last = i + 1 == frames.size();
      CHECK(frames[i].type == (i == 0 ? int{kHeaders} : int{kContinuation}));
      CHECK(frames[i].flags == ((i == 0 ? kEndStream : 0) | (last ? kEndHeaders : 0)));
      CHECK(frames[i].stream == 3);
      joined += frames[i].payload;
    }
    CHECK(joined == block);
  }
}

TEST_CASE("a head tells by itself what no state can mend") {
  struct Case {
    FrameType type;
    std::uint32_t length;
    std::uint32_t stream;
    std::uint8_t flags;
    std::optional<H2Code> wrong;
  };
  constexpr auto kSize = H2Code::FrameSizeError;
  constexpr auto kPlace = H2Code::ProtocolError;
  const Case cases[] = {
      {FrameType::Data, 0, 1, 0, {}},
      {FrameType::Data, 16384, 1, 0, {}},
      {FrameType::Data, 16385, 1, 0, kSize},
      {FrameType::Data, 0, 0, 0, kPlace},
      {FrameType::Data, 0, 1, frame_flag::kPadded, kSize},
      {FrameType::Headers, 0, 0, 0, kPlace},
      {FrameType::Priority, 5, 0, 0, kPlace},
      {FrameType::Priority, 4, 1, 0, kSize},
      {FrameType::Priority, 6, 1, 0, kSize},
      {FrameType::RstStream, 3, 1, 0, kSize},
      {FrameType::RstStream, 5, 1, 0, kSize},
      {FrameType::RstStream, 4, 0, 0, kPlace},
      {FrameType::Settings, 6, 0, 0, {}},
      {FrameType::Settings, 0, 1, 0, kPlace},
      {FrameType::Settings, 5, 0, 0, kSize},
      {FrameType::Settings, 6, 0, frame_flag::kAck, kSize},
      {FrameType::PushPromise, 4, 0, 0, kPlace},
      {FrameType::Ping, 8, 1, 0, kPlace},
      {FrameType::Ping, 7, 0, 0, kSize},
      {FrameType::Ping, 9, 0, 0, kSize},
      {FrameType::Goaway, 7, 0, 0, kSize},
      {FrameType::Goaway, 8, 1, 0, kPlace},
      {FrameType::Goaway, 100, 0, 0, {}},
      {FrameType::WindowUpdate, 4, 0, 0, {}},
      {FrameType::WindowUpdate, 4, 1, 0, {}},
      {FrameType::WindowUpdate, 3, 0, 0, kSize},
      {FrameType::Continuation, 0, 0, 0, kPlace},
      {static_cast<FrameType>(10), 16384, 0, 0, {}},
      {static_cast<FrameType>(255), 16385, 9, 0, kSize},
  };
  for (const Case& c : cases) {
    CAPTURE(static_cast<int>(c.type));
    CAPTURE(c.length);
    const auto error = check_frame_head({c.length, c.type, c.flags, c.stream});
    CHECK(error.has_value() == c.wrong.has_value());
    if (error && c.wrong) CHECK(error->code == *c.wrong);
  }
}

TEST_CASE("padding and priority are taken off a field block") {
  const auto of = [](std::uint8_t flags, std::string_view payload) {
    return field_block_of(
        {static_cast<std::uint32_t>(payload.size()), FrameType::Headers, flags, 1}, payload);
  };
  CHECK(of(0, "block") == "block");
  CHECK(of(kPadded, std::string_view("\2block\0\0", 8)) == "block");
  CHECK(of(kPriorityFlag, "12345block") == "block");
  CHECK(of(kPadded | kPriorityFlag, std::string_view("\1"
                                                     "12345block\0",
                                                     12)) == "block");
  CHECK(of(kPadded, std::string_view("\2\0\0", 3)) == "");
  CHECK_FALSE(of(kPadded, std::string_view("\3\0\0", 3)));
  CHECK_FALSE(of(kPadded, ""));
  CHECK_FALSE(of(kPriorityFlag, "1234"));
  CHECK_FALSE(of(kPadded | kPriorityFlag, std::string_view("\1"
                                                           "12345",
                                                           6)));
}

TEST_CASE("settings have values that nobody may send") {
  struct Case {
    SettingId id;
    std::uint32_t value;
    bool from_client;
    std::optional<H2Code> wrong;
  };
  const Case cases[] = {
      {SettingId::EnablePush, 0, true, {}},
      {SettingId::EnablePush, 1, true, {}},
      {SettingId::EnablePush, 2, true, H2Code::ProtocolError},
      {SettingId::EnablePush, 0, false, {}},
      {SettingId::EnablePush, 1, false, H2Code::ProtocolError},
      {SettingId::InitialWindowSize, 0x7fffffff, true, {}},
      {SettingId::InitialWindowSize, 0x80000000, true, H2Code::FlowControlError},
      {SettingId::MaxFrameSize, 16384, true, {}},
      {SettingId::MaxFrameSize, 16383, true, H2Code::ProtocolError},
      {SettingId::MaxFrameSize, 0xffffff, true, {}},
      {SettingId::MaxFrameSize, 0x1000000, true, H2Code::ProtocolError},
      {SettingId::EnableConnectProtocol, 1, false, {}},
      {SettingId::EnableConnectProtocol, 2, false, H2Code::ProtocolError},
      {SettingId::HeaderTableSize, 0xffffffff, true, {}},
      {static_cast<SettingId>(0x4242), 0xffffffff, true, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(static_cast<int>(c.id));
    CAPTURE(c.value);
    const auto error = check_setting({c.id, c.value}, c.from_client);
    CHECK(error.has_value() == c.wrong.has_value());
    if (error && c.wrong) CHECK(error->code == *c.wrong);
  }
}

TEST_CASE("error codes have the names of the RFC") {
  CHECK(to_string(H2Code::NoError) == "NO_ERROR");
  CHECK(to_string(H2Code::RefusedStream) == "REFUSED_STREAM");
  CHECK(to_string(H2Code::Http11Required) == "HTTP_1_1_REQUIRED");
  CHECK(to_string(static_cast<H2Code>(14)) == "unknown");
  CHECK(to_string(static_cast<H2Code>(0xffffffff)) == "unknown");
}

TEST_CASE("a receive window is given back in halves and never twice") {
  H2ReceiveWindow window;
  CHECK(window.take(60, 100));
  CHECK(window.give_back(40, 100) == 0);
  CHECK(window.give_back(20, 100) == 60);
  CHECK(window.take(100, 100));
  CHECK_FALSE(window.take(1, 100));
  H2ReceiveWindow none;
  CHECK(none.give_back(0, 1) == 0);
  CHECK(none.take(1, 1));
  CHECK(none.give_back(1, 1) == 1);
}

TEST_CASE("a send window may fall below nothing and must not rise over 2^31-1") {
  H2SendWindow window(100);
  window.spend(100);
  CHECK(window.left() == 0);
  CHECK(window.move(-50));
  CHECK(window.left() == 0);
  CHECK(window.move(50));
  CHECK(window.left() == 0);
  CHECK(window.move(kMaxWindowBytes));
  CHECK(window.left() == kMaxWindowBytes);
  CHECK_FALSE(window.move(1));
}

TEST_CASE("the table of streams finds each by its id, whichever went before") {
  H2StreamTable table;
  const auto fake = [](std::uint32_t id) {
    return reinterpret_cast<H2Stream*>(static_cast<std::uintptr_t>(id) * 16);
  };
  std::vector<std::uint32_t> alive;
  std::uint32_t next = 1;
  std::uint32_t random = 7;
  for (int i = 0; i < 5000; ++i) {
    random = random * 1103515245 + 12345;
    const std::uint32_t roll = random >> 16;
    if (alive.empty() || roll % 5 < (i < 2500 ? 3u : 2u)) {
      table.add(next, *fake(next));
      alive.push_back(next);
      next += 2 * (1 + roll % 3);
    } else {
      const std::size_t at = roll % alive.size();
      table.remove(alive[at]);
      CHECK(table.find(alive[at]) == nullptr);
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
    }
    REQUIRE(table.count() == alive.size());
    REQUIRE(table.entries().size() <= 2 * alive.size() + 16);
    if (!alive.empty()) {
      REQUIRE(&table.last() == fake(alive.back()));
      const std::uint32_t id = alive[roll % alive.size()];
      REQUIRE(table.find(id) == fake(id));
    }
    REQUIRE(table.find(next) == nullptr);
    REQUIRE(table.find(2) == nullptr);
  }
}

}  // namespace
}  // namespace h2_lab
