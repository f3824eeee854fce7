#pragma once
// HPACK (RFC 7541): HTTP/2's field blocks to fields and back. Pure: no session, no I/O. Each
// direction of a connection has one coder, which sees every block of that direction in order. As
// long as its dynamic table is empty a coder has nothing on the heap, so that an idle connection
// costs none.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/http/hpack_table.h"

namespace net::http {

// What both sides take for granted before SETTINGS_HEADER_TABLE_SIZE (RFC 9113 section 6.5.2).
inline constexpr std::uint32_t kHpackDefaultTableBytes = 4096;

// What one block may decode to, counted as in RFC 7541 section 4.1 (32 bytes more for each field).
// A byte of it can stand for a table's worth of text; this is four times the largest head that is
// taken, so whoever reads a head has judged it long before.
inline constexpr std::size_t kMaxDecodedBytes = 128 * 1024;

class FieldSink {
 public:
  // The views are valid during the call only. Nothing is judged yet: any bytes can be in them.
  virtual void on_field(std::string_view name, std::string_view value) = 0;

 protected:
  ~FieldSink() = default;
};

class HpackDecoder final {
 public:
  // `table_bytes` is our SETTINGS_HEADER_TABLE_SIZE, at most kMaxHpackTableBytes. One below the
  // default binds the peer from its acknowledgement on: settings_acknowledged().
  explicit HpackDecoder(std::uint32_t table_bytes);

  // Decodes one whole field block: HEADERS with its CONTINUATIONs joined. False is a
  // COMPRESSION_ERROR (RFC 9113 section 4.3): the connection must end, nothing can be decoded any
  // more. Fields go to `sink` until then.
  bool decode(std::string_view block, FieldSink& sink);
  // What was wrong when decode() returned false, for the log.
  std::string_view why() const { return why_; }

  // The peer has acknowledged our SETTINGS. If they made the table smaller than it is, its next
  // block has to begin with a size update (RFC 7541 section 4.2).
  void settings_acknowledged();

  const HpackTable& table() const { return table_; }

 private:
  class Block;

  bool resize(Block& block);
  bool decode_field(Block& block, char* room, FieldSink& sink);
  bool find(std::uint32_t index, HpackTable::Entry& entry);
  bool refuse(std::string_view why);

  HpackTable table_;
  const std::uint32_t settings_bytes_;
  std::uint32_t limit_bytes_;   // what a size update may ask for so far
  bool update_due_ = false;     // see settings_acknowledged()
  std::size_t bytes_left_ = 0;  // of kMaxDecodedBytes, for the block at hand
  std::string_view why_;
};

enum class HpackIndexing {
  Add,      // likely to come again
  Without,  // unlike what came before, not worth a place in the table
  Never,  // a secret: no hop may keep it, nor make it shorter for being sent twice (section 7.1.3)
};

// Strings leave as they are, which section 5.2 permits: Huffman code saves a quarter of a head and
// costs more time than all the rest.
class HpackEncoder final {
 public:
  // `table_bytes`: what we are willing to keep, at most kMaxHpackTableBytes. With 0 no field is
  // ever indexed beyond the static table.
  explicit HpackEncoder(std::uint32_t table_bytes = 0);
  ~HpackEncoder();

  // The peer's SETTINGS_HEADER_TABLE_SIZE. The next block tells it what we make of it.
  void set_peer_limit(std::uint32_t bytes);
  // Begins a block: appends the size updates that are due (sections 4.2 and 6.3).
  void begin(std::string& out);
  // Appends a field. The name may come in any case and leaves in lower case.
  void field(std::string& out, std::string_view name, std::string_view value,
             HpackIndexing indexing);

  const HpackTable& table() const { return table_; }

 private:
  class Index;

  void announce(std::string& out, std::uint32_t bytes);
  void add(std::string& out, std::uint32_t name_index, std::string_view name,
           std::string_view value);

  HpackTable table_;
  std::unique_ptr<Index> index_;  // made for the first entry
  const std::uint32_t wanted_bytes_;
  std::uint32_t told_bytes_ = kHpackDefaultTableBytes;  // what the peer's decoder reckons with
  std::uint32_t peer_bytes_ = kHpackDefaultTableBytes;
  std::uint32_t lowest_peer_bytes_ = kHpackDefaultTableBytes;  // since the last block
};

}  // namespace net::http
