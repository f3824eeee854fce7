#pragma once
// HTTP/2 field blocks (RFC 9113 section 8): judged field by field while they are decoded, and
// turned into the one message model. Pure: no session, no I/O. What could not stand in an HTTP/1.1
// head is Malformed here, so that it cannot be smuggled through a proxy into one.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/message.h"

namespace net::http {

// What SETTINGS_MAX_HEADER_LIST_SIZE announces: the limits of message.h in the way of counting of
// RFC 9113 section 6.5.2, which adds 32 bytes to each field.
inline constexpr std::uint32_t kH2HeaderListBytes = kMaxHeadBytes + 32 * kMaxFieldCount;

// Whether a field speaks of one connection or of framing and so must not stand in an HTTP/2 message
// as it is (RFC 9113 section 8.2.2). `name` is lower case.
bool is_h2_forbidden(std::string_view name);

// Collects one field block: add() for each field, then the finish_ function of its kind, once.
class H2HeadReader final {
 public:
  enum class Kind : std::uint8_t { Request, Response, Trailers };
  enum class Verdict : std::uint8_t {
    Fine,
    Malformed,      // a stream error (RFC 9113 section 8.1.1)
    TooLarge,       // over a limit of message.h, otherwise in order so far: 431
    TargetTooLong,  // likewise: 414
  };

  // `hop_added`: the limits are those of message.h and what a hop of ours may have added.
  explicit H2HeadReader(Kind kind, bool hop_added = false);

  Kind kind() const { return kind_; }
  // Takes the next field. Returns false once the block is lost: what follows changes nothing.
  bool add(std::string_view name, std::string_view value);
  // So far beyond the limits that the peer cannot be after an answer: the connection should end.
  bool is_bomb() const { return bytes_ > 2 * max_bytes_; }

  // `end_stream`: no body follows. `head` is set when Fine; otherwise only its method may be, so
  // that a refusal to HEAD goes without a body. Methods are not judged here: CONNECT has passed
  // when :protocol is there, and plain CONNECT leaves the target empty.
  Verdict finish_request(bool end_stream, RequestHead& head);
  // `method` is the request's: it decides what Content-Length means. Interim responses are Fine
  // with their status and without a body; 101 does not exist in HTTP/2.
  Verdict finish_response(bool end_stream, std::string_view method, ResponseHead& head);
  // Trailers end a message; they are judged and dropped.
  Verdict finish_trailers(bool end_stream);

  // What is wrong, in words for the log; empty while Fine.
  std::string_view why() const { return why_; }

 private:
  enum Pseudo : std::uint8_t {
    Method = 1,
    Scheme = 2,
    Authority = 4,
    Path = 8,
    Protocol = 16,
    Status = 32,
  };

  bool reject(Verdict verdict, std::string_view why);
  bool add_pseudo(std::string_view name, std::string_view value);
  bool add_special(std::string_view name, std::string_view value);
  bool set_once(Pseudo pseudo, std::string& member, std::string_view value);
  bool add_length(std::string_view value);
  bool add_host(std::string_view value);
  bool join_cookie(std::string_view crumb);
  bool judge_pseudo_fields();
  bool judge_target();
  bool judge_length(bool end_stream);

  Kind kind_;
  std::size_t max_bytes_;
  std::size_t max_count_;
  Verdict verdict_ = Verdict::Fine;
  std::uint8_t seen_ = 0;  // which pseudo-fields came
  bool regular_ = false;   // a regular field came: no pseudo-field may follow
  bool te_ = false;
  int status_ = 0;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::string_view why_;
  std::optional<std::uint64_t> length_;
  std::optional<std::string> host_;
  std::string cookie_;
  RequestHead head_;  // for a response only its fields are used
};

}  // namespace net::http
