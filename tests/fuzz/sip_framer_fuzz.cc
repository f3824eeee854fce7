// A stream is cut the same whole and byte by byte, no frame reaches beyond what has arrived, and
// framer and parser agree where a message ends.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sip/framer.h"
#include "sip/limits.h"
#include "sip/message.h"

namespace {

using sip::Frame;

std::vector<Frame> cut(std::string_view raw, std::size_t step) {
  std::vector<Frame> frames;
  sip::Framer framer;
  std::size_t taken = 0;
  for (std::size_t end = 0; end < raw.size();) {
    end = std::min(end + step, raw.size());
    for (;;) {
      const Frame frame = framer.next(raw.substr(taken, end - taken));
      if (frame.kind == Frame::Kind::NeedMore) break;
      assert(frame.bytes <= end - taken && frame.bytes <= sip::kMaxMessageBytes);
      frames.push_back(frame);
      if (frame.kind == Frame::Kind::Bad) return frames;
      assert(frame.bytes > 0);
      taken += frame.bytes;
    }
  }
  return frames;
}

void check_message(std::string_view text) {
  const base::Result<sip::Message> message = sip::parse_message(text);
  if (!message) return;
  std::size_t length = 0;
  for (const sip::Field& field : message->fields()) {
    if (field.id != sip::FieldId::ContentLength) continue;
    const base::Result<std::uint64_t> number = base::parse_decimal(field.value);
    assert(number);
    length = static_cast<std::size_t>(*number);
  }
  assert(message->body().size() == length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const std::vector<Frame> whole = cut(raw, size + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const std::vector<Frame> pieces = cut(raw, step);
    assert(pieces.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      assert(pieces[i].kind == whole[i].kind && pieces[i].bytes == whole[i].bytes);
      assert(pieces[i].why.detail == whole[i].why.detail);
    }
  }
  std::size_t at = 0;
  for (const Frame& frame : whole) {
    if (frame.kind == Frame::Kind::Message) check_message(raw.substr(at, frame.bytes));
    at += frame.bytes;
  }
  return 0;
}
