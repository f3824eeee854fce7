#pragma once
// Opens files beneath one folder, and nothing else: no symbolic link is followed, no hidden name,
// no device or pipe is opened, whatever is in the folder or changes there meanwhile.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/socket.h"

namespace home {

struct OpenFile {
  net::Socket handle;  // of a regular file, at its begin
  std::uint64_t size_bytes = 0;
};

// `segments` are names of folders and, last, of the file, as parse_target() gives them: none is
// empty, "." or "..". NotFound for whatever may not be opened, System for trouble of ours.
base::Result<OpenFile> open_beneath(const std::string& folder,
                                    const std::vector<std::string>& segments);

}  // namespace home
