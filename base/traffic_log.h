#pragma once
// The traffic log: a line for every message that passes, and at DEBUG the message itself. Layout
// and words are in base/traffic_grammar.h.

#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/clock.h"
#include "base/line_buffer.h"
#include "base/log.h"
#include "base/traffic_grammar.h"

namespace base {

enum class TrafficModule { Http, Sip, Xmpp };

struct TrafficField {
  std::string_view key;
  std::string_view value;
};

// The ids of an exchange, which many lines have: made ready for them once.
class TrafficIds final {
 public:
  // `txn_id`: one for each exchange, `flow_id`: one for each client connection; the same on edge
  // and core. What is empty is left out.
  TrafficIds(std::string_view txn_id, std::string_view flow_id);

  std::string_view txn_id() const { return std::string_view(text_).substr(0, txn_id_size_); }
  // Both with their keys, escaped.
  std::string_view in_line() const { return std::string_view(text_).substr(txn_id_size_); }

 private:
  std::string text_;  // one behind the other, in one block
  std::size_t txn_id_size_;
};

// What one line says, in the order of an HTTP line. It is made, written and forgotten: the views
// need to live for the call only. Whatever is empty is left out. Values are escaped by the log.
struct TrafficEvent {
  TrafficModule module = TrafficModule::Http;
  Level level = Level::Info;
  std::string_view action = {};        // SIP: traffic::kSent or kReceived
  std::optional<Endpoint> local = {};  // SIP: our end of the connection
  std::string_view detail = {};      // traffic::kReceiveRequest …; SIP: the long form of wire.md
  const TrafficIds* ids = nullptr;   // of an exchange; else
  std::string_view flow_id = {};     // of the client connection alone
  std::optional<Endpoint> src = {};  // who sent what we received
  std::optional<Endpoint> dst = {};  // where we send to
  std::string_view tunnel_dst_host = {};
  std::string_view msg = {};       // the first line of the message
  std::string_view msg_hash = {};  // SIP
  std::string_view event = {};     // for a refusal or failure, with the reason in plain words
  std::string_view reason = {};
  std::span<const TrafficField> extra = {};  // at the end of the line
};

// One for each process, usable from any thread; the level may be changed at any time.
class TrafficLog final {
 public:
  // `sink` and `clock` must outlive the log. `host` and `pid` stand in every line.
  TrafficLog(LogSink& sink, std::string_view host, int pid, Level level = Level::Info,
             const Clock& clock = kSystemClock);
  // The same log by way of another sink, say one that gathers the lines of a thread; it is usable
  // where that sink is. Its level is that of `whole`, whenever it is changed. Both must outlive it.
  TrafficLog(LogSink& sink, TrafficLog& whole);
  TrafficLog(const TrafficLog&) = delete;
  TrafficLog& operator=(const TrafficLog&) = delete;

  // What writes it in the end.
  LogSink& sink() const { return sink_; }

  bool enabled(Level level) const { return level <= level_.load(std::memory_order_relaxed); }
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }

  // One line at the level of the event.
  void write(const TrafficEvent& event) {
    if (enabled(event.level)) put_line(event);
  }
  // At DEBUG, whatever the level of the event: the line without Detail (SIP), Msg, Event and
  // Reason, and `message` between bars: a head, or a head and a body, lines ended by CR LF or LF.
  // The values of fields with credentials and of cookies are masked here, so that no caller can
  // forget to. Ask enabled(Level::Debug) before making `message`.
  void dump(const TrafficEvent& event, std::string_view message) {
    if (enabled(Level::Debug)) put_dump(event, message);
  }

 private:
  void put_line(const TrafficEvent& event);
  void put_dump(const TrafficEvent& event, std::string_view message);
  // What is the same at the beginning of every line of a module.
  static constexpr std::size_t kLevels = 4;
  struct Opening {
    std::string before_utc_time;                      // from the zone of the first time stamp
    std::array<std::string, kLevels> after_utc_time;  // to the colon, by the number of the level
  };
  const Opening& opening_of(TrafficModule module) const;
  void begin_line(LineBuffer& line, TrafficModule module, Level level) const;

  LogSink& sink_;
  const Clock& clock_;
  Opening http_;
  Opening sip_;
  Opening xmpp_;
  std::atomic<Level> own_level_;
  std::atomic<Level>& level_;  // own_level_, or that of the whole log
};

}  // namespace base
