#include "core/sip_trunk.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/core/sip_lab.h"

namespace core {
namespace {

struct Told final : InsideHandler {
  std::uint32_t numbers = 0;
  std::vector<std::string> unsent, up, down;
  std::vector<sip::Message> got;
  std::vector<std::string> sent;
  std::uint32_t last_peer = 0;

  std::uint32_t next_number() override { return ++numbers; }
  void on_inside_message(const InsidePeer& from, sip::Message message, std::string_view) override {
    last_peer = from.number;
    got.push_back(std::move(message));
  }
  void on_inside_bad(const InsidePeer&, std::string_view, const base::Error&) override {}
  void on_inside_sent(const InsidePeer&, const SipOutgoing& out) override {
    sent.push_back(out.text);
  }
  void on_unsent(const SipOutgoing& out, const base::Error&) override {
    unsent.push_back(out.text);
  }
  void on_trunk_up(const std::string& target) override { up.push_back(target); }
  void on_trunk_down(const std::string& target, bool, const base::Error&) override {
    down.push_back(target);
  }
};

struct Lab : Inside {
  Told told;
  SipParty server{loop};
  SipTrunks trunks{loop, resolver, told, {}};
  std::uint16_t port = 0;

  Lab() {
    REQUIRE(server.listen({pub.address, 0}));
    port = server.port();
  }
  SipTarget good() const { return {kPub, port}; }
  SipTarget closed() const { return {kSub, port}; }
  SipTarget unknown() const { return {"nowhere.lab.example", port}; }
};

const std::string kPing =
    "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP b;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n";

sip::Message message_of(const std::string& text) {
  auto message = sip::parse_message(text);
  REQUIRE(message);
  return *std::move(message);
}

TEST_CASE("what is sent before the connection stands waits for it, in order") {
  Lab lab;
  for (const char* id : {"1", "2", "3"}) {
    std::string text = kPing;
    text.insert(text.find("Content-Length"), std::string("Call-ID: ") + id + "\r\n");
    lab.trunks.send({message_of(text), {lab.good()}});
  }
  CHECK(lab.told.sent.empty());  // nothing from inside the call
  fakes::run_until(lab.loop, [&] { return lab.server.got.size() == 3; });
  CHECK(lab.server.got[0].value(sip::FieldId::CallId) == "1");
  CHECK(lab.server.got[2].value(sip::FieldId::CallId) == "3");
  CHECK(lab.trunks.up_count() == 1);
  CHECK(lab.told.numbers == 1);
  CHECK(lab.trunks.find(1) != nullptr);
  CHECK(lab.trunks.find(2) == nullptr);
  CHECK(lab.trunks.host_of(lab.pub.address) == kPub);
  CHECK_FALSE(lab.trunks.host_of(lab.sub.address));
}

TEST_CASE("a target that cannot be reached gives way to the next, and is tried last then") {
  Lab lab;
  lab.trunks.send({message_of(kPing), {lab.unknown(), lab.closed(), lab.good()}});
  fakes::run_until(lab.loop, [&] { return lab.server.got.size() == 1; });
  CHECK(lab.told.down.size() == 2);
  lab.trunks.send({message_of(kPing), {lab.closed(), lab.good()}});
  fakes::run_until(lab.loop, [&] { return lab.server.got.size() == 2; });
  CHECK(lab.told.sent.size() == 2);
}

TEST_CASE("what nobody takes comes back, once and from the loop") {
  Lab lab;
  lab.trunks.send({message_of(kPing), {lab.unknown(), lab.closed()}});
  lab.trunks.send({message_of(kPing), {}});
  CHECK(lab.told.unsent.empty());
  fakes::run_until(lab.loop, [&] { return lab.told.unsent.size() == 2; });
  fakes::run_turns(lab.loop);
  CHECK(lab.told.unsent.size() == 2);
}

TEST_CASE("a lost connection is made again by itself") {
  Lab lab;
  lab.trunks.send({message_of(kPing), {lab.good()}});
  fakes::run_until(lab.loop, [&] { return lab.server.got.size() == 1; });
  lab.server.hang_up();
  fakes::run_until(lab.loop, [&] { return lab.told.up.size() == 2; });
  CHECK(lab.told.numbers == 2);  // another connection, another number
  CHECK(lab.trunks.find(1) == nullptr);
  CHECK(lab.trunks.find(2) != nullptr);
}

TEST_CASE("what a call manager sends on our connection arrives with its number") {
  Lab lab;
  lab.trunks.send({message_of(kPing), {lab.good()}});
  fakes::run_until(lab.loop, [&] { return lab.server.got.size() == 1; });
  lab.server.send(kPing);
  fakes::run_until(lab.loop, [&] { return lab.told.got.size() == 1; });
  CHECK(lab.told.last_peer == 1);
}

}  // namespace
}  // namespace core
