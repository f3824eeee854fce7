#pragma once
// Keeps log lines in memory.

#include <mutex>
#include <string>
#include <string_view>

#include "base/log.h"

namespace fakes {

class MemorySink final : public base::LogSink {
 public:
  void write(std::string_view lines) override {
    const std::lock_guard lock(mutex_);
    text_ += lines;
  }
  // All lines so far.
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    text_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

}  // namespace fakes
