#pragma once
// A SIP message (RFC 3261 section 7) that keeps what it does not know: unknown fields, their order,
// their spelling. Made by parse_message() or built; changed field by field; written by append_to().
//
// The text lies in blocks that the message owns; every view it hands out is valid as long as the
// message (a moved message keeps its blocks) and until that field is replaced or removed. Values
// are given without leading and trailing white space and with folding (RFC 3261 section 7.3.1)
// undone; quoting and escapes are as they came.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sip {

// The fields this project looks at. All others are Other and go by their name.
enum class FieldId : std::uint8_t {
  Other,
  Accept,
  Allow,
  Authorization,
  CallId,
  Contact,
  ContentLength,
  ContentType,
  CSeq,
  Date,
  Event,
  Expires,
  From,
  Identity,
  MaxForwards,
  MinExpires,
  PAssertedIdentity,
  Path,
  ProxyAuthenticate,
  ProxyAuthorization,
  ProxyRequire,
  Reason,
  RecordRoute,
  Require,
  RetryAfter,
  Route,
  Server,
  ServiceRoute,
  SubscriptionState,
  Supported,
  To,
  Unsupported,
  UserAgent,
  Via,
  Warning,
  WwwAuthenticate,
  XTaaTag,
  SallyportFlow,  // ours, between edge and core only: the Flow-id of the client's connection
};

// The registered spelling: "Call-ID", "X-TAATag"; empty for Other.
std::string_view name_of(FieldId id);
// By the long or the compact name (RFC 3261 section 20), without case; Other when nobody knows it.
FieldId field_id(std::string_view name);
// Whether a field may hold several values with commas between them.
bool is_list(FieldId id);

struct Field {
  FieldId id = FieldId::Other;
  std::string_view name;  // as it was written
  std::string_view value;
};

// Splits the value of a list field at its commas, outside of quotes and angle brackets. Values are
// trimmed; empty ones are kept, since they are a fault to be found.
std::vector<std::string_view> split_list(std::string_view value);

class Message final {
 public:
  static Message request(std::string_view method, std::string_view uri);
  static Message response(int status, std::string_view reason);
  Message(Message&&) noexcept = default;
  Message& operator=(Message&&) noexcept = default;

  bool is_request() const { return status_ == 0; }
  std::string_view method() const { return method_; }  // of a request, case-sensitive
  std::string_view uri() const { return uri_; }        // of a request
  int status() const { return status_; }               // of a response: 100 to 699
  std::string_view reason() const { return reason_; }  // of a response; may be empty
  // "SIP/2.0", or whatever stood in the start line: check_request() judges it.
  std::string_view version() const { return version_; }
  void set_uri(std::string_view uri);

  const std::vector<Field>& fields() const { return fields_; }
  // The first of its kind; null when there is none.
  const Field* find(FieldId id) const;
  const Field* find(std::string_view name) const;  // without case
  std::string_view value(FieldId id) const;        // of the first; empty when there is none
  std::size_t count(FieldId id) const;             // fields, not list values

  // Every value of a list field, over all its fields, in order.
  std::vector<std::string_view> values(FieldId id) const;
  // The first of these; nothing when there is no such field.
  std::optional<std::string_view> first_value(FieldId id) const;

  // Changes. Text is copied. A value that a peer sent never holds CR or LF; one that is given here
  // must not (assert).
  void add(FieldId id, std::string_view value);  // behind the last of its kind, or at the end
  void add(std::string_view name, std::string_view value);
  // Before the first of its kind; the first of a kind goes behind the Vias (a Via: to the top).
  void add_first(FieldId id, std::string_view value);
  // The only field of its kind from now on, in the place of the first; added when there was none.
  void set(FieldId id, std::string_view value);
  void set_at(std::size_t index, std::string_view value);  // of fields()
  void remove(FieldId id);                                 // all of them
  void remove(std::string_view name);
  // Takes away, or replaces, the first value of a list field and leaves the rest as it was. No
  // effect when there is none.
  void remove_first_value(FieldId id);
  void set_first_value(FieldId id, std::string_view value);

  std::string_view body() const { return body_; }
  // With its Content-Type; an empty type leaves the field alone.
  void set_body(std::string_view type, std::string_view body);

  // The message as it travels. Content-Length is always written, last of the head, and right.
  void append_to(std::string& out) const;
  std::string to_string() const;

 private:
  friend class MessageParser;  // parse.cc
  Message() = default;
  std::string_view keep(std::string_view text);  // copies into a block of ours

  std::string_view method_, uri_, version_ = "SIP/2.0", reason_, body_;
  int status_ = 0;
  std::vector<Field> fields_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // what is left of the last block
  std::size_t free_bytes_ = 0;
};

// Splits a whole message, as a Framer cut it: start line, fields, body. It takes whatever can still
// be answered, among it start lines that are at fault (an unknown version, a request URI with
// blanks: check_request() finds them), and no more than kMaxFields fields.
//   Malformed: no start line that could be SIP, a header line without a colon or with a name that
//   is no token, a NUL or a bare CR or LF in the head, no end of the head; TooLarge: kMax….
// Bytes behind Content-Length are not the message's and must not be given.
base::Result<Message> parse_message(std::string_view text);

}  // namespace sip
