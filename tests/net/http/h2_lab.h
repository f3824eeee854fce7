#pragma once
// What the HTTP/2 tests share: a handler and listeners that write down what they hear, hand-made
// frames, and a peer that sends and reads those frames.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http/connection.h"
#include "net/loop.h"
#include "tests/fakes/recording_handler.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/stream_pair.h"

namespace h2_lab {

using namespace net::http;

// What a job or a call hears. Hooks come after the note is taken.
struct Notes {
  std::string body;
  std::size_t body_bytes = 0;
  int ended = 0;
  int drained = 0;
  std::optional<base::Error> failed;
  std::optional<ResponseHead> response;
  bool keep_body = true;
  std::function<void()> on_response, on_body, on_end, on_drained, on_failed;
};

struct NotingJob final : Job {
  explicit NotingJob(std::shared_ptr<Notes> to) : notes(std::move(to)) {}
  ~NotingJob() override { *dead = true; }
  void on_body(std::string_view data) override {
    if (notes->keep_body) notes->body += data;
    notes->body_bytes += data.size();
    if (notes->on_body) notes->on_body();
  }
  void on_end() override {
    ++notes->ended;
    if (notes->on_end) notes->on_end();
  }
  void on_drained() override {
    ++notes->drained;
    if (notes->on_drained) notes->on_drained();
  }
  void on_failed(const base::Error& why) override {
    notes->failed = why;
    if (notes->on_failed) notes->on_failed();
  }
  std::shared_ptr<Notes> notes;
  std::shared_ptr<bool> dead = std::make_shared<bool>(false);
};

struct NotingCall final : CallListener {
  void on_response(ResponseHead head) override {
    notes.response = std::move(head);
    if (notes.on_response) notes.on_response();
  }
  void on_body(std::string_view data) override {
    if (notes.keep_body) notes.body += data;
    notes.body_bytes += data.size();
    if (notes.on_body) notes.on_body();
  }
  void on_end() override {
    ++notes.ended;
    if (notes.on_end) notes.on_end();
  }
  void on_drained() override {
    ++notes.drained;
    if (notes.on_drained) notes.on_drained();
  }
  void on_failed(const base::Error& why) override {
    notes.failed = why;
    if (notes.on_failed) notes.on_failed();
  }
  bool over() const { return notes.ended > 0 || notes.failed.has_value(); }
  Notes notes;
  std::unique_ptr<Call> call;
};

// Does what a test tells it; otherwise keeps the exchange with a noting job.
struct LabHandler final : Handler {
  void handle(Exchange& exchange) override {
    heads.push_back(exchange.request());
    if (act) return act(exchange);
    keep(exchange);
  }
  std::shared_ptr<Notes> keep(Exchange& exchange) {
    notes.push_back(std::make_shared<Notes>());
    kept.push_back(&exchange);
    exchange.attach(std::make_unique<NotingJob>(notes.back()));
    return notes.back();
  }
  std::function<void(Exchange&)> act;
  std::vector<RequestHead> heads;
  std::vector<std::shared_ptr<Notes>> notes;
  std::vector<Exchange*> kept;  // valid until their notes say that they are over
};

inline RequestHead get(std::string_view target) {
  RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "edge.lab.example:8443";
  head.target = target;
  return head;
}

inline RequestHead post(std::string_view target, std::optional<std::uint64_t> length = {}) {
  RequestHead head = get(target);
  head.method = "POST";
  head.content_length = length;
  return head;
}

// A stream pair whose ends are open.
struct Ends {
  explicit Ends(net::Loop& loop) : pair(loop) {
    left = pair.open(fakes::Side::Left, left_notes);
    right = pair.open(fakes::Side::Right, right_notes);
    fakes::run_until(loop, [this] { return left_notes.opened && right_notes.opened; });
  }
  fakes::StreamPair pair;
  fakes::RecordingHandler left_notes, right_notes;
  std::unique_ptr<net::Stream> left, right;
};

// A server (left) and a client (right) against each other.
struct Lab {
  explicit Lab(const H2Limits& server_h2 = {}, const H2Limits& client_h2 = {},
               const ServerLimits& limits = {})
      : ends(loop) {
    server = serve_h2(loop, std::move(ends.left), Peer{}, handler, limits, server_h2,
                      [this](const base::Error& why) {
                        server_closed = why;
                        loop.retire(std::move(server));
                      });
    client = call_h2(loop, std::move(ends.right), client_h2, [this](const base::Error& why) {
      client_closed = why;
      loop.retire(std::move(client));
    });
  }
  void until(const std::function<bool()>& done,
             std::source_location where = std::source_location::current()) {
    fakes::run_until(loop, done, fakes::kPatience, where);
  }
  void turns(int count = 20) { fakes::run_turns(loop, count); }

  net::Loop loop;
  Ends ends;
  LabHandler handler;
  std::optional<base::Error> server_closed, client_closed;
  std::unique_ptr<ServerConnection> server;
  std::unique_ptr<ClientConnection> client;
};

// --- frames by hand (RFC 9113 section 4.1) ---

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum Type : int {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kReset = 3,
  kSettings = 4,
  kPush = 5,
  kPing = 6,
  kGoaway = 7,
  kWindow = 8,
  kContinuation = 9
};
inline constexpr int kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8;

inline std::string u32(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}

inline std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload = {}) {
  std::string out = u32(static_cast<std::uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += u32(stream);
  out += payload;
  return out;
}

// HPACK literal without indexing, new name, no Huffman code (RFC 7541 section 6.2.2).
inline std::string hpack_text(std::string_view text) {
  std::string out;
  if (text.size() < 127) {
    out += static_cast<char>(text.size());
  } else {
    out += static_cast<char>(127);
    std::size_t rest = text.size() - 127;
    for (; rest >= 128; rest /= 128)
      out += static_cast<char>(rest % 128 + 128);
    out += static_cast<char>(rest);
  }
  return out += text;
}

using List = std::vector<std::pair<std::string, std::string>>;

inline std::string block(const List& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += '\0' + hpack_text(name) + hpack_text(value);
  return out;
}

inline List good(std::string_view method = "GET", std::string_view path = "/") {
  return {{":method", std::string(method)},
          {":scheme", "https"},
          {":authority", "edge.lab.example"},
          {":path", std::string(path)}};
}

inline List with(List list, const List& more) {
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

inline std::string headers(std::uint32_t stream, const List& fields, bool end = true) {
  return frame(kHeaders, kEndHeaders | (end ? kEndStream : 0), stream, block(fields));
}

struct Frame {
  int type = 0;
  int flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  std::uint32_t number(std::size_t at = 0) const {
    std::uint32_t n = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      n = n << 8 | static_cast<unsigned char>(payload.at(i));
    return n;
  }
};

inline std::vector<Frame> read_frames(std::string_view bytes) {
  std::vector<Frame> out;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  while (bytes.size() >= 9) {
    const std::size_t size = byte(0) * 65536u + byte(1) * 256u + byte(2);
    if (bytes.size() < 9 + size) break;
    const auto stream = (byte(5) & 0x7fu) << 24 | byte(6) * 65536u | byte(7) * 256u | byte(8);
    out.push_back({byte(3), byte(4), stream, std::string(bytes.substr(9, size))});
    bytes.remove_prefix(9 + size);
  }
  return out;
}

// What a peer of raw frames makes of those that it was sent.
class FrameLog {
 public:
  virtual std::vector<Frame> frames() const = 0;
  std::optional<Frame> last(int type, std::uint32_t stream = 0) const {
    std::optional<Frame> found;
    for (Frame& f : frames())
      if (f.type == type && (stream == 0 || f.stream == stream)) found = std::move(f);
    return found;
  }
  // The error code of the RST_STREAM for `stream`; none if there was none.
  std::optional<std::uint32_t> reset_code(std::uint32_t stream) const {
    const auto found = last(kReset, stream);
    if (!found) return {};
    return found->number();
  }
  std::optional<std::uint32_t> goaway_code() const {
    const auto found = last(kGoaway);
    if (!found) return {};
    return found->number(4);
  }

 protected:
  ~FrameLog() = default;
};

// A server under attack: the right end is played by hand.
struct Attack final : FrameLog {
  explicit Attack(const H2Limits& h2 = {}, const ServerLimits& limits = {}) : ends(loop) {
    server = serve_h2(loop, std::move(ends.left), Peer{}, handler, limits, h2,
                      [this](const base::Error& why) {
                        closed = why;
                        loop.retire(std::move(server));
                      });
  }
  void hello() { send(std::string(kPreface) + frame(kSettings, 0, 0)); }
  void send(std::string_view bytes) {
    ends.right->write(bytes);
    fakes::run_turns(loop, 12);
  }
  std::vector<Frame> frames() const override { return read_frames(ends.right_notes.data); }

  net::Loop loop;
  Ends ends;
  LabHandler handler;
  std::optional<base::Error> closed;
  std::unique_ptr<ServerConnection> server;
};

}  // namespace h2_lab
