#include "base/traffic_log.h"

#include <algorithm>

#include "base/text.h"

namespace base {
namespace {

using namespace traffic;

constexpr std::size_t kLineRoom = 384;  // what an ordinary line needs

constexpr std::string_view module_name(TrafficModule module) {
  switch (module) {
    case TrafficModule::Http:
      return kHttpModule;
    case TrafficModule::Sip:
      return kSipModule;
  }
  return {};
}

constexpr std::string_view dump_name(TrafficModule module) {
  switch (module) {
    case TrafficModule::Http:
      return kHttpDump;
    case TrafficModule::Sip:
      return kSipDump;
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

void put(std::string& line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  line.append(1, ' ').append(key).append("=\"");
  append_escaped(line, value.substr(0, kMaxValueBytes));
  if (value.size() > kMaxValueBytes) line += kCut;
  line += '"';
}

void put(std::string& line, std::string_view ip_key, std::string_view port_key,
         const std::optional<Endpoint>& endpoint) {
  if (!endpoint) return;
  put(line, ip_key, to_string(endpoint->address));
  put(line, port_key, std::to_string(endpoint->port));
}

void put_ids(std::string& line, const TrafficEvent& event) {
  put(line, kTxnId, event.txn_id);
  put(line, kFlowId, event.flow_id);
}

void put_peers(std::string& line, const TrafficEvent& event) {
  put(line, kSrcIp, kSrcPort, event.src);
  put(line, kDstIp, kDstPort, event.dst);
}

// The keys that the line and the dump of one event share. The seed's SIP lines name the connection
// before the Detail, its HTTP lines after it.
void put_common(std::string& line, const TrafficEvent& event, std::string_view sip_detail) {
  if (event.module == TrafficModule::Http) {
    put(line, kDetail, event.detail);
    put_ids(line, event);
    put_peers(line, event);
    put(line, kTunnelDstHost, event.tunnel_dst_host);
    return;
  }
  put(line, kAction, event.action);
  put(line, kLocalIp, kLocalPort, event.local);
  put_peers(line, event);
  put(line, kDetail, sip_detail);
  put_ids(line, event);
}

bool is_masked(std::string_view field) {
  return std::ranges::any_of(kMaskedFields, [&](auto name) { return iequals(name, field); });
}

// As append_escaped, but quotes stay, since a dumped line stands in none that it could break out
// of: SIP is full of them. Only a line that could pass for one of ours loses them.
void append_line(std::string& out, std::string_view line) {
  if (line.find(kUtcTime) != line.npos) return append_escaped(out, line);
  for (std::size_t quote; (quote = line.find('"')) != line.npos;) {
    append_escaped(out, line.substr(0, quote));
    out += '"';
    line.remove_prefix(quote + 1);
  }
  append_escaped(out, line);
}

// Writes the lines of one message so that none can pass for the closing bar.
class DumpWriter {
 public:
  explicit DumpWriter(std::string& out) : out_(out) {}

  void put_line(std::string_view line) {
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    // A folded line (SIP) belongs to the field above it, and is as secret.
    if (folded && masked_) return;
    const std::string_view name = line.substr(0, line.find(':'));
    masked_ = name.size() < line.size() && is_masked(trim(name));
    if (line.starts_with(kBar)) {
      out_ += kEscapedBar;
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
      out_ += '\n';
    } while (!rest.empty());
  }

 private:
  std::string& out_;
  bool masked_ = false;  // the field that the line before belongs to
};

}  // namespace

TrafficLog::TrafficLog(LogSink& sink, std::string_view host, int pid, Level level,
                       const Clock& clock)
    : sink_(sink), clock_(clock), level_(level) {
  const std::string name = " " + escape_for_log(host) + " ";
  http_origin_ = name + std::string(kHttpProcess) + "[" + std::to_string(pid) + "]: ";
  sip_origin_ = name + std::string(kSipProcess) + ": ";
}

// Both time stamps come from one reading of the clock, or a line could contradict itself.
std::string TrafficLog::begin_line(TrafficModule module, Level level, std::size_t room) const {
  const UtcText now = to_utc_text(clock_.now());
  const std::string_view date(now.date, sizeof now.date);
  const std::string_view time(now.time, sizeof now.time);
  std::string line;
  line.reserve(kLineRoom + room);
  line.append(date).append(1, 'T').append(time).append("+00:00");
  line += module == TrafficModule::Http ? http_origin_ : sip_origin_;
  line.append(kUtcTime).append("=\"").append(date).append(1, ' ').append(time);
  line.append(1, ',').append(now.millis, sizeof now.millis).append(1, '"');
  put(line, kModule, module_name(module));
  put(line, kLevel, level_name(level));
  return line += ':';
}

void TrafficLog::put_line(const TrafficEvent& event) {
  std::string line = begin_line(event.module, event.level, event.msg.size());
  put_common(line, event, event.detail);
  put(line, kMsg, event.msg);
  put(line, kMsgHash, event.msg_hash);
  put(line, kEvent, event.event);
  put(line, kReason, event.reason);
  for (const TrafficField& field : event.extra)
    put(line, field.key, field.value);
  line += '\n';
  sink_.write(std::move(line));
}

void TrafficLog::put_dump(const TrafficEvent& event, std::string_view message) {
  std::string text = begin_line(event.module, Level::Debug, message.size());
  put_common(text, event, {});
  put(text, kMsgHash, event.msg_hash);
  text.append(1, '\n').append(dump_name(event.module)).append(1, '\n');
  text += kBar;
  std::string_view rest = message.substr(0, kMaxDumpBytes);
  // The empty line that ends a head would stand before the closing bar and say nothing.
  rest = rest.substr(0, rest.find_last_not_of("\r\n") + 1);
  DumpWriter(text).put_lines(rest);
  if (message.size() > kMaxDumpBytes) text.append(kCut).append(1, '\n');
  text.append(1, kBar).append(1, '\n');
  sink_.write(std::move(text));
}

}  // namespace base
