// nghttp2 at the other end of our server and of our client: what both sides send arrives, whatever
// the sizes of bodies, heads, windows, padding and reads.

#include <doctest/doctest.h>
#include <nghttp2/nghttp2.h>

#include <map>
#include <random>

#include "tests/net/http/h2_lab.h"

namespace h2_lab {
namespace {

std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An nghttp2 session over one end of a pair.
class Peer final : public net::StreamHandler {
 public:
  struct Stream {
    List fields;
    std::string got;
    std::string body;  // to be sent, from `at` on
    std::size_t at = 0;
    bool trailers = false;  // end with them
    std::optional<std::uint32_t> closed;
    std::function<void()> on_end;
  };

  Peer(std::unique_ptr<net::Stream> stream, bool server, unsigned seed)
      : stream_(std::move(stream)), random_(seed) {
    nghttp2_session_callbacks* c = nullptr;
    nghttp2_session_callbacks_new(&c);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
    nghttp2_session_callbacks_set_select_padding_callback(c, padding);
    nghttp2_session* session = nullptr;
    server ? nghttp2_session_server_new(&session, c, this)
           : nghttp2_session_client_new(&session, c, this);
    nghttp2_session_callbacks_del(c);
    session_.reset(session);
    const std::uint32_t windows[] = {1, 1000, 16384, 65535, 1u << 20};
    const std::uint32_t tables[] = {0, 100, 4096, 65536};
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows[below(5)]},
        {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, tables[below(4)]},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, below(2) ? 16384u : 100'000u}};
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings, 3);
    stream_->set_handler(*this);
    pump();
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::int32_t request(const List& fields, std::string body, bool trailers) {
    const auto list = name_values(fields);
    nghttp2_data_provider source{};
    source.read_callback = read;
    const bool empty = body.empty() && !trailers;
    const std::int32_t id = nghttp2_submit_request(session_.get(), nullptr, list.data(),
                                                   list.size(), empty ? nullptr : &source, nullptr);
    REQUIRE(id > 0);
    streams[id].body = std::move(body);
    streams[id].trailers = trailers;
    pump();
    return id;
  }
  void respond(std::int32_t id, const List& fields, std::string body, bool trailers) {
    streams[id].body = std::move(body);
    streams[id].trailers = trailers;
    const auto list = name_values(fields);
    nghttp2_data_provider source{};
    source.read_callback = read;
    REQUIRE(nghttp2_submit_response(session_.get(), id, list.data(), list.size(), &source) == 0);
    pump();
  }
  void resize_window(std::uint32_t bytes) {
    const nghttp2_settings_entry setting{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, bytes};
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, &setting, 1);
    pump();
  }

  std::map<std::int32_t, Stream> streams;
  std::function<void(std::int32_t)> on_request;  // complete
  int faults = 0;
  bool closed = false;

 private:
  struct Free {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  static Peer& of(void* user) { return *static_cast<Peer*>(user); }
  static std::vector<nghttp2_nv> name_values(const List& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                      value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    return list;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    of(user).streams[frame->hd.stream_id].fields.emplace_back(text_of(name, name_size),
                                                              text_of(value, value_size));
    return 0;
  }
  static int on_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                      std::size_t size, void* user) {
    of(user).streams[id].got += text_of(data, size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Peer& peer = of(user);
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool content = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (content && end && peer.on_request) peer.on_request(frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != 0) ++peer.faults;
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != 0) ++peer.faults;
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    of(user).streams[id].closed = code;
    return 0;
  }
  static ssize_t padding(nghttp2_session*, const nghttp2_frame* frame, std::size_t most,
                         void* user) {
    Peer& peer = of(user);
    if (peer.below(3)) return static_cast<ssize_t>(frame->hd.length);
    return static_cast<ssize_t>(std::min(most, frame->hd.length + peer.below(257)));
  }
  static ssize_t read(nghttp2_session* session, std::int32_t id, std::uint8_t* into,
                      std::size_t room, std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Peer& peer = of(user);
    Stream& stream = peer.streams[id];
    const std::size_t size =
        std::min({room, stream.body.size() - stream.at, 1 + peer.below(16384)});
    stream.body.copy(reinterpret_cast<char*>(into), size, stream.at);
    stream.at += size;
    if (stream.at < stream.body.size()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream.trailers) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const List trailers{{"x-sum", "1"}};
      nghttp2_submit_trailer(session, id, name_values(trailers).data(), 1);
    }
    return static_cast<ssize_t>(size);
  }

  void pump() {
    const std::uint8_t* bytes = nullptr;
    for (;;) {
      const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size <= 0) break;
      stream_->write({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    }
  }
  void on_open() override {}
  std::size_t on_data(std::string_view data) override {
    const ssize_t taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    if (taken < 0) ++faults;
    pump();
    return data.size();
  }
  void on_end() override { stream_->close(); }
  void on_drained() override { pump(); }
  void on_closed(const base::Error&) override { closed = true; }

  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<nghttp2_session, Free> session_;
  std::mt19937 random_;
};

std::string random_text(Peer& peer, std::size_t most) {
  std::string out(peer.below(most + 1), '\0');
  for (char& c : out)
    c = static_cast<char>('a' + peer.below(26));
  return out;
}

// Small ones, ones around the size of a frame, large ones; some with a head of several frames.
std::string random_body(Peer& peer) {
  constexpr std::size_t kMost[] = {0, 1, 100, 16'384, 20'000, 300'000};
  return random_text(peer, kMost[peer.below(6)]);
}

List random_fields(Peer& peer) {
  List fields;
  for (std::size_t i = peer.below(10); i > 0; --i)
    fields.emplace_back("x-" + std::to_string(peer.below(20)), "v" + random_text(peer, 40));
  if (peer.below(5) == 0) fields.emplace_back("x-large", std::string(25'000, 'l'));
  if (peer.below(3) == 0) fields.emplace_back("cookie", "c" + random_text(peer, 300));
  return fields;
}

std::optional<std::string> value_of(const List& fields, std::string_view name) {
  for (const auto& field : fields)
    if (field.first == name) return field.second;
  return {};
}

void set_chunks(Ends& ends, Peer& peer) {
  constexpr std::size_t kChunks[] = {0, 0, 7, 100, 5000, 16'393};
  ends.pair.set_chunk(fakes::Side::Left, kChunks[peer.below(6)]);
  ends.pair.set_chunk(fakes::Side::Right, kChunks[peer.below(6)]);
}

TEST_CASE("our server echoes to an nghttp2 client") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    net::Loop loop;
    Ends ends(loop);
    LabHandler handler;
    handler.act = [&](Exchange& exchange) {
      const auto notes = handler.keep(exchange);
      ResponseHead head;
      for (const Field field : exchange.request().fields)
        head.fields.add(field.name, field.value);
      exchange.respond(std::move(head));
      Exchange* e = &exchange;
      Notes* n = notes.get();
      n->on_body = [e, n] {
        e->write(n->body);
        n->body.clear();
        if (e->queued_bytes() > Flow::kHighWater) e->pause();
      };
      n->on_drained = [e] { e->resume(); };
      n->on_end = [e] { e->finish(); };
    };
    H2Limits h2;
    h2.stream_window_bytes = seed % 3 == 0 ? 1000 : 256 * 1024;
    h2.idle_frames = 0;  // a window of one byte makes many frames
    h2.table_bytes = seed % 2 == 0 ? 16384 : 0;
    bool closed = false;
    auto server = serve_h2(loop, std::move(ends.left), net::http::Peer{}, handler, {}, h2,
                           [&](const base::Error&) { closed = true; });
    Peer peer(std::move(ends.right), false, seed);
    set_chunks(ends, peer);
    std::map<std::int32_t, std::pair<List, std::string>> sent;
    for (int i = 0; i < 10; ++i) {
      const List fields = random_fields(peer);
      std::string body = random_body(peer);
      const bool trailers = peer.below(4) == 0;
      const std::int32_t id = peer.request(with(good("POST"), fields), body, trailers);
      sent[id] = {fields, std::move(body)};
      fakes::run_turns(loop, static_cast<int>(peer.below(30)));
      if (i == 5) peer.resize_window(static_cast<std::uint32_t>(1 + peer.below(200'000)));
      if (i == 6) peer.resize_window(100'000);
    }
    for (const auto& [id, what] : sent) {
      CAPTURE(id);
      fakes::run_until(loop, [&] { return closed || peer.streams[id].closed.has_value(); });
      REQUIRE_FALSE(closed);
      const Peer::Stream& stream = peer.streams[id];
      CHECK(stream.closed == 0u);
      CHECK(value_of(stream.fields, ":status") == "200");
      CHECK(stream.got == what.second);
      for (const auto& field : what.first)
        CHECK(value_of(stream.fields, field.first).has_value());
      CHECK(value_of(stream.fields, "x-large") == value_of(what.first, "x-large"));
    }
    CHECK(peer.faults == 0);
    CHECK(handler.heads.size() == 10);
    server->drain();
    fakes::run_until(loop, [&] { return closed; });
  }
}

TEST_CASE("our client's calls are echoed by an nghttp2 server") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    net::Loop loop;
    Ends ends(loop);
    H2Limits h2;
    h2.stream_window_bytes = seed % 3 == 0 ? 1000 : 256 * 1024;
    h2.idle_frames = 0;
    h2.table_bytes = seed % 2 == 0 ? 16384 : 0;
    bool closed = false;
    auto client =
        call_h2(loop, std::move(ends.right), h2, [&](const base::Error&) { closed = true; });
    Peer peer(std::move(ends.left), true, seed);
    set_chunks(ends, peer);
    peer.on_request = [&](std::int32_t id) {
      List fields{{":status", "200"}};
      for (const auto& field : peer.streams[id].fields)
        if (field.first.starts_with("x-") && field.first != "x-sum") fields.push_back(field);
      peer.respond(id, fields, std::move(peer.streams[id].got), peer.below(3) == 0);
    };
    std::vector<std::unique_ptr<NotingCall>> calls;
    std::vector<std::pair<List, std::string>> sent;
    for (int i = 0; i < 10; ++i) {
      sent.emplace_back(random_fields(peer), random_body(peer));
      const bool known = peer.below(2) == 0;
      RequestHead head = post("/");
      if (known) head.content_length = sent.back().second.size();
      for (const auto& [name, value] : sent.back().first)
        head.fields.add(name, value);
      calls.push_back(std::make_unique<NotingCall>());
      calls.back()->call = client->start(std::move(head), *calls.back());
      if (!sent.back().second.empty()) calls.back()->call->write(sent.back().second);
      calls.back()->call->finish();
      fakes::run_turns(loop, static_cast<int>(peer.below(30)));
      if (i == 5) peer.resize_window(static_cast<std::uint32_t>(1 + peer.below(200'000)));
      if (i == 6) peer.resize_window(100'000);
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      CAPTURE(i);
      const Notes& notes = calls[i]->notes;
      fakes::run_until(loop, [&] { return calls[i]->over(); });
      CHECK_FALSE(notes.failed);
      REQUIRE(notes.response);
      CHECK(notes.response->status == 200);
      CHECK(notes.body == sent[i].second);
      const auto large = value_of(sent[i].first, "x-large");
      const auto seen = notes.response->fields.get("x-large");
      CHECK(large.has_value() == seen.has_value());
    }
    CHECK(peer.faults == 0);
    client->drain();
    fakes::run_until(loop, [&] { return closed; });
  }
}

}  // namespace
}  // namespace h2_lab
