#pragma once
// The one message model: a request or response head as HTTP/1.1, HTTP/2 and the tunnel all carry
// it. Host and framing (Content-Length, Transfer-Encoding, Connection and the other hop-by-hop
// fields of RFC 9110 section 7.6.1) are members, never fields: each codec writes its own.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/fields.h"

namespace net::http {

// Limits of a head, the same for HTTP/1.1 and HTTP/2. Clients send heads of some 2 KiB; these
// leave room for large cookies and keep 100,000 half-sent heads affordable.
inline constexpr std::size_t kMaxRequestLineBytes = 8 * 1024;
inline constexpr std::size_t kMaxHeadBytes = 32 * 1024;
inline constexpr std::size_t kMaxFieldCount = 100;
inline constexpr std::size_t kMaxFieldNameBytes = 256;
// What edge or core may have added to such a head before the other of them reads it.
inline constexpr std::size_t kAddedHeadBytes = 8 * 1024;
inline constexpr std::size_t kAddedFieldCount = 28;

struct RequestHead {
  std::string method;     // a token: "GET"
  std::string scheme;     // "https" or "http"
  std::string authority;  // host[:port] as the client wrote it, valid by parse_authority()
  std::string target;     // origin form, exact bytes: "/path?query"; "*" for OPTIONS
  Fields fields;
  // Length of the body in bytes; 0: no body; none: unknown until it ends (chunked, or HTTP/2
  // without Content-Length).
  std::optional<std::uint64_t> content_length = 0;
  bool expect_continue = false;  // RFC 9110 section 10.1.1
  std::string protocol;          // :protocol of an extended CONNECT (RFC 8441); else empty

  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  // Without the '?'; empty if there is none.
  std::string_view query() const;
};

struct ResponseHead {
  int status = 200;  // 200 to 599 (interim responses are handled by the codecs)
  Fields fields;
  // As above. A response to HEAD, a 204 and a 304 have no body whatever this says; the number is
  // then what the Content-Length field showed.
  std::optional<std::uint64_t> content_length;
};

// The usual words for a status code: "Not Found"; "Unknown" for codes nobody registered.
std::string_view reason_phrase(int status);

// Whether the response to `method` with `status` may carry a body (RFC 9110 section 6.4.1).
bool has_body(std::string_view method, int status);
// Safe to send again on another connection (RFC 9110 section 9.2.2), without a body.
bool is_idempotent(std::string_view method);

struct Authority {
  std::string host;  // lower case; an IPv6 address without brackets
  std::optional<std::uint16_t> port;
  bool is_address = false;  // an IP literal
};
// Reads uri-host [ ":" port ] (RFC 9110 section 7.2, RFC 3986 section 3.2) with a host name or an
// IP literal; user info, percent signs, empty hosts and empty ports are Malformed.
base::Result<Authority> parse_authority(std::string_view text);
// Whether parse_authority() takes it.
bool is_authority(std::string_view text);

// Whether `target` is a legal origin-form target: starts with '/', visible ASCII without '#', and
// with `%` only before two hex digits.
bool is_origin_form(std::string_view target);

// True for the fields that speak of one connection only and never travel on: Connection and what
// it names is up to the caller.
bool is_hop_by_hop(std::string_view name);

// A small answer with a text/plain body of one line, as every refusal is.
struct TextResponse {
  ResponseHead head;
  std::string body;
};
TextResponse text_response(int status, std::string_view line);

}  // namespace net::http
