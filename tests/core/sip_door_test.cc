#include "core/sip_door.h"

#include <doctest/doctest.h>

#include "net/socket_stream.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"

namespace core {
namespace {

using namespace std::chrono_literals;

struct Hall final : InsideHandler {
  void on_inside_message(const InsidePeer&, sip::Message, std::string_view) override { ++messages; }
  void on_inside_bad(const InsidePeer&, std::string_view, const base::Error&) override {}
  std::uint32_t next_number() override { return ++last; }
  void on_inside_sent(const InsidePeer&, const SipOutgoing&) override {}
  void on_unsent(const SipOutgoing&, const base::Error&) override {}
  void on_trunk_up(const std::string&) override {}
  void on_trunk_down(const std::string&, bool, const base::Error&) override {}
  int messages = 0;
  std::uint32_t last = 0;
};

struct Lab {
  explicit Lab(const SipDoor::Limits& limits) : door(loop, hall, limits) {
    REQUIRE(door.open({{base::IpAddress::v4({127, 0, 0, 1}), 0}}));
    net::DialOptions dial;
    dial.remote = door.local();
    stream = net::dial_stream(loop, dial, guest);
    fakes::run_until(loop, [&] { return guest.opened && door.count() == 1; });
  }
  net::Loop loop;
  Hall hall;
  SipDoor door;
  fakes::RecordingHandler guest;
  std::unique_ptr<net::Stream> stream;
};

TEST_CASE("who connects and says nothing gives the place up") {
  Lab lab({50ms, 1h});
  fakes::run_until(lab.loop, [&] { return lab.guest.ended > 0; });
  lab.stream->close();
  fakes::run_until(lab.loop, [&] { return lab.door.count() == 0; });
}

TEST_CASE("who has spoken may be silent for longer, and a keep-alive counts") {
  for (const std::string_view said :
       {"\r\n\r\n", "OPTIONS sip:h SIP/2.0\r\nContent-Length: 0\r\n\r\n"}) {
    CAPTURE(said);
    Lab lab({200ms, 1h});
    lab.stream->write(said);
    const auto start = lab.loop.now();
    fakes::run_until(lab.loop, [&] { return lab.loop.now() - start > 500ms; });
    CHECK(lab.door.count() == 1);
  }
  Lab lab({1h, 100ms});
  lab.stream->write("\r\n\r\n");
  fakes::run_until(lab.loop, [&] { return lab.guest.ended > 0; });
}

}  // namespace
}  // namespace core
