#pragma once
// What the HPACK tests share: a sink that writes down what it hears, hexadecimal blocks, and
// nghttp2's coder as a peer that knows nothing of ours.

#include <nghttp2/nghttp2.h>

#include <cctype>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "net/http/hpack.h"

namespace hpack_lab {

using namespace net::http;

using List = std::vector<std::pair<std::string, std::string>>;

struct NotingSink final : FieldSink {
  void on_field(std::string_view name, std::string_view value) override {
    list.emplace_back(name, value);
  }
  List list;
};

// Spaces are for the reader.
inline std::string bytes(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  return *base::decode_hex(digits);
}

inline std::optional<List> decode(HpackDecoder& decoder, std::string_view block) {
  NotingSink sink;
  if (!decoder.decode(block, sink)) return {};
  return sink.list;
}

// What the decoder says against a block; empty if nothing.
inline std::string fault(HpackDecoder& decoder, std::string_view block) {
  return decode(decoder, block) ? "" : std::string(decoder.why());
}

inline std::string encode(HpackEncoder& encoder, const List& list,
                          HpackIndexing indexing = HpackIndexing::Add) {
  std::string out;
  encoder.begin(out);
  for (const auto& [name, value] : list)
    encoder.field(out, name, value, indexing);
  return out;
}

// The table's entries, the newest first.
inline List entries(const HpackTable& table) {
  List list;
  for (std::uint32_t age = 0; age < table.count(); ++age)
    list.emplace_back(table.at(age).name, table.at(age).value);
  return list;
}

class PeerEncoder final {
 public:
  explicit PeerEncoder(std::size_t most_bytes) { nghttp2_hd_deflate_new(&coder_, most_bytes); }
  ~PeerEncoder() { nghttp2_hd_deflate_del(coder_); }
  PeerEncoder(const PeerEncoder&) = delete;
  PeerEncoder& operator=(const PeerEncoder&) = delete;

  // Our SETTINGS_HEADER_TABLE_SIZE.
  void set_limit(std::size_t bytes) { nghttp2_hd_deflate_change_table_size(coder_, bytes); }

  std::string encode(const List& list, bool secret = false) {
    std::vector<nghttp2_nv> fields;
    const auto bytes_of = [](const std::string& text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    const auto flags = static_cast<std::uint8_t>(secret ? NGHTTP2_NV_FLAG_NO_INDEX : 0);
    for (const auto& [name, value] : list)
      fields.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), flags});
    std::string out(nghttp2_hd_deflate_bound(coder_, fields.data(), fields.size()), '\0');
    const ssize_t size =
        nghttp2_hd_deflate_hd(coder_, bytes_of(out), out.size(), fields.data(), fields.size());
    out.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return out;
  }

 private:
  nghttp2_hd_deflater* coder_ = nullptr;
};

class PeerDecoder final {
 public:
  PeerDecoder() { nghttp2_hd_inflate_new(&coder_); }
  ~PeerDecoder() { nghttp2_hd_inflate_del(coder_); }
  PeerDecoder(const PeerDecoder&) = delete;
  PeerDecoder& operator=(const PeerDecoder&) = delete;

  // Its SETTINGS_HEADER_TABLE_SIZE, acknowledged.
  void set_limit(std::size_t bytes) { nghttp2_hd_inflate_change_table_size(coder_, bytes); }
  // Fields that came as what no hop may index, in the last block.
  int secrets() const { return secrets_; }

  std::optional<List> decode(std::string_view block) {
    List list;
    secrets_ = 0;
    auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
    for (std::size_t left = block.size();;) {
      nghttp2_nv field;
      int flags = 0;
      const ssize_t taken = nghttp2_hd_inflate_hd2(coder_, &field, &flags, at, left, 1);
      if (taken < 0) return {};
      at += taken;
      left -= static_cast<std::size_t>(taken);
      if (flags & NGHTTP2_HD_INFLATE_EMIT) {
        if (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) ++secrets_;
        list.emplace_back(std::string(reinterpret_cast<char*>(field.name), field.namelen),
                          std::string(reinterpret_cast<char*>(field.value), field.valuelen));
      }
      if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    nghttp2_hd_inflate_end_headers(coder_);
    return list;
  }

 private:
  nghttp2_hd_inflater* coder_ = nullptr;
  int secrets_ = 0;
};

}  // namespace hpack_lab
