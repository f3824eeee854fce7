#include "net/http/fetch.h"

#include <doctest/doctest.h>

#include "tests/net/http/client_lab.h"

namespace client_lab {
namespace {

constexpr milliseconds kLong{30'000};

struct FetchLab : ServerLab {
  explicit FetchLab(std::vector<std::string> alpn = {"h2"})
      : ServerLab(std::move(alpn)), caller(loop, client) {}
  void fetch(RequestHead head, std::string body = {}, milliseconds limit = kLong,
             std::size_t max_bytes = Fetch::kMaxBytes) {
    token = std::make_unique<Fetch>(
        loop, caller, std::move(head), std::move(body), limit,
        [this](base::Result<Document> result) {
          ++done;
          if (result)
            document = std::move(*result);
          else
            error = result.error();
          if (on_done) on_done();
        },
        max_bytes);
  }
  int done = 0;
  std::optional<Document> document;
  std::optional<base::Error> error;
  std::function<void()> on_done;
  Client caller;
  std::unique_ptr<Fetch> token;
};

TEST_CASE("a document is fetched with whatever status it has") {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    CAPTURE(protocol);
    FetchLab lab({protocol});
    lab.handler.act = [](Exchange& exchange) { answer(exchange, text_response(404, "not here")); };
    lab.fetch(get("/x"));
    CHECK(lab.done == 0);
    lab.until([&] { return lab.done > 0; });
    REQUIRE(lab.document);
    CHECK(lab.document->head.status == 404);
    CHECK(lab.document->body == "not here\n");
    lab.token.reset();
    fakes::run_turns(lab.loop);
    CHECK(lab.done == 1);
  }
}

TEST_CASE("a body is sent with its length") {
  FetchLab lab;
  lab.keep();
  lab.fetch(post("/x"), "question");
  lab.until([&] { return !lab.handler.notes.empty() && lab.handler.notes[0]->ended == 1; });
  CHECK(lab.handler.heads[0].content_length == 8u);
  CHECK(lab.handler.notes[0]->body == "question");
}

TEST_CASE("a document may be as long as the limit and not one byte longer") {
  for (const std::size_t size : {99u, 100u, 101u}) {
    CAPTURE(size);
    FetchLab lab;
    lab.handler.act = [&](Exchange& exchange) {
      exchange.respond({.fields = {}, .content_length = {}});
      exchange.write(std::string(size, 'x'));
      exchange.finish();
    };
    lab.fetch(get("/x"), {}, kLong, 100);
    lab.until([&] { return lab.done > 0; });
    if (size <= 100) {
      REQUIRE(lab.document);
      CHECK(lab.document->body.size() == size);
    } else {
      REQUIRE(lab.error);
      CHECK(lab.error->code == base::Errc::TooLarge);
    }
    fakes::run_turns(lab.loop);
    CHECK(lab.done == 1);
  }
}

TEST_CASE("the limit of time is for all of it, and the call is cancelled") {
  FetchLab lab;
  lab.keep();
  lab.fetch(get("/slow"), {}, milliseconds{40});
  lab.until([&] { return lab.done > 0; });
  REQUIRE(lab.error);
  CHECK(lab.error->code == base::Errc::Timeout);
  if (!lab.handler.notes.empty())
    lab.until([&] { return lab.handler.notes[0]->failed.has_value(); });
}

TEST_CASE("a failure of the caller is passed on") {
  FetchLab lab;
  lab.listener->close();
  lab.fetch(get("/x"));
  lab.until([&] { return lab.done > 0; });
  CHECK(lab.error->code == base::Errc::Refused);
}

TEST_CASE("a fetch may be destroyed in its callback, however it ended") {
  for (const int end : {0, 1, 2, 3}) {
    for (const std::string protocol : {"h2", "http/1.1"}) {
      CAPTURE(end);
      CAPTURE(protocol);
      FetchLab lab({protocol});
      lab.on_done = [&] { lab.token.reset(); };
      if (end == 1) lab.listener->close();
      if (end == 2) lab.keep();
      lab.fetch(get("/x"), {}, end == 2 ? milliseconds{30} : kLong, end == 3 ? 1 : 100);
      lab.until([&] { return lab.done > 0; });
      fakes::run_turns(lab.loop);
      CHECK(lab.done == 1);
      CHECK(lab.token == nullptr);
    }
  }
}

TEST_CASE("a fetch that is destroyed never calls") {
  for (int turns = 0; turns < 20; ++turns) {
    FetchLab lab;
    lab.keep();
    lab.fetch(get("/x"), {}, milliseconds{1});
    fakes::run_turns(lab.loop, turns);
    if (lab.done > 0) break;
    lab.token.reset();
    fakes::run_turns(lab.loop, 10);
    CHECK(lab.done == 0);
  }
}

}  // namespace
}  // namespace client_lab
