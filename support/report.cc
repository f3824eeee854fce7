#include "support/report.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "base/clock.h"

namespace support {
namespace {

// Fields in the order of writing, and bytes that are not UTF-8 replaced instead of thrown over.
using Json = nlohmann::ordered_json;

void write_line(std::ostream& out, const Json& object) {
  out << object.dump(-1, ' ', true, Json::error_handler_t::replace) << '\n' << std::flush;
}

const char* word_for(StepStatus status) {
  switch (status) {
    case StepStatus::Ok:
      return "ok";
    case StepStatus::Note:
      return "note";
    case StepStatus::Failed:
    case StepStatus::Stop:
      return "failed";
    case StepStatus::Retry:
      return "retry";
  }
  return "?";
}

}  // namespace

void TextReport::on_step(const StepReport& step) {
  const StepOutcome& outcome = step.outcome;
  const bool bad = outcome.status == StepStatus::Failed || outcome.status == StepStatus::Stop;
  out_ << fmt::format("{:2}  {:<6}  {:<20}  {}  ->  {}  ({} ms)\n", step.number,
                      bad ? "FAILED" : word_for(outcome.status), step.title, outcome.where,
                      outcome.result, step.elapsed.count());
  const std::pair<const char*, const std::string&> details[] = {
      {bad ? "what went wrong" : "note", outcome.problem},
      {"it said", outcome.said},
      {"look at", outcome.advice},
  };
  for (const auto& [label, text] : details) {
    if (!text.empty()) out_ << fmt::format("            {}: {}\n", label, text);
  }
  if (outcome.status == StepStatus::Retry) out_ << "            trying the next edge\n";
  out_ << std::flush;
}

void TextReport::on_event(const LoginEvent& event) {
  out_ << fmt::format("{}  {}", base::to_string(event.when), event.text);
  if (!event.from.empty()) out_ << fmt::format("  from {}", event.from);
  if (!event.call_id.empty()) out_ << fmt::format("  call-id {}", event.call_id);
  if (event.answered != 0) out_ << fmt::format("  ->  {}", event.answered);
  out_ << '\n' << std::flush;
}

void TextReport::on_over(const LoginSummary& summary) {
  if (summary.ok) {
    out_ << fmt::format("signed in as {}: {} steps, {} ms\n", summary.account, summary.steps,
                        summary.elapsed.count());
  } else {
    out_ << fmt::format("NOT signed in properly as {}: {} of {} steps failed, {} ms\n",
                        summary.account, summary.failed, summary.steps, summary.elapsed.count());
  }
  out_ << std::flush;
}

void JsonReport::on_step(const StepReport& step) {
  const StepOutcome& outcome = step.outcome;
  Json object{{"step", step.number},       {"id", step.id},
              {"title", step.title},       {"status", word_for(outcome.status)},
              {"where", outcome.where},    {"result", outcome.result},
              {"ms", step.elapsed.count()}};
  if (outcome.http_status != 0) object["http_status"] = outcome.http_status;
  if (!outcome.problem.empty()) object["problem"] = outcome.problem;
  if (!outcome.advice.empty()) object["look_at"] = outcome.advice;
  if (!outcome.said.empty()) object["said"] = outcome.said;
  write_line(out_, object);
}

void JsonReport::on_event(const LoginEvent& event) {
  Json object{{"time", base::to_string(event.when)}, {"event", event.event}, {"text", event.text}};
  if (!event.from.empty()) object["from"] = event.from;
  if (!event.call_id.empty()) object["call_id"] = event.call_id;
  if (event.answered != 0) object["answered"] = event.answered;
  write_line(out_, object);
}

void JsonReport::on_over(const LoginSummary& summary) {
  write_line(out_, Json{{"account", summary.account},
                        {"ok", summary.ok},
                        {"steps", summary.steps},
                        {"failed", summary.failed},
                        {"ms", summary.elapsed.count()}});
}

}  // namespace support
