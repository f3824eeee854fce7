#include "support/password.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/socket.h"
#include "support/sign_in.h"

namespace support {
namespace {

using base::Errc;
using base::Error;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Error system_error(const std::string& what) {
  return {Errc::System, fmt::format("{}: {}", what, std::strerror(errno))};
}

// Everything up to the end, but no more than it takes to see that it is too much.
base::Result<std::string> read_all(int fd, const std::string& what) {
  std::string text;
  char chunk[256];
  while (text.size() <= kMaxPasswordBytes + 2) {
    const ssize_t count = ::read(fd, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(what);
    if (count == 0) break;
    text.append(chunk, static_cast<std::size_t>(count));
  }
  return text;
}

// The terminal hands over each key as it is pressed, and shows none, until this goes.
class SilentTerminal final {
 public:
  SilentTerminal() {
    changed_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!changed_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  bool is_silent() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

base::Result<std::string> read_keys() {
  constexpr char kInterrupt = 0x03, kEnd = 0x04, kBackspace = 0x08, kErase = 0x15, kDelete = 0x7f;
  std::string line;
  char key = 0;
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, &key, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || key == kInterrupt || key == kEnd) {
      return Error{Errc::Closed, "no password was given"};
    }
    if (key == '\n' || key == '\r') return line;
    if (key == kErase) {
      line.clear();
    } else if (key == kBackspace || key == kDelete) {
      if (!line.empty()) line.pop_back();
    } else if (line.size() <= kMaxPasswordBytes) {
      line += key;
    }
  }
}

}  // namespace

base::Result<std::string> password_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return Error{Errc::Malformed, "the password is empty"};
  if (text.find('\n') != std::string_view::npos) {
    return Error{Errc::Malformed, "the password is followed by another line"};
  }
  if (text.size() > kMaxPasswordBytes) {
    return Error{Errc::TooLarge,
                 fmt::format("a password of more than {} bytes", kMaxPasswordBytes)};
  }
  if (std::ranges::any_of(text, is_control)) {
    return Error{Errc::Malformed, "the password holds a control character"};
  }
  return std::string(text);
}

base::Result<std::string> read_password_file(const std::string& file) {
  const net::Socket descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return system_error(file);
  const auto text = read_all(descriptor.fd(), file);
  if (!text) return text.error();
  auto password = password_of(*text);
  if (!password) return Error{password.error().code, file + ": " + password.error().detail};
  return password;
}

base::Result<std::string> ask_password(std::string_view prompt) {
  if (::isatty(STDIN_FILENO) == 0) {
    const auto text = read_all(STDIN_FILENO, "standard input");
    if (!text) return text.error();
    return password_of(*text);
  }
  const SilentTerminal terminal;
  if (!terminal.is_silent()) return system_error("the terminal cannot be kept from showing it");
  fmt::print(stderr, "{}", prompt);
  const auto line = read_keys();
  fmt::print(stderr, "\n");
  if (!line) return line.error();
  return password_of(*line);
}

}  // namespace support
