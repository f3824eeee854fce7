#pragma once
// The password of a sign-in: from a file, from the keyboard, from a pipe; never from the command
// line, where every user of the machine can read it.

#include <string>
#include <string_view>

#include "base/result.h"

namespace support {

// One line, its end (LF or CR LF) left off. Malformed when it is empty, is followed by more or
// holds a control character (RFC 7617 section 2); TooLarge beyond kMaxPasswordBytes.
base::Result<std::string> password_of(std::string_view text);

// The file's only line. System with the file's name when it cannot be read.
base::Result<std::string> read_password_file(const std::string& file);

// Where standard input is a terminal: writes `prompt` to standard error and reads a line without
// showing it; backspace and ^U work, ^C and ^D give up (Closed). Otherwise reads standard input up
// to its end.
base::Result<std::string> ask_password(std::string_view prompt);

}  // namespace support
