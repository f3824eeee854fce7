#include "net/tunnel/link.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/loop.h"
#include "net/socket_stream.h"
#include "net/tls_context.h"
#include "net/tunnel/limits.h"

namespace net::tunnel {

Link::Link(Loop& loop, Socket socket, std::shared_ptr<const TlsContext> tls, EdgeHello hello,
           LinkObserver& observer)
    : loop_(loop),
      hello_(std::move(hello)),
      observer_(observer),
      timer_(loop, [this] { on_timer(); }),
      stream_(accept_stream(loop, std::move(socket), std::move(tls), *this)) {
  info_ = stream_->info();  // who is there, also if the handshake fails
}

// The hello call must go before its connection.
Link::~Link() {
  control_.reset();
}

std::unique_ptr<http::Call> Link::start(http::RequestHead&& head, http::CallListener& listener) {
  assert(ready());
  return calls_->start(std::move(head), listener);
}

std::size_t Link::load() const {
  const std::size_t now = calls_ ? calls_->active_calls() : 0;
  return told_load_ + (now > calls_when_told_ ? now - calls_when_told_ : 0);
}

void Link::close(const base::Error& why) {
  if (state_ >= State::Closing) return;
  if (stream_) {
    stream_->abort(why);  // on_closed() follows
    return;
  }
  state_ = State::Closing;
  why_ = why;
  drop_control();
  timer_.start(std::chrono::milliseconds{0});
}

void Link::on_timer() {
  if (state_ == State::Closing) {
    calls_->abort(why_);  // end() follows
  } else {
    close({base::Errc::Timeout, "the core did not say hello"});
  }
}

void Link::drop_control() {
  if (!control_) return;
  control_->reset({base::Errc::Closed, "the link ends"});
  loop_.retire(std::move(control_));  // it may be what calls us
}

void Link::on_open() {
  state_ = State::Greeting;
  info_ = stream_->info();
  calls_ = http::call_h2(loop_, std::move(stream_), link_h2_limits(),
                         [this](const base::Error& why) { end(why); });
  http::RequestHead head;
  head.method = "POST";
  head.scheme = "https";
  head.authority = "core";
  head.target = std::string(kHelloPath);
  head.content_length = std::nullopt;  // stays open as long as the link
  control_ = calls_->start(std::move(head), *this);
  control_->write(encode_hello(hello_));
  timer_.start(kHelloLimit);
}

void Link::on_end() {
  // Of the stream before it is open, or of the hello's answer: the core leaves either way.
  if (state_ != State::Ready) return close({base::Errc::Closed, "the core ended the link"});
  state_ = State::Leaving;
  control_->finish();
}

void Link::on_closed(const base::Error& why) {
  end(why);
}

void Link::on_response(http::ResponseHead head) {
  if (head.status != 200) {
    close({base::Errc::Refused, "the core answered hello with " + std::to_string(head.status)});
  }
}

void Link::on_body(std::string_view data) {
  if (state_ >= State::Closing) return;
  if (const auto fed = lines_.feed(data); !fed) return close(fed.error());
  std::string line;
  while (state_ < State::Closing && lines_.next(line))
    take_line(line);
}

void Link::take_line(const std::string& line) {
  if (state_ == State::Greeting) {
    base::Result<CoreHello> core = decode_core_hello(line);
    if (!core) return close(core.error());
    core_ = std::make_shared<const CoreHello>(std::move(*core));
    domains_ = {core_->domains.begin(), core_->domains.end()};
    skew_ = std::chrono::duration_cast<std::chrono::milliseconds>(core_->time -
                                                                  std::chrono::system_clock::now());
    timer_.stop();
    state_ = State::Ready;
    calls_when_told_ = calls_->active_calls();  // the hello itself, which is no work
    was_ready_ = true;
    observer_.on_link_ready(*this);
    return;
  }
  const base::Result<CoreEvent> event = decode_event(line);
  if (!event) return close(event.error());
  told_load_ = event->load;
  calls_when_told_ = calls_->active_calls();
  observer_.on_link_event(*this, *event);
}

// The hello alone: the core closes, or its connection does and tells us next.
void Link::on_failed(const base::Error& why) {
  if (state_ != State::Leaving) close(why);
}

void Link::end(const base::Error& why) {
  if (state_ == State::Closed) return;
  const base::Error kept = state_ == State::Closing ? why_ : why;
  state_ = State::Closed;
  timer_.stop();
  drop_control();
  observer_.on_link_closed(*this, was_ready_, kept);
}

}  // namespace net::tunnel
