// The heads that an H2Session sends. nghttp2 copies what it is given into one block, in lower case;
// only names that are literals here are not copied.

#include <nghttp2/nghttp2.h>

#include <array>
#include <cassert>
#include <charconv>
#include <utility>

#include "net/http/h2_head.h"
#include "net/http/h2_session.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

// What a head may have at most, with the fields that a hop adds. One with more is not sent.
constexpr std::size_t kMaxSentFields = kMaxFieldCount + 28;
constexpr std::size_t kMaxPseudoFields = 5;

// Secrets stay out of the compression tables (RFC 7541 section 7.1.3): on the link those are shared
// by all users, and a secret seen once more must not be shorter.
bool is_secret(std::string_view name) {
  switch (name.size()) {
    case 6:
      return same_name(name, "cookie");
    case 10:
      return same_name(name, "set-cookie");
    case 13:
      return same_name(name, "authorization");
    case 19:
      return same_name(name, "proxy-authorization");
    default:
      return false;
  }
}

std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // nghttp2 only reads it
}

class HeadWriter final {
 public:
  void literal(std::string_view name, std::string_view value) {
    put(name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME);
  }

  // False when there are too many.
  bool fields(const Fields& fields) {
    if (fields.size() > kMaxSentFields) return false;
    std::array<char, 20> lower;
    for (const Field field : fields) {
      if (is_forbidden(field.name, lower)) continue;
      put(field.name, field.value, is_secret(field.name) ? NGHTTP2_NV_FLAG_NO_INDEX : 0);
    }
    return true;
  }

  void length(std::optional<std::uint64_t> length) {
    if (!length) return;
    const auto [end, error] =
        std::to_chars(digits_.data(), digits_.data() + digits_.size(), *length);
    assert(error == std::errc{});
    literal("content-length", {digits_.data(), static_cast<std::size_t>(end - digits_.data())});
  }

  const nghttp2_nv* data() const { return list_.data(); }
  std::size_t size() const { return size_; }

 private:
  // Fields never hold these (message.h); should one slip in, the peer would refuse the message.
  static bool is_forbidden(std::string_view name, std::array<char, 20>& lower) {
    if (name.size() >= lower.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
      lower[i] = static_cast<char>(name[i] | 0x20);  // letters and '-' are all that matter
    return is_h2_forbidden({lower.data(), name.size()});
  }

  void put(std::string_view name, std::string_view value, int flags) {
    assert(size_ < list_.size());
    list_[size_++] = {bytes_of(name), bytes_of(value), name.size(), value.size(),
                      static_cast<std::uint8_t>(flags)};
  }

  // + 1: Content-Length.
  std::array<nghttp2_nv, kMaxSentFields + kMaxPseudoFields + 1> list_;
  std::array<char, 20> digits_;
  std::size_t size_ = 0;
};

ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* into, std::size_t room,
                  std::uint32_t* flags, nghttp2_data_source*, void*) noexcept {
  auto* stream = static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  if (!stream) return NGHTTP2_ERR_DEFERRED;  // its RST_STREAM is under way
  bool last = false;
  const std::size_t count = stream->read(reinterpret_cast<char*>(into), room, last);
  if (count == 0 && !last) return NGHTTP2_ERR_DEFERRED;
  if (last) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

nghttp2_data_provider body_source() {
  nghttp2_data_provider source{};
  source.read_callback = read_body;
  return source;
}

}  // namespace

bool H2Session::may_request() const {
  const std::uint32_t most =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return state_ == State::Open && streams_.size() < most &&
         nghttp2_session_check_request_allowed(session_.get()) != 0;
}

bool H2Session::peer_takes_extended_connect() const {
  return nghttp2_session_get_remote_settings(session_.get(),
                                             NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

bool H2Session::send_request(H2Stream& stream, const RequestHead& head) {
  HeadWriter writer;
  const bool connect = head.method == "CONNECT";
  writer.literal(":method", head.method);
  if (!connect || !head.protocol.empty()) {
    writer.literal(":scheme", head.scheme);
    writer.literal(":path", head.target);
  }
  writer.literal(":authority", head.authority);
  if (!head.protocol.empty()) writer.literal(":protocol", head.protocol);
  if (!writer.fields(head.fields)) return false;
  const bool body = connect || head.content_length != 0u;
  // "content-length: 0" says nothing that END_STREAM does not.
  if (body && !connect) writer.length(head.content_length);
  const nghttp2_data_provider source = body_source();
  const std::int32_t id = nghttp2_submit_request(session_.get(), nullptr, writer.data(),
                                                 writer.size(), body ? &source : nullptr, &stream);
  if (id < 0) return false;
  attach(stream, id);
  stream.begin_sending(body, connect ? std::nullopt : head.content_length);
  wake();
  return true;
}

void H2Session::send_response(H2Stream& stream, const ResponseHead& head, bool body) {
  if (!stream.in_nghttp2_) return;  // the client has left
  std::array<char, 3> status;
  const auto [end, error] =
      std::to_chars(status.data(), status.data() + status.size(), head.status);
  assert(error == std::errc{} && end == status.data() + status.size());
  HeadWriter writer;
  writer.literal(":status", {status.data(), status.size()});
  if (!writer.fields(head.fields))
    return stream.fail(H2Code::InternalError,
                       {base::Errc::TooLarge, "response with too many fields"});
  if (head.status != 204) writer.length(head.content_length);  // RFC 9110 section 8.6
  const nghttp2_data_provider source = body_source();
  stream.begin_sending(body, head.content_length);
  const int done = nghttp2_submit_response(session_.get(), stream.id_, writer.data(), writer.size(),
                                           body ? &source : nullptr);
  assert(done == 0 || done == NGHTTP2_ERR_DATA_EXIST);
  wake();
}

void H2Session::send_continue(H2Stream& stream) {
  if (!stream.in_nghttp2_) return;
  HeadWriter writer;
  writer.literal(":status", "100");
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, nullptr, writer.data(),
                         writer.size(), nullptr);
  wake();
}

}  // namespace net::http
