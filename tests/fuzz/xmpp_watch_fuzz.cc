// What passes between a client and a presence node is the same whole and in pieces, and where
// nothing is translated it is what came, all of it once a resource is bound.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/xmpp_watch.h"

namespace {

constexpr char kTurn = '\x1e';  // between what client and node say in turns, the client first

struct Stream final : core::XmppWatcher {
  Stream(xmpp::Parser& parser, bool plain_only) : watch(parser, *this, "lab.example", plain_only) {}

  void on_stanza(xmpp::Direction, std::string_view, bool) override {}
  void on_authenticated(std::string_view user, std::string_view mechanism) override {
    events.append(user).append(1, ' ').append(mechanism).append(1, '\n');
  }
  void on_bound(std::string_view jid) override { events.append(jid).append(1, '\n'); }

  void say(bool client, std::string_view data) {
    if (failed || watch.is_over()) return;
    const auto passage = client ? watch.from_client(data) : watch.from_node(data);
    failed = !passage;
    if (!passage) return;
    to_node += passage->to_node;
    to_client += passage->to_client;
    said_by_client += client ? data : "";
    said_by_node += client ? "" : data;
  }

  core::XmppWatch watch;
  std::string events, to_node, to_client, said_by_client, said_by_node;
  bool failed = false;
};

void run(Stream& stream, std::string_view raw, std::size_t step) {
  for (bool client = true; !raw.empty(); client = !client) {
    const std::size_t end = std::min(raw.find(kTurn), raw.size());
    for (std::size_t at = 0; at < end; at += step) {
      stream.say(client, raw.substr(at, std::min(step, end - at)));
    }
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static xmpp::Parser parser;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  for (const bool plain_only : {false, true}) {
    Stream whole(parser, plain_only);
    run(whole, raw, size + 1);
    Stream bytes(parser, plain_only);
    run(bytes, raw, 1);
    assert(whole.failed == bytes.failed && whole.watch.is_over() == bytes.watch.is_over());
    assert(whole.failed || whole.events == bytes.events);
    if (!whole.failed && !whole.watch.is_over()) {
      assert(whole.to_node == bytes.to_node && whole.to_client == bytes.to_client);
    }
    if (plain_only) continue;
    assert(bytes.said_by_client.starts_with(bytes.to_node));
    assert(bytes.said_by_node.starts_with(bytes.to_client));
    if (bytes.watch.is_over()) {
      assert(bytes.to_node == bytes.said_by_client && bytes.to_client == bytes.said_by_node);
    }
  }
  return 0;
}
