#include "tests/fakes/stream_pair.h"

#include <array>
#include <cassert>
#include <string>
#include <string_view>
#include <utility>

#include "net/loop.h"

namespace fakes {
namespace {

// As much as a socket's stream reads ahead of a handler that does not take it.
constexpr std::size_t kMaxHeld = 64 * 1024;

std::size_t index_of(Side side) {
  return side == Side::Left ? 0 : 1;
}

}  // namespace

// One direction: towards the end that stands at its mouth.
struct Lane {
  std::string bytes;
  std::size_t chunk = 0;
  bool finished = false;  // the writer sends no more
  bool held = false;
  bool deaf = false;  // nobody listens at its mouth any more

  void deafen() {
    deaf = true;
    bytes.clear();
  }
};

struct StreamPair::Wire {
  std::array<Lane, 2> towards;
  std::array<PairEnd*, 2> ends{};
};

class PairEnd final : public net::Stream, private net::Flushable {
 public:
  PairEnd(net::Loop& loop, std::shared_ptr<StreamPair::Wire> wire, Side side,
          net::StreamHandler& handler, net::StreamInfo info)
      : loop_(loop),
        wire_(std::move(wire)),
        side_(index_of(side)),
        handler_(&handler),
        info_(std::move(info)) {
    assert(wire_->ends[side_] == nullptr);
    wire_->ends[side_] = this;
    wake();
  }

  ~PairEnd() override {
    loop_.forget(*this);
    wire_->ends[side_] = nullptr;
    inward().deafen();
    if (!closed()) outward().bytes.clear();
    outward().finished = true;
    wake_other();
  }

  const net::StreamInfo& info() const override { return info_; }

  void set_handler(net::StreamHandler& handler) override {
    handler_ = &handler;
    offer_again_ = true;
    wake();
  }

  void write(std::string_view data) override {
    if (!writable()) return;
    if (!outward().deaf) outward().bytes.append(data);
    if (queued_bytes() > kHighWater) above_high_water_ = true;
    wake_other();
  }

  std::size_t queued_bytes() const override { return wire_->towards[1 - side_].bytes.size(); }

  void pause_reading() override { paused_ = true; }

  void resume_reading() override {
    if (!std::exchange(paused_, false)) return;
    offer_again_ = true;
    wake();
  }

  void close() override {
    if (!writable()) return;
    state_ = State::Draining;
    outward().finished = true;
    wake();
    wake_other();
  }

  void abort(base::Error why) override {
    if (closed()) return;
    outward().bytes.clear();
    PairEnd* other = wire_->ends[1 - side_];
    if (other != nullptr) other->fail({base::Errc::Closed, "reset by the other end"});
    fail(std::move(why));
  }

  void fail(base::Error why) {
    if (closed()) return;
    state_ = State::Closed;
    why_ = std::move(why);
    wake();
  }

  void wake() { loop_.flush_later(*this); }

 private:
  enum class State { Opening, Open, Draining, Closed, Reported };

  bool writable() const { return state_ == State::Opening || state_ == State::Open; }
  bool closed() const { return state_ == State::Closed || state_ == State::Reported; }
  Lane& inward() { return wire_->towards[side_]; }
  Lane& outward() { return wire_->towards[1 - side_]; }
  void wake_other() {
    PairEnd* other = wire_->ends[1 - side_];
    if (other != nullptr) other->wake();
  }

  void flush() override {
    switch (state_) {
      case State::Opening:
        state_ = State::Open;
        handler_->on_open();
        if (state_ == State::Open) wake();
        return;
      case State::Open:
        return serve();
      case State::Draining:
        return drain();
      case State::Closed:
        return report();
      case State::Reported:
        return;
    }
  }

  void serve() {
    if (above_high_water_ && queued_bytes() < kLowWater) {
      above_high_water_ = false;
      handler_->on_drained();
    }
    if (state_ == State::Open && !paused_) receive();
    if (state_ == State::Open && !paused_) hear_end();
  }

  void receive() {
    Lane& lane = inward();
    const bool again = std::exchange(offer_again_, false) && !held_.empty();
    if (lane.held || lane.bytes.empty() || held_.size() >= kMaxHeld) {
      if (again) offer();
      return;
    }
    const std::size_t most = lane.chunk == 0 ? kMaxHeld : lane.chunk;
    held_.append(lane.bytes, 0, most);
    lane.bytes.erase(0, most);
    wake_other();  // its queue has shrunk
    offer();
    if (!lane.bytes.empty() && state_ == State::Open) wake();
  }

  void offer() {
    const std::string offered = std::exchange(held_, {});
    const std::size_t taken = handler_->on_data(offered);
    assert(taken <= offered.size());
    held_ = offered.substr(taken);
  }

  void hear_end() {
    const Lane& lane = inward();
    if (ended_ || lane.held || !lane.finished || !lane.bytes.empty()) return;
    ended_ = true;
    handler_->on_end();
  }

  void drain() {
    inward().deafen();
    wake_other();
    if (outward().bytes.empty()) fail({base::Errc::Closed, "closed here"});
  }

  void report() {
    state_ = State::Reported;
    outward().finished = true;
    inward().deafen();
    wake_other();
    handler_->on_closed(why_);
  }

  net::Loop& loop_;
  std::shared_ptr<StreamPair::Wire> wire_;
  const std::size_t side_;
  net::StreamHandler* handler_;
  net::StreamInfo info_;
  std::string held_;  // offered and not taken
  base::Error why_{base::Errc::Closed, {}};
  State state_ = State::Opening;
  bool paused_ = false;
  bool offer_again_ = false;
  bool ended_ = false;  // on_end() was called
  bool above_high_water_ = false;
};

StreamPair::StreamPair(net::Loop& loop) : loop_(loop), wire_(std::make_shared<Wire>()) {}

StreamPair::~StreamPair() = default;

std::unique_ptr<net::Stream> StreamPair::open(Side side, net::StreamHandler& handler,
                                              net::StreamInfo info) {
  return std::make_unique<PairEnd>(loop_, wire_, side, handler, std::move(info));
}

void StreamPair::set_chunk(Side side, std::size_t count) {
  wire_->towards[index_of(side)].chunk = count;
}

void StreamPair::hold(Side side, bool held) {
  wire_->towards[index_of(side)].held = held;
  PairEnd* end = wire_->ends[index_of(side)];
  if (end != nullptr) end->wake();
}

void StreamPair::break_with(const base::Error& why) {
  for (PairEnd* end : wire_->ends) {
    if (end != nullptr) end->fail(why);
  }
  for (Lane& lane : wire_->towards)
    lane.bytes.clear();
}

}  // namespace fakes
