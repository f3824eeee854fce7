#include "base/traffic_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace base {
namespace {

using namespace traffic;

constexpr std::size_t kMaxPortDigits = 5;

constexpr std::string_view module_name(TrafficModule module) {
  switch (module) {
    case TrafficModule::Http:
      return kHttpModule;
    case TrafficModule::Sip:
      return kSipModule;
    case TrafficModule::Xmpp:
      return kXmppModule;
  }
  return {};
}

constexpr std::string_view dump_name(TrafficModule module) {
  switch (module) {
    case TrafficModule::Http:
      return kHttpDump;
    case TrafficModule::Sip:
      return kSipDump;
    case TrafficModule::Xmpp:
      return kXmppDump;
  }
  return {};
}

constexpr std::string_view level_name(Level level) {
  switch (level) {
    case Level::Error:
      return "ERROR";
    case Level::Warn:
      return "WARN";
    case Level::Info:
      return "INFO";
    case Level::Debug:
      return "DEBUG";
  }
  return {};
}

LineBuffer& open_value(LineBuffer& line, std::string_view key) {
  return line.append(' ').append(key).append("=\"");
}

// Of a key of ours it is one text of known length, which is copied without a call.
template <const std::string_view& kKey>
constexpr auto kOpeningBytes = [] {
  std::array<char, kKey.size() + 3> text{};
  text.front() = ' ';
  kKey.copy(text.data() + 1, kKey.size());
  text[text.size() - 2] = '=';
  text.back() = '"';
  return text;
}();
template <const std::string_view& kKey>
constexpr std::string_view kOpening(kOpeningBytes<kKey>.data(), kOpeningBytes<kKey>.size());

template <const std::string_view& kKey>
LineBuffer& open_value(LineBuffer& line) {
  return line.append(kOpening<kKey>);
}

void close_value(LineBuffer& line, std::string_view value) {
  append_escaped(line, value.substr(0, kMaxValueBytes));
  if (value.size() > kMaxValueBytes) line.append(kCut);
  line.append('"');
}

void put(LineBuffer& line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  open_value(line, key);
  close_value(line, value);
}

template <const std::string_view& kKey>
void put(LineBuffer& line, std::string_view value) {
  if (value.empty()) return;
  close_value(open_value<kKey>(line), value);
}

// Written into room for the longest, without asking for each part whether there is some.
template <const std::string_view& kIpKey, const std::string_view& kPortKey>
void put(LineBuffer& line, const std::optional<Endpoint>& endpoint) {
  if (!endpoint) return;
  constexpr std::string_view kIpOpening = kOpening<kIpKey>;
  constexpr std::string_view kPortOpening = kOpening<kPortKey>;
  constexpr std::size_t kMaxBytes =
      kIpOpening.size() + IpText::kMaxBytes + 1 + kPortOpening.size() + kMaxPortDigits + 1;
  char* const begin = line.reserve(kMaxBytes);
  char* end = begin + kIpOpening.copy(begin, kIpOpening.size());
  end = IpText::write(endpoint->address, end);
  *end++ = '"';
  end += kPortOpening.copy(end, kPortOpening.size());
  end = std::to_chars(end, end + kMaxPortDigits, endpoint->port).ptr;
  *end++ = '"';
  line.add_reserved(static_cast<std::size_t>(end - begin));
}

void put_ids(LineBuffer& line, const TrafficEvent& event) {
  if (event.ids) {
    line.append(event.ids->in_line());
  } else {
    put<kFlowId>(line, event.flow_id);
  }
}

void put_peers(LineBuffer& line, const TrafficEvent& event) {
  put<kSrcIp, kSrcPort>(line, event.src);
  put<kDstIp, kDstPort>(line, event.dst);
}

// The keys that the line and the dump of one event share. The seed's SIP lines name the connection
// before the Detail, its HTTP lines after it.
void put_common(LineBuffer& line, const TrafficEvent& event, std::string_view sip_detail) {
  if (event.module != TrafficModule::Sip) {
    put<kDetail>(line, event.detail);
    put_ids(line, event);
    put_peers(line, event);
    put<kTunnelDstHost>(line, event.tunnel_dst_host);
    return;
  }
  put<kAction>(line, event.action);
  put<kLocalIp, kLocalPort>(line, event.local);
  put_peers(line, event);
  put<kDetail>(line, sip_detail);
  put_ids(line, event);
}

bool is_masked(std::string_view field) {
  return std::ranges::any_of(kMaskedFields, [&](auto name) { return iequals(name, field); });
}

// As append_escaped, but quotes stay, since a dumped line stands in none that it could break out
// of: SIP is full of them. Only a line that could pass for one of ours loses them.
void append_line(LineBuffer& out, std::string_view line) {
  if (line.find(kUtcTime) != line.npos) return append_escaped(out, line);
  for (std::size_t quote; (quote = line.find('"')) != line.npos;) {
    append_escaped(out, line.substr(0, quote));
    out.append('"');
    line.remove_prefix(quote + 1);
  }
  append_escaped(out, line);
}

// As every line of ours does, those of the process log (base/log.h) in the same file too.
bool begins_with_year(std::string_view line) {
  constexpr std::size_t kYear = 4;
  return line.size() > kYear && line[kYear] == '-' && line.find_first_not_of("0123456789") == kYear;
}

// Writes the lines of one message so that none can pass for the closing bar, or for one of ours.
class DumpWriter {
 public:
  explicit DumpWriter(LineBuffer& out) : out_(out) {}

  void put_line(std::string_view line) {
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    // A folded line (SIP) belongs to the field above it, and is as secret.
    if (folded && masked_) return;
    const std::string_view name = line.substr(0, line.find(':'));
    masked_ = name.size() < line.size() && is_masked(trim(name));
    if (line.starts_with(kBar)) {
      out_.append(kEscapedBar);
      line.remove_prefix(1);
    } else if (begins_with_year(line)) {
      out_.append("\\x3").append(line.front());
      line.remove_prefix(1);
    }
    append_line(out_, masked_ ? name : line);
    if (masked_) out_.append(": ").append(kMask);
  }

  // A message of CR LF and LF lines; a CR alone ends a line too, or it could hide a masked field,
  // but it is shown for what it is.
  void put_lines(std::string_view rest) {
    do {
      const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
      put_line(rest.substr(0, end));
      rest.remove_prefix(end);
      const bool crlf = rest.starts_with("\r\n");
      if (!crlf && rest.starts_with('\r')) append_escaped(out_, "\r");
      rest.remove_prefix(std::min<std::size_t>(crlf ? 2 : 1, rest.size()));
      out_.append('\n');
    } while (!rest.empty());
  }

 private:
  LineBuffer& out_;
  bool masked_ = false;  // the field that the line before belongs to
};

}  // namespace

TrafficIds::TrafficIds(std::string_view txn_id, std::string_view flow_id)
    : txn_id_size_(txn_id.size()) {
  LineBuffer line;
  put<kTxnId>(line, txn_id);
  put<kFlowId>(line, flow_id);
  text_.reserve(txn_id.size() + line.view().size());
  text_.append(txn_id).append(line.view());
}

TrafficLog::TrafficLog(LogSink& sink, std::string_view host, int pid, Level level,
                       const Clock& clock)
    : sink_(sink), clock_(clock), own_level_(level), level_(own_level_) {
  const auto opening = [&](std::string process, TrafficModule module) {
    LineBuffer before;
    before.append("+00:00 ").append(escape_for_log(host)).append(' ').append(process).append(':');
    open_value(before, kUtcTime);
    Opening made{std::string(before.view()), {}};
    for (std::size_t number = 0; number < kLevels; ++number) {
      LineBuffer after;
      after.append('"');
      open_value(after, traffic::kModule).append(module_name(module)).append('"');
      open_value(after, traffic::kLevel).append(level_name(static_cast<Level>(number)));
      made.after_utc_time[number] = after.append("\":").view();
    }
    return made;
  };
  http_ = opening(fmt::format("{}[{}]", kHttpProcess, pid), TrafficModule::Http);
  sip_ = opening(std::string(kSipProcess), TrafficModule::Sip);
  xmpp_ = opening(std::string(kXmppProcess), TrafficModule::Xmpp);
}

TrafficLog::TrafficLog(LogSink& sink, TrafficLog& whole)
    : sink_(sink),
      clock_(whole.clock_),
      http_(whole.http_),
      sip_(whole.sip_),
      xmpp_(whole.xmpp_),
      level_(whole.level_) {}

const TrafficLog::Opening& TrafficLog::opening_of(TrafficModule module) const {
  switch (module) {
    case TrafficModule::Http:
      return http_;
    case TrafficModule::Sip:
      return sip_;
    case TrafficModule::Xmpp:
      return xmpp_;
  }
  return http_;
}

// Both time stamps come from one reading of the clock, or a line could contradict itself.
void TrafficLog::begin_line(LineBuffer& line, TrafficModule module, Level level) const {
  const UtcText now = to_utc_text(clock_.now());
  const Opening& opening = opening_of(module);
  const std::string& before = opening.before_utc_time;
  const std::string& after = opening.after_utc_time[static_cast<std::size_t>(level)];
  char* const begin = line.reserve(2 * sizeof now + 4 + before.size() + after.size());
  char* end = begin;
  const auto put_date_and_time = [&](char between) {
    end = std::copy_n(now.date, sizeof now.date, end);
    *end++ = between;
    end = std::copy_n(now.time, sizeof now.time, end);
  };
  put_date_and_time('T');
  end = std::copy_n(before.data(), before.size(), end);
  put_date_and_time(' ');
  *end++ = ',';
  end = std::copy_n(now.millis, sizeof now.millis, end);
  end = std::copy_n(after.data(), after.size(), end);
  line.add_reserved(static_cast<std::size_t>(end - begin));
}

void TrafficLog::put_line(const TrafficEvent& event) {
  LineBuffer line;
  begin_line(line, event.module, event.level);
  put_common(line, event, event.detail);
  put<kMsg>(line, event.msg);
  put<kMsgHash>(line, event.msg_hash);
  put<kEvent>(line, event.event);
  put<kReason>(line, event.reason);
  for (const TrafficField& field : event.extra)
    put(line, field.key, field.value);
  line.append('\n');
  sink_.write(line.view());
}

void TrafficLog::put_dump(const TrafficEvent& event, std::string_view message) {
  LineBuffer text;
  begin_line(text, event.module, Level::Debug);
  put_common(text, event, {});
  put<kMsgHash>(text, event.msg_hash);
  text.append('\n').append(dump_name(event.module)).append('\n').append(kBar);
  std::string_view rest = message.substr(0, kMaxDumpBytes);
  // The empty line that ends a head would stand before the closing bar and say nothing.
  rest = rest.substr(0, rest.find_last_not_of("\r\n") + 1);
  DumpWriter(text).put_lines(rest);
  if (message.size() > kMaxDumpBytes) text.append(kCut).append('\n');
  text.append(kBar).append('\n');
  sink_.write(text.view());
}

}  // namespace base
