#pragma once
// What the status pages of all daemons have in common: counters told as JSON and as metrics, JSON
// as text. Pure.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/admin.h"

namespace service {

// One counter as it was read.
struct Reading {
  const char* name;  // "requests"
  const char* help;
  std::uint64_t value;
};

// A row of a program's table of counters; C is the struct that holds them.
template <typename C>
struct Counted {
  const char* name;
  const char* help;
  typename C::Count C::*count;
};

// Reads every row; `board.total(count)` gives the sum over all workers.
template <typename Board, typename C>
std::vector<Reading> read_all(const Board& board, std::span<const Counted<C>> rows) {
  std::vector<Reading> readings;
  for (const Counted<C>& row : rows)
    readings.push_back({row.name, row.help, board.total(row.count)});
  return readings;
}

// {"requests": 12, ...}
nlohmann::json to_json(std::span<const Reading> readings);

// "sallyport_edge_requests_total" for `prefix` "sallyport_edge_".
std::vector<Metric> to_metrics(std::string_view prefix, std::span<const Reading> readings);
// One gauge or counter without labels.
Metric metric(std::string name, std::string help, bool counter, double value);

// What every daemon tells beside its own counters: days of its certificate, lost lines of its logs.
std::vector<Metric> common_metrics(std::string_view prefix, std::int64_t certificate_days,
                                   std::uint64_t lost_lines);

// Indented. Bytes that are not UTF-8, such as a peer may put into an error, become U+FFFD.
std::string to_text(const nlohmann::json& document);

}  // namespace service
