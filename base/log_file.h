#pragma once
// A log on disk, written by a thread of its own, so that a slow or full disk never holds up the
// threads that serve.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/result.h"

namespace base {

// Lines are kept in order and written in batches. Those for which there is no room, and those that
// the disk refused, are counted, and a warning in the log says how many were lost as soon as lines
// can be written again. Destruction writes what is queued and ends the thread.
class LogFile final : public LogSink {
 public:
  // What may wait for the disk: a second of a busy edge at DEBUG, and no more memory than that.
  static constexpr std::size_t kMaxQueuedBytes = 8 * 1024 * 1024;
  // A line waits so long for others, unless so many come, so that a busy process pays for few
  // wake-ups and writes.
  static constexpr std::chrono::milliseconds kGatherTime{50};
  static constexpr std::size_t kGatherBytes = 64 * 1024;

  // Appends to `path`, which is made (mode 0640) when it is not there; "-" is stderr. A file that
  // ends inside a line is given a newline first. System when it cannot be opened.
  static Result<std::unique_ptr<LogFile>> open(std::string path,
                                               std::size_t max_queued_bytes = kMaxQueuedBytes);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Never blocks on the disk.
  void write(std::string_view lines) override;
  // Opens the path anew, after it was renamed (log rotation); what is queued goes to the new file.
  // System when it cannot be opened: the old one stays in use then.
  Result<> reopen();
  // Waits until all that was written before the call is on its way to the disk, or lost.
  void flush();

  const std::string& path() const { return path_; }
  // Lines lost since the start, for lack of room or to a write error.
  std::uint64_t lost_lines() const { return lost_lines_.load(std::memory_order_relaxed); }

 private:
  LogFile(std::string path, int file, std::size_t max_queued_bytes);
  void run();
  void change_to(int file);
  void write_batch(std::string_view batch);
  // Gives back what could not be written: nothing, if all is well.
  std::string_view write_all(std::string_view text);
  void report_once(std::string text);

  const std::string path_;
  const std::size_t max_queued_bytes_;
  std::atomic<std::uint64_t> lost_lines_ = 0;

  // The writer's own.
  int file_;
  bool torn_;              // the file ends inside a line
  bool reported_ = false;  // the present trouble is on stderr already
  std::uint64_t told_lost_lines_ = 0;

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::string queue_;           // under mutex_, like all below
  std::uint64_t batches_ = 0;   // taken by the writer
  std::uint64_t finished_ = 0;  // of those, written
  bool waiting_ = false;        // the writer sleeps
  bool hurry_ = false;          // somebody waits in flush()
  int next_file_ = -1;          // to be used from the next batch on; -1: none
  bool stop_ = false;

  std::thread writer_;  // last: it uses all of the above
};

}  // namespace base
