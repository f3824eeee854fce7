#pragma once
// Log lines of one loop's thread, gathered during a turn and handed on together at its end. The
// threads that share a log meet at its lock once a turn then, not once a line: a twentieth of what
// a request costs at full speed.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/log.h"
#include "net/loop.h"

namespace net {

// Order is kept within the thread; lines of two threads may lie as far apart as a turn takes. Used
// on the loop's thread only. Destruction hands on what is left.
class LogGather final : public base::LogSink, private Flushable {
 public:
  // More than this does not wait for the turn to end.
  static constexpr std::size_t kMaxBytes = 16 * 1024;

  // `loop` and `sink` must outlive it.
  LogGather(Loop& loop, base::LogSink& sink) : loop_(loop), sink_(sink) {}
  ~LogGather();

  void write(std::string_view lines) override;

 private:
  void flush() override;

  Loop& loop_;
  base::LogSink& sink_;
  std::string lines_;  // never more than kMaxBytes
};

}  // namespace net
