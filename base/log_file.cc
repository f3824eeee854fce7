#include "base/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace base {
namespace {

constexpr mode_t kFileMode = 0640;

int open_log(const std::string& path) {
  if (path == "-") return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  // A pipe that nobody reads is an error, and not waited for.
  constexpr int kHow = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  return ::open(path.c_str(), kHow, kFileMode);
}

std::string system_text(int code) {
  return std::generic_category().message(code);
}

Error not_opened(const std::string& path) {
  return {Errc::System, "cannot open log " + path + ": " + system_text(errno)};
}

// Whether the file ends inside a line: a process that was killed wrote it, or the disk was full.
// Only a file of the disk has an end to look at. `file` is for writing only, so it is opened anew,
// by /proc and not by its name, which may be another file's by now.
bool ends_inside_line(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return false;
  const std::string same = "/proc/self/fd/" + std::to_string(file);
  const int reader = ::open(same.c_str(), O_RDONLY | O_CLOEXEC);
  if (reader < 0) return false;
  char last = '\n';
  const ssize_t got = pread(reader, &last, 1, status.st_size - 1);
  close(reader);
  return got == 1 && last != '\n';
}

std::uint64_t count_lines(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

// Signals belong to the threads that have a Loop; the writer takes none.
std::thread start_without_signals(auto body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(std::string path, std::size_t max_queued_bytes) {
  const int file = open_log(path);
  if (file < 0) return not_opened(path);
  return std::unique_ptr<LogFile>(new LogFile(std::move(path), file, max_queued_bytes));
}

LogFile::LogFile(std::string path, int file, std::size_t max_queued_bytes)
    : path_(std::move(path)),
      max_queued_bytes_(max_queued_bytes),
      file_(file),
      torn_(ends_inside_line(file)) {
  writer_ = start_without_signals([this] { run(); });
}

LogFile::~LogFile() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    work_.notify_one();
  }
  writer_.join();
  close(file_);
}

void LogFile::write(std::string_view lines) {
  std::unique_lock lock(mutex_);
  if (lines.size() > max_queued_bytes_ - queue_.size()) {
    lost_lines_.fetch_add(count_lines(lines), std::memory_order_relaxed);
    return;
  }
  const bool was_small = queue_.size() < kGatherBytes;
  queue_ += lines;
  // A writer that is busy or gathering looks at the queue by itself.
  const bool grew_large = was_small && queue_.size() >= kGatherBytes;
  if (!std::exchange(waiting_, false) && !grew_large) return;
  lock.unlock();  // or the writer would wake up only to wait for it
  work_.notify_one();
}

Result<> LogFile::reopen() {
  const int file = open_log(path_);  // here, so that the caller hears how it went
  if (file < 0) return not_opened(path_);
  std::unique_lock lock(mutex_);
  const int unused = std::exchange(next_file_, file);
  work_.notify_one();
  lock.unlock();
  if (unused >= 0) close(unused);
  return {};
}

void LogFile::flush() {
  std::unique_lock lock(mutex_);
  const bool idle = queue_.empty() && next_file_ < 0;
  if (idle && batches_ == finished_) return;
  const std::uint64_t mine = idle ? batches_ : batches_ + 1;
  hurry_ = true;
  work_.notify_one();
  idle_.wait(lock, [this, mine] { return finished_ >= mine; });
}

void LogFile::run() {
  std::string batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait_for(lock, kGatherTime, [this] {
      return hurry_ || next_file_ >= 0 || stop_ || queue_.size() >= kGatherBytes;
    });
    hurry_ = false;
    if (queue_.empty() && next_file_ < 0) {
      if (stop_) return;
      // Only now does the next line have to wake us: as long as lines come, time does.
      waiting_ = true;
      work_.wait(lock, [this] { return !queue_.empty() || next_file_ >= 0 || stop_; });
      waiting_ = false;
      continue;
    }
    batch.clear();
    batch.swap(queue_);  // the two strings change places for ever, so their memory is reused
    const int next_file = std::exchange(next_file_, -1);
    ++batches_;
    lock.unlock();

    if (next_file >= 0) change_to(next_file);
    write_batch(batch);

    lock.lock();
    ++finished_;
    idle_.notify_all();
  }
}

void LogFile::change_to(int file) {
  close(file_);
  file_ = file;
  torn_ = ends_inside_line(file_);
}

void LogFile::write_batch(std::string_view batch) {
  if (torn_ && !write_all("\n").empty()) {
    lost_lines_ += count_lines(batch);
    return;
  }
  const std::string_view rest = write_all(batch);
  if (!rest.empty()) {
    lost_lines_ += count_lines(rest);
    return;
  }
  const std::uint64_t lost = lost_lines();  // read once: more may be getting lost right now
  if (lost == told_lost_lines_) return;
  const std::string count = std::to_string(lost - told_lost_lines_);
  const std::string now = to_string(kSystemClock.now());
  if (write_all(now + " log warn: lines lost count=\"" + count + "\"\n").empty()) {
    told_lost_lines_ = lost;
  }
}

std::string_view LogFile::write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_, text.data(), text.size());
    if (written > 0) {
      torn_ = text[static_cast<std::size_t>(written) - 1] != '\n';
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // A stderr that somebody made non-blocking.
      pollfd wait{file_, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      report_once("cannot write log " + path_ + ": " + system_text(errno));
      return text;
    }
  }
  reported_ = false;
  return text;
}

void LogFile::report_once(std::string text) {
  if (std::exchange(reported_, true)) return;
  text += '\n';
  // There is nobody left to tell when stderr fails as well.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace base
