#include "sip/transport/channel.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/net/http/h2_lab.h"
#include "tests/sip/transport/wire.h"

namespace sip::transport {
namespace {

net::http::H2Limits link_like() {
  net::http::H2Limits limits;
  limits.extended_connect = true;
  return limits;
}

struct ChannelNotes final : ChannelHandler {
  void on_channel_open(Channel&) override { ++opened; }
  void on_channel_message(Channel&, Message message, std::string_view text) override {
    messages.emplace_back(text);
    flows.emplace_back(message.value(FieldId::SallyportFlow));
  }
  void on_channel_closed(Channel&, const base::Error& why) override {
    ++closed_count;
    closed = why;
  }
  int opened = 0;
  int closed_count = 0;
  std::vector<std::string> messages;
  std::vector<std::string> flows;
  std::optional<base::Error> closed;
};

// An edge's and a core's end of one channel.
struct Lab {
  Lab() {
    h2.handler.act = [this](net::http::Exchange& exchange) {
      CHECK(is_channel(exchange.request()));
      CHECK(exchange.request().authority == "edge.lab.example");
      core = &accept_channel(exchange, core_notes);
    };
    edge = open_channel(*h2.client, "edge.lab.example", edge_notes);
    until([this] { return edge_notes.opened == 1; });
  }
  void until(const std::function<bool()>& done) { fakes::run_until(h2.loop, done); }

  ChannelNotes edge_notes, core_notes;  // die last
  h2_lab::Lab h2{link_like(), link_like()};
  Channel* core = nullptr;
  std::unique_ptr<Channel> edge;
};

TEST_CASE("messages go both ways, split or many at once") {
  Lab lab;
  CHECK(lab.edge->is_open());
  const std::string one = options_request("one", std::string(20'000, 'x'));
  lab.edge->send(std::string_view(one).substr(0, 100));
  fakes::run_turns(lab.h2.loop);
  CHECK(lab.core_notes.messages.empty());
  lab.edge->send(std::string_view(one).substr(100));
  lab.edge->send(options_request("two") + options_request("three"));
  lab.until([&] { return lab.core_notes.messages.size() == 3; });
  CHECK(lab.core_notes.messages[0] == one);

  Message back = Message::request("OPTIONS", "sip:a@h");
  back.add(FieldId::SallyportFlow, "00ff");
  lab.core->send(back);
  lab.until([&] { return lab.edge_notes.messages.size() == 1; });
  CHECK(lab.edge_notes.flows[0] == "00ff");
}

TEST_CASE("each end hears once that the other one closed, and the closer hears nothing") {
  SUBCASE("the core closes") {
    Lab lab;
    lab.core->close({base::Errc::Closed, "draining"});
    lab.until([&] { return lab.edge_notes.closed.has_value(); });
    CHECK_FALSE(lab.edge->is_open());
    lab.edge->send(options_request());
    fakes::run_turns(lab.h2.loop);
    CHECK(lab.core_notes.messages.empty());
    CHECK(lab.core_notes.closed_count == 0);
    CHECK(lab.edge_notes.closed_count == 1);
  }
  SUBCASE("the edge closes") {
    Lab lab;
    lab.edge->close({base::Errc::Closed, "gone"});
    lab.until([&] { return lab.core_notes.closed.has_value(); });
    CHECK(lab.core_notes.closed_count == 1);
    CHECK(lab.edge_notes.closed_count == 0);
  }
  SUBCASE("the edge forgets it") {
    Lab lab;
    lab.edge.reset();
    lab.until([&] { return lab.core_notes.closed.has_value(); });
    CHECK(lab.core_notes.closed_count == 1);
  }
  SUBCASE("the link breaks") {
    Lab lab;
    lab.h2.ends.pair.break_with({base::Errc::Closed, "cut"});
    lab.until([&] { return lab.core_notes.closed && lab.edge_notes.closed; });
    CHECK(lab.core_notes.closed_count == 1);
    CHECK(lab.edge_notes.closed_count == 1);
  }
}

TEST_CASE("a core that knows no channels refuses it") {
  ChannelNotes notes;
  h2_lab::Lab h2{link_like(), link_like()};
  h2.handler.act = [](net::http::Exchange& exchange) {
    net::http::answer(exchange, net::http::text_response(404, "no"));
  };
  const auto channel = open_channel(*h2.client, "edge.lab.example", notes);
  fakes::run_until(h2.loop, [&] { return notes.closed.has_value(); });
  CHECK(notes.opened == 0);
  CHECK(notes.closed->code == base::Errc::Refused);
}

TEST_CASE("what is no SIP ends the channel at both ends") {
  Lab lab;
  lab.edge->send("this is no SIP\r\n\r\n");
  lab.until([&] { return lab.core_notes.closed && lab.edge_notes.closed; });
  CHECK(lab.core_notes.messages.empty());
}

}  // namespace
}  // namespace sip::transport
