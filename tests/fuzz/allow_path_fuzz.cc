// A path that a prefix rule lets pass stays below the prefix for every reader: decoded any number
// of times, before or after its dot segments are resolved, with '\' for '/' and path parameters
// cut.

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.h"
#include "base/text.h"
#include "policy/allow_list.h"
#include "policy/files.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

std::string decode_once(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? base::decode_hex(text.substr(i + 1, 2))
                                     : base::Result<std::string>(base::Error{});
    if (byte && byte->size() == 1) {
      out += *byte;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// As a careless server would: '\' is '/', ";x" is cut, trailing spaces and a NUL end a segment.
std::string resolve(std::string text) {
  for (char& c : text) {
    if (c == '\\') c = '/';
  }
  std::vector<std::string> kept;
  for (std::string_view part : base::split(text, '/')) {
    part = part.substr(0, part.find(';'));
    part = part.substr(0, part.find('\0'));
    while (part.ends_with(' '))
      part.remove_suffix(1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.emplace_back(part);
    }
  }
  std::string out;
  for (const std::string& part : kept)
    out += '/' + part;
  return out + '/';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::AllowList list = [] {
    policy::Rule prefix;
    prefix.name = "prefix";
    prefix.host = "ucm.example";
    prefix.path = "/cucm-uds/";
    policy::Rule file = prefix;
    file.name = "file";
    file.path = "/files/";
    file.match = policy::Rule::Match::File;
    auto compiled = policy::AllowList::compile(std::vector<policy::Rule>{prefix, file});
    check(static_cast<bool>(compiled));
    return std::move(*compiled);
  }();
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const auto verdict = list.check({policy::Scheme::Https, "ucm.example", 8443, "GET", target});
  std::string path(target.substr(0, target.find('?')));
  const bool device = policy::classify_file(path).kind == policy::FileClass::Kind::Device;
  if (device) check(path.rfind('/') == 0 && path.find('%') == std::string::npos);
  if (!verdict.allowed()) return 0;
  const std::string_view folder = verdict.rule == "prefix" ? "/cucm-uds/" : "/files/";
  for (int round = 0; round < 4; ++round) {
    check(resolve(path).starts_with(folder));
    check(decode_once(resolve(path)).starts_with(folder));
    if (verdict.rule == "file")
      check(resolve(path).find('/', folder.size()) + 1 == resolve(path).size());
    path = decode_once(path);
  }
  return 0;
}
