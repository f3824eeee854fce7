#pragma once
// The functions that nghttp2 calls while it reads and writes frames for an H2Session. They turn
// frames into the events of H2Role and H2Stream, and charge the H2Guard.

struct nghttp2_session_callbacks;

namespace net::http {

// The user data of the nghttp2 session must be its H2Session.
void install_h2_callbacks(nghttp2_session_callbacks* callbacks);

}  // namespace net::http
