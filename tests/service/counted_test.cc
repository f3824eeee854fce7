#include "service/counted.h"

#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>

namespace service {
namespace {

struct Counters {
  using Count = std::atomic<std::uint64_t>;
  Count requests{0};
  Count refused{0};
};

// As the boards of edge and core do it.
struct Board {
  Counters counters[2];
  std::uint64_t total(Counters::Count Counters::*count) const {
    return (counters[0].*count).load() + (counters[1].*count).load();
  }
};

constexpr Counted<Counters> kRows[] = {{"requests", "that arrived", &Counters::requests},
                                       {"refused", "that did not pass", &Counters::refused}};

TEST_CASE("counters are read once and told as JSON and as metrics") {
  Board board;
  board.counters[0].requests = 3;
  board.counters[1].requests = 4;
  board.counters[1].refused = 1;
  const auto readings = read_all(board, std::span<const Counted<Counters>>(kRows));
  CHECK(to_text(to_json(readings)) == "{\n  \"refused\": 1,\n  \"requests\": 7\n}");
  CHECK(to_prometheus(to_metrics("sallyport_test_", readings)) ==
        "# HELP sallyport_test_requests_total that arrived\n"
        "# TYPE sallyport_test_requests_total counter\n"
        "sallyport_test_requests_total 7\n"
        "# HELP sallyport_test_refused_total that did not pass\n"
        "# TYPE sallyport_test_refused_total counter\n"
        "sallyport_test_refused_total 1\n");
}

TEST_CASE("every daemon tells the days of its certificate and the lines its logs lost") {
  CHECK(to_prometheus(common_metrics("sallyport_test_", -2, 5)) ==
        "# HELP sallyport_test_certificate_days_left until the certificate expires\n"
        "# TYPE sallyport_test_certificate_days_left gauge\n"
        "sallyport_test_certificate_days_left -2\n"
        "# HELP sallyport_test_log_lines_lost_total log lines that were not written\n"
        "# TYPE sallyport_test_log_lines_lost_total counter\n"
        "sallyport_test_log_lines_lost_total 5\n");
}

TEST_CASE("bytes of a peer that are not UTF-8 cannot break the page") {
  const nlohmann::json document{{"trouble", "certificate of \xff\xfe"}};
  CHECK(to_text(document) == "{\n  \"trouble\": \"certificate of \xef\xbf\xbd\xef\xbf\xbd\"\n}");
}

}  // namespace
}  // namespace service
