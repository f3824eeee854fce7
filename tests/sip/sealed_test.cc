#include "sip/sealed.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace sip {
namespace {

const std::string kSecret(32, 's');

RouteState example(RouteState::Kind kind) {
  RouteState state;
  state.kind = kind;
  state.edge = name_hash("edge.lab.example");
  state.edge_worker = 513;
  for (std::size_t i = 0; i < state.flow.size(); ++i) {
    state.flow[i] = static_cast<std::uint8_t>(i * 16);
  }
  return state;
}

TEST_CASE("a state comes back as it went, always under the same text") {
  const Sealer sealer(kSecret);
  const Sealer restarted(kSecret);
  for (const auto kind : {RouteState::Kind::Binding, RouteState::Kind::ToClient,
                          RouteState::Kind::ToUpstream, RouteState::Kind::Dialog}) {
    for (const std::uint64_t transaction : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
      for (const std::uint64_t connection : {std::uint64_t{0}, std::uint64_t{7}, UINT64_MAX}) {
        CAPTURE(transaction);
        CAPTURE(connection);
        RouteState state = example(kind);
        state.transaction = transaction;
        state.connection = connection;
        const std::string text = sealer.seal(state);
        CHECK(text == restarted.seal(state));
        CHECK(text.size() <= 80);
        CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-_") == std::string::npos);
        CHECK(restarted.open(text) == state);
      }
    }
  }
}

// As OpenSSL's AES-128-SIV made them: what one version sealed the next one opens.
TEST_CASE("a state has the text that RFC 5297 gives it") {
  const Sealer sealer(kSecret);
  RouteState state = example(RouteState::Kind::Binding);
  CHECK(sealer.seal(state) == "ohNroWbgMT4zXK8aFGBNuU4kOiTVDanz5L2kLl7I_zsrYj-cJ6gOEorhCQ");
  state.kind = RouteState::Kind::ToClient;
  state.transaction = 5;
  CHECK(sealer.seal(state) ==
        "kef5YN09b52ZHTcP7FpDVz1Yquov99CUwTeoV1fUKQIB2y_4R0GlEL4GEh1HI0so_FFO");
  state.connection = 7;
  CHECK(sealer.seal(state) ==
        "xCo21vhwLgIx48rIhoTpkfYI1kL-HDNJ4-_fbN62wve-miWvFvqGDTAbEZJHVnt7Xynaw4k4aUXTTqg");
}

TEST_CASE("a changed text opens nothing, and the next good one does") {
  const Sealer sealer(kSecret);
  RouteState state = example(RouteState::Kind::ToUpstream);
  state.transaction = 5;
  const std::string text = sealer.seal(state);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(sealer.open(changed));
    CHECK_FALSE(sealer.open(text.substr(0, i)));
    CHECK_FALSE(sealer.open(text.substr(i + 1)));
    CHECK(sealer.open(text) == state);
  }
  CHECK_FALSE(sealer.open(text + "A"));
  CHECK_FALSE(sealer.open(text + "="));
  CHECK_FALSE(sealer.open(text + text));
  CHECK_FALSE(sealer.open(std::string(100'000, 'A')));
  CHECK_FALSE(Sealer(std::string(32, 't')).open(text));
  CHECK_FALSE(Sealer(kSecret + "s").open(text));
}

TEST_CASE("the same bytes in the other alphabet are another text") {
  const Sealer sealer(kSecret);
  RouteState state = example(RouteState::Kind::Binding);
  int tried = 0;
  for (std::uint16_t worker = 0; worker < 64; ++worker) {
    state.edge_worker = worker;
    std::string text = sealer.seal(state);
    if (text.find_first_of("-_") == std::string::npos) continue;
    for (char& c : text)
      c = c == '-' ? '+' : c == '_' ? '/' : c;
    CHECK_FALSE(sealer.open(text));
    ++tried;
  }
  CHECK(tried > 0);
}

TEST_CASE("flows have one spelling") {
  const FlowId flow = example(RouteState::Kind::Binding).flow;
  CHECK(to_string(flow) == "00102030405060708090a0b0c0d0e0f0");
  CHECK(parse_flow(to_string(flow)) == flow);
  CHECK_FALSE(parse_flow("00102030405060708090A0B0C0D0E0F0"));
  CHECK_FALSE(parse_flow("00102030405060708090a0b0c0d0e0f"));
  CHECK_FALSE(parse_flow("00102030405060708090a0b0c0d0e0f00"));
  CHECK_FALSE(parse_flow("0g102030405060708090a0b0c0d0e0f0"));
  CHECK_FALSE(parse_flow(""));
}

TEST_CASE("names hash without case") {
  CHECK(name_hash("Edge.Lab.Example") == name_hash("edge.lab.example"));
  CHECK(name_hash("edge2.lab.example") != name_hash("edge.lab.example"));
}

}  // namespace
}  // namespace sip
