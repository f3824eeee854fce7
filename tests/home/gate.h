#pragma once
// Holds up one thread of a pool until a test opens it.

#include <doctest/doctest.h>

#include <latch>
#include <memory>

#include "home/work_pool.h"

namespace home {

class Gate final {
 public:
  // Returns once a thread of the pool stands at the gate. The task shares what it touches, so that
  // it does not matter who is done with it last.
  explicit Gate(WorkPool& pool) {
    REQUIRE(pool.submit([state = state_] {
      state->arrived.count_down();
      state->open.wait();
    }));
    state_->arrived.wait();
  }
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void open() {
    if (!state_->open.try_wait()) state_->open.count_down();
  }

 private:
  struct State {
    std::latch arrived{1};
    std::latch open{1};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace home
