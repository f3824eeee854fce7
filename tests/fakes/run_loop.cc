#include "tests/fakes/run_loop.h"

#include <doctest/doctest.h>

#include "net/loop.h"
#include "net/timer.h"

namespace fakes {

void run_until(net::Loop& loop, const std::function<bool()>& done, std::chrono::seconds patience,
               std::source_location where) {
  bool late = false;
  net::Timer deadline(loop, [&late] { late = true; });
  deadline.start(patience);
  while (!done()) {
    if (late) {
      ADD_FAIL_AT(where.file_name(), static_cast<int>(where.line()),
                  "the loop ran for " << patience.count() << " s and it did not come about");
      FAIL("out of patience");
    }
    loop.turn();
  }
}

void run_turns(net::Loop& loop, int count) {
  for (int i = 0; i < count; ++i) {
    loop.post([] {});  // a turn with something due does not wait
    loop.turn();
  }
}

void run_past(net::Loop& loop, std::chrono::milliseconds delay) {
  bool past = false;
  net::Timer timer(loop, [&past] { past = true; });
  timer.start(delay);
  run_until(loop, [&past] { return past; });
}

}  // namespace fakes
