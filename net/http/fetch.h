#pragma once
// Fetches one small document: a call whose whole body is wanted in memory, up to a limit.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http/exchange.h"
#include "net/timer.h"

namespace net::http {

struct Document {
  ResponseHead head;
  std::string body;
};

// A token (style.md, rule 18): destroying it cancels the call, and then `done` is never called.
class Fetch final : private CallListener {
 public:
  static constexpr std::size_t kMaxBytes = 1024 * 1024;  // UDS answers are some KiB

  using Done = std::function<void(base::Result<Document>)>;

  // `done` comes from the loop, once: the document with whatever status it had, or why there is
  // none: TooLarge beyond `max_bytes`, Timeout after `limit` in all, or what Caller reports.
  // `body` is sent when not empty.
  Fetch(Loop& loop, Caller& caller, RequestHead head, std::string body,
        std::chrono::milliseconds limit, Done done, std::size_t max_bytes = kMaxBytes);
  ~Fetch();
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

 private:
  void on_response(ResponseHead head) override;
  void on_body(std::string_view data) override;
  void on_end() override;
  void on_drained() override {}
  void on_failed(const base::Error& why) override;
  void finish(base::Result<Document> result);

  Document document_;
  std::size_t max_bytes_;
  Done done_;
  Timer timer_;
  std::unique_ptr<Call> call_;
};

}  // namespace net::http
