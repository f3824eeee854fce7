#pragma once
// What the benchmarks share.

#include <benchmark/benchmark.h>

#include <cstddef>

namespace bench {

// Takes `step` again and again. It returns what it made: a Result, an optional or a bool, which
// must hold, since to refuse is another way through the code than the one to be measured. `bytes`
// of input make a rate; 0 where there is no such thing.
template <typename Step>
void repeat(benchmark::State& state, std::size_t bytes, Step step) {
  if (!step()) return state.SkipWithError("the input was refused");
  for ([[maybe_unused]] auto turn : state) {
    auto made = step();
    benchmark::DoNotOptimize(made);
  }
  if (bytes > 0) state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

}  // namespace bench
