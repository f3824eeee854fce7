#pragma once
// A StreamHandler that writes down what happens to it, with a hook for each event.

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/stream.h"

namespace fakes {

struct RecordingHandler final : net::StreamHandler {
  void on_open() override {
    ++opened;
    if (opening) opening();
  }
  std::size_t on_data(std::string_view bytes) override {
    ++offers;
    const std::size_t taken = take ? take(bytes) : bytes.size();
    data.append(bytes.substr(0, taken));
    return taken;
  }
  void on_end() override {
    ++ended;
    if (ending) ending();
  }
  void on_drained() override {
    ++drained;
    if (draining) draining();
  }
  void on_closed(const base::Error& why) override {
    ++closed_count;
    closed = why;
    if (closing) closing();
  }

  int opened = 0;
  int offers = 0;  // calls of on_data()
  int ended = 0;
  int drained = 0;
  int closed_count = 0;
  std::string data;  // all that was taken
  std::optional<base::Error> closed;

  std::function<void()> opening;
  std::function<std::size_t(std::string_view)> take;  // none: takes everything
  std::function<void()> ending;
  std::function<void()> draining;
  std::function<void()> closing;
};

}  // namespace fakes
