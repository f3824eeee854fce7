#include "net/http/fetch.h"

#include <utility>

namespace net::http {

Fetch::Fetch(Loop& loop, Caller& caller, RequestHead head, std::string body,
             std::chrono::milliseconds limit, Done done, std::size_t max_bytes)
    : max_bytes_(max_bytes), done_(std::move(done)), timer_(loop, [this, limit] {
        finish(base::Error{base::Errc::Timeout,
                           "no whole answer within " + std::to_string(limit.count()) + " ms"});
      }) {
  head.content_length = body.size();
  call_ = caller.start(std::move(head), *this);
  if (!body.empty()) call_->write(body);
  call_->finish();
  timer_.start(limit);
}

Fetch::~Fetch() = default;

void Fetch::on_response(ResponseHead head) {
  document_.head = std::move(head);
}

void Fetch::on_body(std::string_view data) {
  if (document_.body.size() + data.size() > max_bytes_) {
    finish(base::Error{base::Errc::TooLarge,
                       "the answer is longer than " + std::to_string(max_bytes_) + " bytes"});
    return;
  }
  document_.body.append(data);
}

void Fetch::on_end() {
  finish(std::move(document_));
}

void Fetch::on_failed(const base::Error& why) {
  finish(why);
}

void Fetch::finish(base::Result<Document> result) {
  timer_.stop();
  if (call_) call_->reset({base::Errc::Closed, "fetch over"});
  // The owner may destroy this inside the callback: nothing of it is touched afterwards.
  if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

}  // namespace net::http
