#include "support/document_step.h"

#include <fmt/core.h>

#include "support/edge_connection.h"

namespace support {
namespace {

class DocumentStep final : public Step {
 public:
  DocumentStep(SignIn& sign_in, DocumentPlan plan) : sign_in_(sign_in), plan_(std::move(plan)) {}

  std::string id() const override { return plan_.id; }
  std::string title() const override { return plan_.title; }
  bool applies() const override { return !plan_.places(sign_in_).empty(); }
  void start(Done done) override {
    done_ = std::move(done);
    outcome_ = {};
    earlier_.clear();
    places_ = plan_.places(sign_in_);
    next_ = 0;
    ask();
  }

 private:
  const Location& place() const { return places_[next_]; }

  void ask() {
    outcome_.where =
        printable(fmt::format("{}://{}{}", place().scheme, place_of(place()), place().target));
    auto head =
        client_request(sign_in_, host_path(sign_in_.account.domain, place()), plan_.credentials);
    sign_in_.edge.fetch(std::move(head), [this](base::Result<net::http::Document> document) {
      if (!document) return on_no_answer(document.error());
      on_answer(*document);
    });
  }

  void on_no_answer(const base::Error& why) {
    outcome_.result = "no answer";
    end(StepStatus::Stop, explain_no_answer(why));
  }

  void on_answer(const net::http::Document& document) {
    const int status = document.head.status;
    if (is_server_trouble(status) && next_ + 1 < places_.size()) {
      earlier_ += fmt::format("; {} gave {}", place_of(place()), status);
      ++next_;
      return ask();
    }
    outcome_.http_status = status;
    outcome_.result = std::to_string(status);
    if (status == 200) return on_body(document.body);
    if (status == 404 && plan_.may_be_missing) {
      outcome_.result += ", there is none, which is normal";
      return end(StepStatus::Ok, {});
    }
    outcome_.said = server_said(document.head, document.body);
    // A refusal of the session or trouble on the way inside meets every later step as well.
    const bool general = status == 401 || status == 429 || status >= 500;
    end(general ? StepStatus::Stop : StepStatus::Failed,
        explain_status(plan_.asked, document.head, place_of(place())));
  }

  void on_body(const std::string& body) {
    const auto finding = plan_.read(sign_in_, body);
    if (!finding) {
      return end(StepStatus::Failed, explain_body(plan_.asked, finding.error(), place_of(place())));
    }
    if (!finding->text.empty()) outcome_.result += ", " + finding->text;
    const bool noted = !finding->problem.empty() || !earlier_.empty();
    end(noted ? StepStatus::Note : StepStatus::Ok, {finding->problem, finding->advice});
  }

  void end(StepStatus status, Explanation explanation) {
    outcome_.status = status;
    outcome_.result += earlier_;
    outcome_.problem = std::move(explanation.problem);
    outcome_.advice = std::move(explanation.advice);
    done_(std::move(outcome_));
  }

  SignIn& sign_in_;
  DocumentPlan plan_;
  std::vector<Location> places_;
  std::size_t next_ = 0;
  std::string earlier_;  // what the places before said
  StepOutcome outcome_;
  Done done_;
};

}  // namespace

std::unique_ptr<Step> document_step(SignIn& sign_in, DocumentPlan plan) {
  return std::make_unique<DocumentStep>(sign_in, std::move(plan));
}

std::string place_of(const Location& location) {
  const bool brackets = location.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", location.host, brackets ? "]" : "",
                     location.port);
}

}  // namespace support
