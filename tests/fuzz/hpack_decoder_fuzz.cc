// Any bytes are refused or read as nghttp2 reads them, block after block; what was read survives
// our own encoder. The input is a row of blocks, each behind its length in two bytes.

#include <nghttp2/nghttp2.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http/hpack.h"

namespace {

using net::http::HpackDecoder;
using net::http::HpackEncoder;
using net::http::HpackIndexing;
using List = std::vector<std::pair<std::string, std::string>>;

struct Sink final : net::http::FieldSink {
  void on_field(std::string_view name, std::string_view value) override {
    list.emplace_back(name, value);
  }
  List list;
};

class Peer final {
 public:
  Peer() { nghttp2_hd_inflate_new(&inflater_); }
  ~Peer() { nghttp2_hd_inflate_del(inflater_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::optional<List> decode(std::string_view block) {
    List list;
    const auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
    const auto* end = at + block.size();
    for (int flags = 0; !(flags & NGHTTP2_HD_INFLATE_FINAL);) {
      nghttp2_nv nv;
      const ssize_t taken =
          nghttp2_hd_inflate_hd2(inflater_, &nv, &flags, at, static_cast<std::size_t>(end - at), 1);
      if (taken < 0) return {};
      at += taken;
      if (flags & NGHTTP2_HD_INFLATE_EMIT)
        list.emplace_back(std::string(reinterpret_cast<char*>(nv.name), nv.namelen),
                          std::string(reinterpret_cast<char*>(nv.value), nv.valuelen));
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return list;
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  HpackDecoder decoder(4096);
  Peer peer;
  HpackEncoder encoder(16384);
  HpackDecoder back(16384);
  while (rest.size() > 2) {
    const std::size_t length = data[size - rest.size()] * 256u + data[size - rest.size() + 1];
    const std::string_view block = rest.substr(2, length);
    rest.remove_prefix(2 + block.size());
    Sink sink;
    const bool fine = decoder.decode(block, sink);
    if (!fine && decoder.why() == "block stands for too much") break;  // nghttp2 has no such limit
    const auto theirs = peer.decode(block);
    assert(fine == theirs.has_value());
    if (!fine) break;
    assert(sink.list == *theirs);

    std::string encoded;
    encoder.begin(encoded);
    for (std::size_t i = 0; i < sink.list.size(); ++i)
      encoder.field(encoded, sink.list[i].first, sink.list[i].second, HpackIndexing(i % 3));
    Sink again;
    assert(back.decode(encoded, again) && again.list.size() == sink.list.size());
    for (std::size_t i = 0; i < sink.list.size(); ++i)
      assert(again.list[i].second == sink.list[i].second);
  }
  return 0;
}
