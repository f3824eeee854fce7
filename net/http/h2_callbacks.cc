#include "net/http/h2_callbacks.h"

#include <nghttp2/nghttp2.h>

#include <cstring>
#include <memory>
#include <utility>

#include "net/http/h2_head.h"
#include "net/http/h2_session.h"
#include "net/http/h2_stream.h"

namespace net::http {
namespace {

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

bool ends_stream(const nghttp2_frame_hd& head) {
  return (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

// Resets by which we answer a broken rule; others are of our own making.
bool is_reproach(std::uint32_t code) {
  return code != NGHTTP2_NO_ERROR && code != NGHTTP2_CANCEL && code != NGHTTP2_INTERNAL_ERROR;
}

}  // namespace

// Friend of both classes. A stream that nobody holds any more has no user data.
struct H2Callbacks {
  static H2Session& of(void* user) { return *static_cast<H2Session*>(user); }
  static H2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
    return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }
  // To be returned after anything was charged: a flood stops the reading at once.
  static int verdict(const H2Session& session) {
    return session.flooded_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }

  // Not called for frames of closed streams: nghttp2 drops those unseen, and answers nothing.
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) noexcept {
    H2Session& session = of(user);
    switch (head->type) {
      case NGHTTP2_DATA:
        if (head->length == 0 && !ends_stream(*head)) session.spend(1);
        break;
      case NGHTTP2_HEADERS:
      case NGHTTP2_CONTINUATION:
      case NGHTTP2_RST_STREAM:  // on_frame_recv() looks at the code
      case NGHTTP2_GOAWAY:
        break;
      default:
        session.spend(1);
        break;
    }
    return verdict(session);
  }

  static int on_begin_headers(nghttp2_session* s, const nghttp2_frame* frame, void* user) noexcept {
    H2Session& session = of(user);
    using Kind = H2HeadReader::Kind;
    session.reader_.reset();
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      session.attach(session.role_.on_request_begins(), frame->hd.stream_id);
      session.reader_ = std::make_unique<H2HeadReader>(Kind::Request);
    } else if (const H2Stream* stream = stream_of(s, frame->hd.stream_id)) {
      const bool response = session.side_ == H2Session::Side::Client &&
                            stream->receiving_ == H2Stream::Receiving::Head;
      session.reader_ = std::make_unique<H2HeadReader>(response ? Kind::Response : Kind::Trailers);
    }
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) noexcept {
    H2Session& session = of(user);
    H2HeadReader* reader = session.reader_.get();
    if (!reader || reader->add(text_of(name, name_size), text_of(value, value_size))) return 0;
    // A byte of HPACK can stand for kilobytes: reading on must not be what the peer wants of us.
    session.spend(1);
    if (reader->is_bomb()) session.flooded_ = true;
    return verdict(session);
  }

  // nghttp2 would drop the field and go on; for us the whole message is broken.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*,
                               std::size_t, const std::uint8_t*, std::size_t, std::uint8_t,
                               void* user) noexcept {
    H2HeadReader* reader = of(user).reader_.get();
    if (reader) reader->spoil();
    return 0;
  }

  static int on_data_chunk(nghttp2_session* s, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user) noexcept {
    H2Session& session = of(user);
    H2Stream* stream = stream_of(s, id);
    if (stream && stream->receiving_ == H2Stream::Receiving::Body) {
      stream->receive(text_of(data, size));
      return 0;
    }
    nghttp2_session_consume(s, id, size);
    if (stream && stream->receiving_ == H2Stream::Receiving::Head)
      stream->fail(H2Code::ProtocolError, {base::Errc::Malformed, "body before the response"});
    return verdict(session);
  }

  static void finish_head(H2Session& session, H2Stream* stream, bool end) {
    const std::unique_ptr<H2HeadReader> reader = std::move(session.reader_);
    if (!stream || !reader) return;
    if (reader->kind() == H2HeadReader::Kind::Trailers) {
      if (reader->finish_trailers(end) == H2HeadReader::Verdict::Fine) return stream->receive_end();
      return stream->fail(H2Code::ProtocolError,
                          {base::Errc::Malformed, "trailers: " + std::string(reader->why())});
    }
    session.running_ = stream;
    stream->owner_.on_head(*reader, end);
    const bool alive = stream->alive(session);
    session.running_ = nullptr;
    if (alive && end) stream->receive_end();
  }

  static int on_frame_recv(nghttp2_session* s, const nghttp2_frame* frame, void* user) noexcept {
    H2Session& session = of(user);
    const nghttp2_frame_hd& head = frame->hd;
    switch (head.type) {
      case NGHTTP2_HEADERS:
        finish_head(session, stream_of(s, head.stream_id), ends_stream(head));
        break;
      case NGHTTP2_DATA:
        if (ends_stream(head)) {
          if (H2Stream* stream = stream_of(s, head.stream_id)) stream->receive_end();
        } else if (head.length > 0 && head.length == frame->data.padlen) {
          session.spend(1);  // nothing but padding
        }
        break;
      case NGHTTP2_RST_STREAM:
        if (frame->rst_stream.error_code != NGHTTP2_NO_ERROR) session.spend(H2Guard::kResetCost);
        break;
      case NGHTTP2_SETTINGS:
        if (head.flags & NGHTTP2_FLAG_ACK) break;
        session.settings_seen_ = true;
        session.role_.on_settings();
        break;
      case NGHTTP2_PING:
        if ((head.flags & NGHTTP2_FLAG_ACK) && session.state_ == H2Session::State::Noticed)
          session.drain_finally();
        break;
      case NGHTTP2_GOAWAY:
        if (frame->goaway.error_code != NGHTTP2_NO_ERROR && !session.failure_) {
          const auto code = static_cast<H2Code>(frame->goaway.error_code);
          session.failure_ = {base::Errc::Closed, "GOAWAY: " + std::string(to_string(code))};
        }
        break;
      default:
        break;
    }
    return verdict(session);
  }

  // Frame types that nobody knows are ignored (RFC 9113 section 5.5), but not free.
  static int on_unknown_frame(nghttp2_session*, void**, const nghttp2_frame_hd*,
                              void* user) noexcept {
    H2Session& session = of(user);
    session.spend(1);
    return session.flooded_ ? NGHTTP2_ERR_CALLBACK_FAILURE : NGHTTP2_ERR_CANCEL;
  }

  static int on_stream_close(nghttp2_session* s, std::int32_t id, std::uint32_t code,
                             void*) noexcept {
    if (H2Stream* stream = stream_of(s, id)) stream->on_nghttp2_closed(code);
    return 0;
  }

  static int on_frame_send(nghttp2_session* s, const nghttp2_frame* frame, void* user) noexcept {
    H2Session& session = of(user);
    const nghttp2_frame_hd& head = frame->hd;
    if (head.type == NGHTTP2_DATA) session.guard_.earn(H2Guard::kDataCredit);
    if (head.type == NGHTTP2_RST_STREAM && session.side_ == H2Session::Side::Server &&
        is_reproach(frame->rst_stream.error_code))
      session.spend(H2Guard::kResetCost);
    if ((head.type != NGHTTP2_DATA && head.type != NGHTTP2_HEADERS) || !ends_stream(head)) return 0;
    if (H2Stream* stream = stream_of(s, head.stream_id)) stream->on_sent_end();
    // RFC 9113 section 8.1: the answer is complete, the rest of the request is of no use.
    if (session.side_ == H2Session::Side::Server &&
        nghttp2_session_get_stream_remote_close(s, head.stream_id) == 0)
      nghttp2_submit_rst_stream(s, NGHTTP2_FLAG_NONE, head.stream_id, NGHTTP2_NO_ERROR);
    return 0;
  }

  static int on_frame_not_send(nghttp2_session* s, const nghttp2_frame* frame, int error,
                               void*) noexcept {
    H2Stream* stream = stream_of(s, frame->hd.stream_id);
    if (frame->hd.type != NGHTTP2_HEADERS || !stream) return 0;
    if (error == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED) {
      stream->over({base::Errc::Closed, "connection is closing, request not processed"});
    } else {
      stream->fail(H2Code::InternalError, {base::Errc::TooLarge, std::string("head not sent: ") +
                                                                     nghttp2_strerror(error)});
    }
    return 0;
  }
};

void install_h2_callbacks(nghttp2_session_callbacks* c) {
  nghttp2_session_callbacks_set_on_begin_frame_callback(c, H2Callbacks::on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(c, H2Callbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(c, H2Callbacks::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(c, H2Callbacks::on_invalid_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, H2Callbacks::on_data_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, H2Callbacks::on_frame_recv);
  nghttp2_session_callbacks_set_unpack_extension_callback(c, H2Callbacks::on_unknown_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(c, H2Callbacks::on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(c, H2Callbacks::on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(c, H2Callbacks::on_frame_not_send);
}

}  // namespace net::http
