#include "net/http/h2_stream.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "net/http/h2_head.h"
#include "tests/net/http/h2_lab.h"

// Streams of a server's session against a peer that is played by hand.
namespace h2_lab {
namespace {

// Answers each request with a body, of which as much leaves as the windows allow.
struct Owner final : H2StreamOwner {
  void on_head(H2HeadReader& reader, bool end_stream) override {
    RequestHead head;
    REQUIRE(reader.finish_request(end_stream, head) == H2HeadReader::Verdict::Fine);
    stream.expect_body(head.content_length);
    session->send_response(stream, {}, true);
    stream.write(std::string(1u << 20, 'w'));
  }
  FlowListener* listener() override { return nullptr; }
  void on_over(const base::Error*) override {}
  H2Session* session = nullptr;
  H2Stream stream{*this};
};

struct Served final : H2Role {
  Served() : ends(loop) {
    session = std::make_unique<H2Session>(loop, std::move(ends.left), H2Session::Side::Server,
                                          H2Limits{}, *this);
  }
  H2Stream& on_request_begins() override {
    owners.push_back(std::make_unique<Owner>());
    owners.back()->session = session.get();
    return owners.back()->stream;
  }
  void on_settings() override {}
  void on_session_closed(const base::Error&) override {}
  // Later than whatever happened before.
  void send(std::string_view bytes) {
    const auto before = loop.now();
    fakes::run_until(loop, [&] {
      fakes::run_turns(loop, 1);
      return loop.now() > before;
    });
    ends.right->write(bytes);
    fakes::run_turns(loop, 12);
  }
  std::optional<H2Session::Time> since(std::size_t owner) const {
    return owners.at(owner)->stream.waiting_since();
  }

  net::Loop loop;
  Ends ends;
  std::vector<std::unique_ptr<Owner>> owners;
  std::unique_ptr<H2Session> session;
};

const std::string kOpenWindows =
    std::string(kPreface) + frame(kSettings, 0, 0, std::string("\0\4\x7f\xff\xff\xff", 6));

TEST_CASE("a stream whose own window is open waits no longer than the connection does") {
  Served served;
  served.send(kOpenWindows + headers(1, good()) + headers(3, good()));
  REQUIRE(served.owners.size() == 2);
  const auto first = served.since(0), second = served.since(1);
  REQUIRE(first);
  REQUIRE(second);
  // The window of the connection is shut, so what it grants is one stream's.
  served.send(frame(kWindow, 0, 0, u32(8192)));
  REQUIRE(served.since(0));
  CHECK(*served.since(0) > *first);
  CHECK(*served.since(1) > *second);
  CHECK(served.since(0) == served.since(1));
  // A byte now and then is not worth the memory of all of them.
  const auto before = std::min(served.since(0), served.since(1));
  served.send(frame(kWindow, 0, 0, u32(1)));
  CHECK(std::min(served.since(0), served.since(1)) == before);
}

TEST_CASE("a stream whose own window is shut waits for that, whatever others do") {
  Served served;
  served.send(std::string(kPreface) + frame(kSettings, 0, 0) + frame(kWindow, 0, 0, u32(1u << 20)) +
              headers(1, good()) + headers(3, good()));
  const auto first = served.since(0), second = served.since(1);
  REQUIRE(first);
  REQUIRE(second);
  served.send(frame(kWindow, 0, 3, u32(1)));
  CHECK(served.since(0) == first);
  REQUIRE(served.since(1));
  CHECK(*served.since(1) > *second);
}

TEST_CASE("what the transport does not take is not the streams' to judge") {
  Served served;
  served.ends.pair.hold(fakes::Side::Right, true);
  served.send(kOpenWindows + frame(kWindow, 0, 0, u32(1u << 30)) + headers(1, good()) +
              headers(3, good()));
  REQUIRE(served.session->bytes_waiting() > 0);
  CHECK_FALSE(served.since(0));
  CHECK_FALSE(served.since(1));
}

}  // namespace
}  // namespace h2_lab
