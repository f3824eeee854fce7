#include "home/folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace home {
namespace {

base::Error failure(std::string_view name, int code) {
  const bool absent = code == ENOENT || code == ENOTDIR || code == ELOOP || code == EACCES ||
                      code == ENAMETOOLONG || code == ENXIO;
  return {absent ? base::Errc::NotFound : base::Errc::System,
          std::string(name) + ": " + std::strerror(code)};
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

base::Result<OpenFile> open_beneath(const std::string& folder,
                                    const std::vector<std::string>& segments) {
  net::Socket at(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!at) return base::Error{base::Errc::System, folder + ": " + std::strerror(errno)};
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!is_plain_name(segments[i])) {
      return base::Error{base::Errc::NotFound, "hidden or odd name"};
    }
    const bool last = i + 1 == segments.size();
    // O_NONBLOCK: a pipe would hold up the loop until somebody writes to it.
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY);
    net::Socket next(::openat(at.fd(), segments[i].c_str(), flags));
    if (!next) return failure(segments[i], errno);
    at = std::move(next);
  }
  struct stat status {};
  if (::fstat(at.fd(), &status) != 0) return failure("fstat", errno);
  if (!S_ISREG(status.st_mode)) return base::Error{base::Errc::NotFound, "not a regular file"};
  return OpenFile{std::move(at), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace home
