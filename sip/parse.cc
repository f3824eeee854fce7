#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "sip/grammar.h"
#include "sip/limits.h"
#include "sip/message.h"

namespace sip {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kEndOfHead = "\r\n\r\n";
// Left free behind the text for what a proxy adds.
constexpr std::size_t kSlackBytes = 768;
constexpr std::size_t kUsualFields = 32;
// Statuses are kept up to here, so that what is beyond can be told from what is right.
constexpr int kMaxStatus = 100000;

base::Error malformed(const char* what) {
  return {base::Errc::Malformed, what};
}
base::Error too_large(const char* what) {
  return {base::Errc::TooLarge, what};
}

bool is_version(std::string_view text) {
  return text.size() >= 4 && base::iequals(text.substr(0, 4), "SIP/");
}

// What is right in any case is written in capitals (RFC 3261 section 7.1).
std::string_view normal_version(std::string_view text) {
  return base::iequals(text, "SIP/2.0") ? "SIP/2.0" : text;
}

// A NUL may stand in a quoted string behind a backslash (RFC 3261's quoted-pair), and nowhere else.
bool are_nuls_escaped(std::string_view value) {
  bool quoted = false;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\0') return false;
    if (value[at] == '"') quoted = !quoted;
    if (quoted && value[at] == '\\') ++at;
  }
  return true;
}

}  // namespace

// Works on the message's own copy of the text, where folds are closed up in place.
class MessageParser final {
 public:
  base::Result<Message> parse(std::string_view text);

 private:
  base::Result<> parse_start_line(std::string_view line);
  base::Result<> parse_status_line(std::string_view line);
  base::Result<> parse_field_line(std::string_view line);
  void unfold(std::string_view line);
  // The next line of the head without its CR LF; views into the block.
  base::Result<std::string_view> next_line();

  Message message_;
  std::string_view rest_;  // of the head, with the CR LF of its last line
};

base::Result<Message> MessageParser::parse(std::string_view text) {
  if (text.size() > kMaxMessageBytes) return too_large("message: too long");
  const std::size_t end = text.find(kEndOfHead);
  if (end == kNone) return malformed("head: no end");
  const std::size_t head_bytes = end + kEndOfHead.size();
  if (head_bytes > kMaxHeadBytes) return too_large("head: too long");

  message_.blocks_.push_back(std::make_unique_for_overwrite<char[]>(text.size() + kSlackBytes));
  char* const block = message_.blocks_.back().get();
  std::memcpy(block, text.data(), text.size());
  message_.free_ = block + text.size();
  message_.free_bytes_ = kSlackBytes;
  message_.fields_.reserve(kUsualFields);
  message_.body_ = {block + head_bytes, text.size() - head_bytes};
  rest_ = {block, end + 2};
  const bool has_nul = rest_.find('\0') != kNone;

  base::Result<std::string_view> line = next_line();
  if (!line) return line.error();
  if (line->size() > kMaxStartLineBytes) return too_large("start line: too long");
  if (const auto started = parse_start_line(*line); !started) return started.error();
  while (!rest_.empty()) {
    line = next_line();
    if (!line) return line.error();
    if (const auto taken = parse_field_line(*line); !taken) return taken.error();
  }
  if (has_nul) {
    for (const Field& field : message_.fields_) {
      if (!are_nuls_escaped(field.value)) return malformed("head: NUL");
    }
  }
  return std::move(message_);
}

base::Result<std::string_view> MessageParser::next_line() {
  const std::size_t end = rest_.find('\r');
  // The head ends with CR LF, so there is one.
  if (rest_[end + 1] != '\n') return malformed("head: bare CR");
  const std::string_view line = rest_.substr(0, end);
  if (line.find('\n') != kNone) return malformed("head: bare LF");
  rest_.remove_prefix(end + 2);
  return line;
}

base::Result<> MessageParser::parse_start_line(std::string_view line) {
  if (line.find('\0') != kNone) return malformed("start line: NUL");
  if (is_version(line)) return parse_status_line(line);
  const std::size_t method = span_of(kTokenByte, line);
  if (method == 0 || method == line.size() || line[method] != ' ') {
    return malformed("start line: bad method");
  }
  // The version is the last word, with the blanks behind it, which are a fault to be found.
  const std::size_t last = line.find_last_not_of(" \t");
  const std::size_t gap = line.find_last_of(" \t", last);
  if (gap == kNone || gap < method || !is_version(line.substr(gap + 1))) {
    return malformed("start line: no version");
  }
  message_.method_ = line.substr(0, method);
  if (gap > method) message_.uri_ = line.substr(method + 1, gap - method - 1);
  message_.version_ = normal_version(line.substr(gap + 1));
  return {};
}

base::Result<> MessageParser::parse_status_line(std::string_view line) {
  const std::size_t version = std::min(line.find(' '), line.size());
  std::size_t at = version + 1;
  int status = 0;
  for (; at < line.size() && base::is_digit(line[at]); ++at) {
    status = std::min(status * 10 + (line[at] - '0'), kMaxStatus);
  }
  if (at <= version + 1) return malformed("status line: no status");
  if (at < line.size() && line[at] != ' ') return malformed("status line: bad status");
  message_.version_ = normal_version(line.substr(0, version));
  message_.status_ = std::max(status, 1);  // 0 would be a request
  if (at < line.size()) message_.reason_ = line.substr(at + 1);
  return {};
}

base::Result<> MessageParser::parse_field_line(std::string_view line) {
  if (!line.empty() && is_blank(line.front())) {
    if (message_.fields_.empty()) return malformed("head: folded start line");
    unfold(line);
    return {};
  }
  const std::size_t name = span_of(kTokenByte, line);
  if (name == 0) return malformed("field: bad name");
  const std::string_view rest = skip_blanks(line.substr(name));
  if (rest.empty()) return malformed("field: no colon");
  if (rest.front() != ':') return malformed("field: bad name");
  if (name > kMaxFieldNameBytes) return too_large("field: name too long");
  if (message_.fields_.size() == kMaxFields) return too_large("head: too many fields");
  Field field;
  field.name = line.substr(0, name);
  field.id = field_id(field.name);
  field.value = base::trim(rest.substr(1));
  message_.fields_.push_back(field);
  return {};
}

// The blanks around a fold count as one SP (RFC 3261 section 7.3.1). There is room for it: the CR
// LF lay between.
void MessageParser::unfold(std::string_view line) {
  std::string_view& value = message_.fields_.back().value;
  const std::string_view more = base::trim(line);
  if (more.empty()) return;
  if (value.empty()) {
    value = more;
    return;
  }
  // The bytes are the message's own, in the block that parse() filled.
  char* const end = const_cast<char*>(value.data()) + value.size();
  *end = ' ';
  std::memmove(end + 1, more.data(), more.size());
  value = {value.data(), value.size() + 1 + more.size()};
}

base::Result<Message> parse_message(std::string_view text) {
  return MessageParser().parse(text);
}

}  // namespace sip
