#include "home/secret_input.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <istream>
#include <utility>

#include "home/records.h"

namespace home {
namespace {

base::Result<std::string> read_line(std::istream& from) {
  std::string line;
  // By character, so that a file without line ends cannot grow the memory.
  for (char c = 0; from.get(c) && c != '\n';) {
    line += c;
    if (line.size() > kMaxPasswordBytes + 1) break;
  }
  if (line.ends_with('\r')) line.pop_back();
  if (const auto fits = check_password(line); !fits) return fits.error();
  return line;
}

// The terminal without echo, for as long as this lives. An interrupt leaves it so, as with every
// program that asks; the shell sets it right.
class QuietTerminal final {
 public:
  QuietTerminal() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

base::Result<std::string> ask(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  auto line = read_line(std::cin);
  std::cerr << '\n';
  return line;
}

}  // namespace

base::Result<std::string> read_password_file(const std::string& file) {
  if (file == "-") return read_line(std::cin);
  std::ifstream input(file, std::ios::binary);
  if (!input) return base::Error{base::Errc::NotFound, file + ": cannot be read"};
  auto line = read_line(input);
  if (!line) return base::Error{line.error().code, file + ": " + line.error().detail};
  return line;
}

base::Result<std::string> ask_password(const std::string& user) {
  if (isatty(STDIN_FILENO) == 0) return read_line(std::cin);
  const QuietTerminal quiet;
  auto first = ask("Password for " + user + ": ");
  if (!first) return first;
  const auto second = ask("The same again: ");
  if (!second) return second;
  if (*first != *second) return base::Error{base::Errc::Refused, "the two differ"};
  return first;
}

}  // namespace home
