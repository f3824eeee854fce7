#pragma once
// The field section of an HTTP/1.1 head (RFC 9112 section 5): each line is judged, and what speaks
// of this connection or of framing is taken out of the fields. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http/fields.h"

namespace net::http {

// Connection options beside "close" and "keep-alive"; each costs a walk over the fields.
inline constexpr std::size_t kMaxConnectionOptions = 16;

// Reads one field line without its CRLF; the views lie in `line`. Malformed: a name that is empty,
// no token or followed by white space, a line that begins with white space (obs-fold), any control
// byte. TooLarge: a name above kMaxFieldNameBytes.
base::Result<Field> parse_field_line(std::string_view line);

class H1FieldSection final {
 public:
  enum class Side { Request, Response };

  explicit H1FieldSection(Side side) : side_(side) {}

  // Takes one line. Malformed beside the above: Content-Length that is not plain decimal, is above
  // 2^63 - 1 or comes twice; Transfer-Encoding other than `chunked` or twice; Host twice;
  // Connection that is no list of tokens. TooLarge: more than kMaxFieldCount fields.
  base::Result<> add(std::string_view line);
  // After the last line. Malformed: Content-Length beside Transfer-Encoding, Transfer-Encoding in
  // HTTP/1.0 (RFC 9112 section 6.1). Removes from the fields what Connection names, except for
  // fields that are meant for all recipients: RFC 9110 section 7.6.1 forbids naming those, and
  // obeying would let a client strip Authorization or Cookie from what the next hop sees.
  base::Result<> finish(bool http11);

  Fields& fields() { return fields_; }
  std::optional<std::string>& host() { return host_; }  // requests only
  std::optional<std::uint64_t> content_length() const { return content_length_; }
  bool is_chunked() const { return chunked_; }
  bool keep_alive(bool http11) const { return !close_ && (http11 || keep_alive_); }
  bool expects_continue() const { return expect_continue_; }
  bool expects_more() const { return expect_other_; }  // something we cannot do: 417

 private:
  base::Result<> add_content_length(std::string_view value);
  base::Result<> add_transfer_encoding(std::string_view value);
  base::Result<> add_connection(std::string_view value);
  base::Result<> add_host(std::string_view value);

  Side side_;
  Fields fields_;
  std::size_t count_ = 0;  // of all lines, those that were taken out too
  std::optional<std::string> host_;
  std::optional<std::uint64_t> content_length_;
  std::vector<std::string> named_;  // by Connection
  bool chunked_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool expect_continue_ = false;
  bool expect_other_ = false;
};

}  // namespace net::http
