#include "net/tunnel/core_link.h"

#include <utility>

#include "net/loop.h"
#include "net/tunnel/limits.h"

namespace net::tunnel {

// Reads the edge's line, then keeps the exchange open for our events. An exchange that is over is
// retired on its own, so it may die after the link.
class CoreLink::Hello final : public http::Job {
 public:
  explicit Hello(CoreLink& link) : link_(&link) { link.hello_job_ = this; }
  ~Hello() override {
    if (!link_) return;
    link_->control_ = nullptr;
    link_->hello_job_ = nullptr;
  }
  void forget_link() { link_ = nullptr; }

 private:
  void on_body(std::string_view data) override {
    if (!link_) return;
    if (const auto fed = lines_.feed(data); !fed) return link_->on_hello_over(fed.error());
    std::string line;
    while (link_->state_ != State::Closed && lines_.next(line))
      link_->on_hello_line(line);
  }
  void on_end() override { on_failed({base::Errc::Closed, "the edge ended the link"}); }
  void on_drained() override {}
  void on_failed(const base::Error& why) override {
    if (link_) link_->on_hello_over(why);
  }

  CoreLink* link_;  // null once it is gone
  LineReader lines_;
};

CoreLink::CoreLink(Loop& loop, const DialOptions& dial, CoreHello hello, LinkHandler& handler,
                   CoreLinkObserver& observer)
    : loop_(loop),
      hello_(std::move(hello)),
      handler_(handler),
      observer_(observer),
      hello_timer_(loop,
                   [this] {
                     close({base::Errc::Timeout, "the edge did not say hello"});
                   }),
      stream_(dial_stream(loop, dial, *this)) {}

CoreLink::~CoreLink() {
  if (hello_job_) hello_job_->forget_link();
  serving_.reset();  // its other jobs may refer to what our owner destroys next
}

std::size_t CoreLink::active_exchanges() const {
  if (!serving_) return 0;
  const std::size_t all = serving_->active_exchanges();
  return control_ && all > 0 ? all - 1 : all;  // the hello itself is no work
}

void CoreLink::send(const CoreEvent& event) {
  if (state_ == State::Ready && control_) control_->write(encode_event(event));
}

void CoreLink::drain() {
  if (state_ == State::Dialling || state_ == State::Greeting)
    return close({base::Errc::Closed, "this core is stopping"});
  if (state_ != State::Ready) return;
  state_ = State::Draining;
  // The GOAWAY tells the edge to send nothing more; the hello would keep the connection open.
  serving_->drain();
  if (control_) control_->finish();
}

void CoreLink::close(const base::Error& why) {
  if (state_ == State::Closed) return;
  if (stream_) {
    stream_->abort(why);  // on_closed() follows
    return;
  }
  end(why);
}

void CoreLink::on_open() {
  state_ = State::Greeting;
  info_ = stream_->info();
  http::Peer peer{info_, {}, true};
  serving_ = http::serve_h2(loop_, std::move(stream_), std::move(peer), *this, link_server_limits(),
                            link_h2_limits(), [this](const base::Error& why) { end(why); });
  hello_timer_.start(kHelloLimit);
}

void CoreLink::on_end() {
  stream_->close();
}

void CoreLink::on_closed(const base::Error& why) {
  end(why);
}

void CoreLink::handle(http::Exchange& exchange) {
  if (ready()) {
    handler_.handle(exchange, *this);
    return;
  }
  const http::RequestHead& request = exchange.request();
  if (control_ || request.method != "POST" || request.target != kHelloPath) {
    http::answer(exchange, http::text_response(400, "hello comes first"));
    return;
  }
  control_ = &exchange;
  exchange.attach(std::make_unique<Hello>(*this));
}

void CoreLink::on_hello_line(const std::string& line) {
  if (ready()) return;  // nothing more is expected of this edge; later versions may say more
  base::Result<EdgeHello> edge = decode_edge_hello(line);
  if (!edge) return close(edge.error());
  edge_ = std::move(*edge);
  hello_timer_.stop();
  if (!observer_.on_hello(*this)) {
    close({base::Errc::Refused, "that worker of the edge has a link already"});
    return;
  }
  state_ = State::Ready;
  hello_.time = std::chrono::system_clock::now();
  http::ResponseHead head;
  head.content_length = std::nullopt;
  control_->respond(std::move(head));
  control_->write(encode_hello(hello_));
}

void CoreLink::on_hello_over(const base::Error& why) {
  control_ = nullptr;
  if (state_ != State::Draining) close(why);  // else the connection ends with its last exchange
}

void CoreLink::end(const base::Error& why) {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  hello_timer_.stop();
  observer_.on_core_link_closed(*this, why);
}

}  // namespace net::tunnel
