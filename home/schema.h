#pragma once
// The tables of the home cluster's database, and how an older file becomes a current one.

#include "base/result.h"

namespace home {

class Database;

// Stored in the file as PRAGMA user_version; 0 is an empty file.
inline constexpr int kSchemaVersion = 3;

// Brings the file to kSchemaVersion in one transaction; two programs may try at the same time.
// Unsupported when the file is newer than this program.
base::Result<> migrate(Database& database);

}  // namespace home
