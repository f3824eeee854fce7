#pragma once
// The steps before any request: what the DNS says, and the connection to an edge (wire.md sections
// 2 and 7).

#include <memory>

#include "support/sign_in.h"
#include "support/step.h"

namespace support {

// Asks for the records that only exist inside. A client that finds them goes to the call manager
// directly; one that does not goes on to the edge.
std::unique_ptr<Step> inside_step(SignIn& sign_in);
// Asks for the domain's edges and puts them in the order of RFC 2782.
std::unique_ptr<Step> find_edge_step(SignIn& sign_in);
// Connects to the first edge that takes the connection, trying every address of every target.
// Started again, it goes on with the next one.
std::unique_ptr<Step> connect_step(SignIn& sign_in);

}  // namespace support
