#pragma once
// One table of raw HTTP/1.1 requests, and one of responses, for the parser, the server, the client
// and the programs alike (as KJ does it): what is read, and what is refused with which status.

#include <string>
#include <string_view>
#include <vector>

namespace net::http::cases {

using namespace std::string_literals;
using namespace std::string_view_literals;

struct Good {
  std::string_view why;
  std::string raw;
  std::string_view method;
  std::string_view target;
  std::string_view authority;
  std::string_view body;  // as it arrives, without framing
  bool keep_alive = true;
};

struct Bad {
  std::string_view why;
  std::string raw;
  int status = 400;
};

inline constexpr std::string_view kHost = "Host: edge.example.com\r\n";

// "GET / HTTP/1.1", Host, then `fields`, which end their own lines.
inline std::string get_with(std::string_view fields) {
  return std::string("GET / HTTP/1.1\r\n").append(kHost).append(fields).append("\r\n");
}
// A POST with `fields` and what follows the head.
inline std::string post_with(std::string_view fields, std::string_view rest) {
  return std::string("POST /p HTTP/1.1\r\n")
      .append(kHost)
      .append(fields)
      .append("\r\n")
      .append(rest);
}
// A chunked POST.
inline std::string chunked(std::string_view body) {
  return post_with("Transfer-Encoding: chunked\r\n", body);
}
inline std::string with_line(std::string_view line) {
  return std::string(line).append("\r\n").append(kHost).append("\r\n");
}

inline std::vector<Good> good_requests() {
  constexpr std::string_view kEdge = "edge.example.com";
  return {
      {"plain", get_with(""), "GET", "/", kEdge, ""},
      {"an empty line ahead", "\r\n" + get_with(""), "GET", "/", kEdge, ""},
      {"a query", with_line("GET /a/b?c=d&e=%2F HTTP/1.1"), "GET", "/a/b?c=d&e=%2F", kEdge, ""},
      {"base64 with padding", with_line("GET /dWNsYWIuY29t=/x HTTP/1.1"), "GET", "/dWNsYWIuY29t=/x",
       kEdge, ""},
      {"a port", "GET / HTTP/1.1\r\nHost: a.example.com:8443\r\n\r\n", "GET", "/",
       "a.example.com:8443", ""},
      {"IPv6", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n", "GET", "/",
       "[2001:db8::1]:8443", ""},
      {"an underscore in the host", "GET / HTTP/1.1\r\nHost: vcs_control.lab.example\r\n\r\n",
       "GET", "/", "vcs_control.lab.example", ""},
      {"white space around values", get_with("X: \t a \t\r\n"), "GET", "/", kEdge, ""},
      {"no space after the colon", "GET / HTTP/1.1\r\nhOST:edge.example.com\r\n\r\n", "GET", "/",
       kEdge, ""},
      {"obs-text in a value", get_with("X: \xc3\xa4\xff\r\n"), "GET", "/", kEdge, ""},
      {"an empty value", get_with("X:\r\n"), "GET", "/", kEdge, ""},
      {"absolute form", with_line("GET https://edge.example.com/x?y HTTP/1.1"), "GET", "/x?y",
       kEdge, ""},
      {"absolute form in capitals", with_line("GET HTTPS://EDGE.example.com HTTP/1.1"), "GET", "/",
       kEdge, ""},
      {"absolute form with a bare query", with_line("GET https://edge.example.com?q HTTP/1.1"),
       "GET", "/?q", kEdge, ""},
      {"asterisk form", with_line("OPTIONS * HTTP/1.1"), "OPTIONS", "*", kEdge, ""},
      {"a length", post_with("Content-Length: 5\r\n", "hello"), "POST", "/p", kEdge, "hello"},
      {"a length of zero", post_with("Content-Length: 0\r\n", ""), "POST", "/p", kEdge, ""},
      {"chunks", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "POST", "/p", kEdge,
       "hello world"},
      {"chunk size in capitals with zeros ahead", chunked("000A\r\n0123456789\r\n0\r\n\r\n"),
       "POST", "/p", kEdge, "0123456789"},
      {"chunk extensions", chunked("1;a;b=c;d=\"e\\\"f;\"\r\nx\r\n0;last\r\n\r\n"), "POST", "/p",
       kEdge, "x"},
      {"trailers", chunked("1\r\nx\r\n0\r\nSum: 1\r\nContent-Length: 9\r\n\r\n"), "POST", "/p",
       kEdge, "x"},
      {"no chunk but the last", chunked("0\r\n\r\n"), "POST", "/p", kEdge, ""},
      {"close", get_with("Connection: close\r\n"), "GET", "/", kEdge, "", false},
      {"close among others", get_with("Connection: x, ,Close\r\n"), "GET", "/", kEdge, "", false},
      {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: edge.example.com\r\n\r\n", "GET", "/", kEdge, "",
       false},
      {"HTTP/1.0 kept alive",
       "GET / HTTP/1.0\r\nHost: edge.example.com\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/",
       kEdge, ""},
      {"HTTP/1.0 without Host but absolute", "GET https://edge.example.com/ HTTP/1.0\r\n\r\n",
       "GET", "/", kEdge, "", false},
      {"Upgrade is ignored", get_with("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "GET", "/",
       kEdge, ""},
      {"the longest line", with_line("GET /" + std::string(8192 - 14, 'a') + " HTTP/1.1"), "GET",
       "", kEdge, ""},
      {"the longest name", get_with(std::string(256, 'n') + ": v\r\n"), "GET", "/", kEdge, ""},
  };
}

inline std::string many_fields(int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += "F: v\r\n";
  return all;
}

inline std::vector<Bad> bad_request_lines() {
  return {
      {"a bare LF", "GET / HTTP/1.1\nHost: edge.example.com\r\n\r\n"},
      {"a bare CR", "GET / HTTP/1.1\rHost: edge.example.com\r\n\r\n"},
      {"two CR", with_line("GET / HTTP/1.1\r")},
      {"two empty lines ahead", "\r\n\r\n" + get_with("")},
      {"a space ahead", with_line(" GET / HTTP/1.1")},
      {"HTTP/0.9", "GET /\r\n"},
      {"HTTP/0.9 with a space", "GET / \r\n"},
      {"HTTP/1.2", with_line("GET / HTTP/1.2")},
      {"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"HTTP/1.10", with_line("GET / HTTP/1.10")},
      {"HTTP/01.1", with_line("GET / HTTP/01.1")},
      {"http in small letters", with_line("GET / http/1.1")},
      {"text after the version", with_line("GET / HTTP/1.1 x")},
      {"a space after the version", with_line("GET / HTTP/1.1 ")},
      {"two spaces ahead of the target", with_line("GET  / HTTP/1.1")},
      {"two spaces ahead of the version", with_line("GET /  HTTP/1.1")},
      {"a tab", with_line("GET\t/ HTTP/1.1")},
      {"a space in the target", with_line("GET /a b HTTP/1.1")},
      {"a bad method", with_line("G(T / HTTP/1.1")},
      {"no method", with_line(" / HTTP/1.1")},
      {"NUL in the target", with_line("GET /\0 HTTP/1.1"sv)},
      {"a high byte in the target", with_line("GET /\xc3\xa4 HTTP/1.1")},
      {"DEL in the target", with_line("GET /\x7f HTTP/1.1")},
      {"a fragment", with_line("GET /#f HTTP/1.1")},
      {"a percent sign alone", with_line("GET /% HTTP/1.1")},
      {"a percent sign with one digit", with_line("GET /%4 HTTP/1.1")},
      {"a percent sign without digits", with_line("GET /%gg HTTP/1.1")},
      {"a relative target", with_line("GET x HTTP/1.1")},
      {"an asterisk for GET", with_line("GET * HTTP/1.1")},
      {"authority form for GET", with_line("GET edge.example.com:443 HTTP/1.1")},
      {"another scheme", with_line("GET ftp://edge.example.com/ HTTP/1.1")},
      {"absolute form for another host", with_line("GET https://other.example.com/ HTTP/1.1")},
      {"absolute form with another port", with_line("GET https://edge.example.com:1/ HTTP/1.1")},
      {"absolute form with user info", with_line("GET https://u@edge.example.com/ HTTP/1.1")},
      {"absolute form without host", with_line("GET https:///x HTTP/1.1")},
      {"CONNECT without port", with_line("CONNECT edge.example.com HTTP/1.1")},
      {"a long line", with_line("GET /" + std::string(8192 - 13, 'a') + " HTTP/1.1"), 414},
      {"a line without end", "GET /" + std::string(9000, 'a'), 414},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"s},
  };
}

inline std::vector<Bad> bad_fields() {
  return {
      {"white space ahead of the colon", get_with("X : v\r\n")},
      {"a tab ahead of the colon", get_with("X\t: v\r\n")},
      {"a folded line", get_with("X: a\r\n b\r\n")},
      {"a line folded with a tab", get_with("X: a\r\n\tb\r\n")},
      {"a space ahead of the first field", "GET / HTTP/1.1\r\n Host: edge.example.com\r\n\r\n"},
      {"an empty name", get_with(": v\r\n")},
      {"no colon", get_with("X\r\n")},
      {"a bad byte in a name", get_with("X(: v\r\n")},
      {"a high byte in a name", get_with("\xc3\xa4: v\r\n")},
      {"NUL in a name", get_with("X\0Y: v\r\n"sv)},
      {"NUL in a value", get_with("X: a\0b\r\n"sv)},
      {"a control byte in a value", get_with("X: a\x01\r\n")},
      {"DEL in a value", get_with("X: \x7f\r\n")},
      {"a bare CR in a value", get_with("X: a\rY: b\r\n")},
      {"a bare LF between fields", get_with("X: a\nY: b\r\n")},
      {"a bare LF at the end", "GET / HTTP/1.1\r\nHost: edge.example.com\r\n\n"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"},
      {"no Host but absolute", "GET https://edge.example.com/ HTTP/1.1\r\n\r\n"},
      {"two Hosts", get_with("Host: edge.example.com\r\n")},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a.example.com, b.example.com\r\n\r\n"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a.example.com/x\r\n\r\n"},
      {"Host with user info", "GET / HTTP/1.1\r\nHost: u@a.example.com\r\n\r\n"},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: a.example.com:65536\r\n\r\n"},
      {"Host with an empty port", "GET / HTTP/1.1\r\nHost: a.example.com:\r\n\r\n"},
      {"Connection that is no list", get_with("Connection: a b\r\n")},
      {"many fields", get_with(many_fields(100)), 431},
      {"a long name", get_with(std::string(257, 'n') + ": v\r\n"), 431},
      {"a long head", get_with("X: " + std::string(32 * 1024, 'v') + "\r\n"), 431},
      {"a head without end", "GET / HTTP/1.1\r\nX: " + std::string(33 * 1024, 'v'), 431},
  };
}

inline std::vector<Bad> bad_framing() {
  return {
      {"a signed length", post_with("Content-Length: +5\r\n", "hello")},
      {"a negative length", post_with("Content-Length: -1\r\n", "")},
      {"a hexadecimal length", post_with("Content-Length: 0x5\r\n", "hello")},
      {"an empty length", post_with("Content-Length:\r\n", "")},
      {"a length with a space", post_with("Content-Length: 1 0\r\n", "")},
      {"a length twice", post_with("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"two lengths", post_with("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
      {"a list of lengths", post_with("Content-Length: 5, 5\r\n", "hello")},
      {"a length above 63 bit", post_with("Content-Length: 9223372036854775808\r\n", "")},
      {"a length above 64 bit", post_with("Content-Length: 18446744073709551621\r\n", "hello")},
      {"length and chunks",
       post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunks and length",
       post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"gzip", post_with("Transfer-Encoding: gzip\r\n", "")},
      {"gzip, chunked", post_with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked, identity", post_with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
      {"identity", post_with("Transfer-Encoding: identity\r\n", "")},
      {"xchunked", post_with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"Chunked", post_with("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n")},
      {"quoted", post_with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
      {"a parameter", post_with("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
      {"an empty coding", post_with("Transfer-Encoding:\r\n", "")},
      {"chunked twice",
       post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunks in HTTP/1.0",
       "POST / HTTP/1.0\r\nHost: a.example.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
  };
}

// The heads of these are good: it is the chunked body that is not.
inline std::vector<Bad> bad_chunks() {
  return {
      {"an empty size", chunked("\r\n\r\n")},
      {"a signed size", chunked("+1\r\nx\r\n0\r\n\r\n")},
      {"a negative size", chunked("-1\r\nx\r\n0\r\n\r\n")},
      {"0x", chunked("0x1\r\nx\r\n0\r\n\r\n")},
      {"a space ahead of the size", chunked(" 1\r\nx\r\n0\r\n\r\n")},
      {"a space after the size", chunked("1 \r\nx\r\n0\r\n\r\n")},
      {"17 digits", chunked("00000000000000001\r\nx\r\n0\r\n\r\n")},
      {"a size above 63 bit", chunked("8000000000000000\r\nx")},
      {"a size above 64 bit", chunked("10000000000000001\r\nx")},
      {"a bare LF after the size", chunked("1\nx\r\n0\r\n\r\n")},
      {"a bare CR after the size", chunked("1\rx\r\n0\r\n\r\n")},
      {"text after the size", chunked("1x\r\nx\r\n0\r\n\r\n")},
      {"an extension without name", chunked("1;\r\nx\r\n0\r\n\r\n")},
      {"an extension without value", chunked("1;a=\r\nx\r\n0\r\n\r\n")},
      {"an extension with a space", chunked("1; a\r\nx\r\n0\r\n\r\n")},
      {"an extension with an open quote", chunked("1;a=\"b\r\nx\r\n0\r\n\r\n")},
      {"an extension with NUL", chunked("1;a=\"\0\"\r\nx\r\n0\r\n\r\n"sv)},
      {"an extension with a bare LF", chunked("1;a\n\r\nx\r\n0\r\n\r\n")},
      {"a long extension", chunked("1;" + std::string(4096, 'a') + "\r\nx\r\n0\r\n\r\n")},
      {"data longer than the size", chunked("1\r\nxy\r\n0\r\n\r\n")},
      {"data ended by a bare LF", chunked("1\r\nx\n0\r\n\r\n")},
      {"data ended by nothing", chunked("1\r\nx0\r\n\r\n")},
      {"a bad trailer", chunked("0\r\nX : v\r\n\r\n")},
      {"a folded trailer", chunked("0\r\nX: a\r\n b\r\n\r\n")},
      {"a trailer with a bare LF", chunked("0\r\nX: a\n\r\n")},
      {"many trailers", chunked("0\r\n" + many_fields(101) + "\r\n")},
      {"long trailers", chunked("0\r\nX: " + std::string(8192, 'v') + "\r\n\r\n")},
  };
}

// Everything whose head is refused.
inline std::vector<Bad> bad_requests() {
  std::vector<Bad> all = bad_request_lines();
  for (const auto& more : {bad_fields(), bad_framing()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

struct Response {
  std::string_view why;
  std::string raw;
  int status = 200;  // 0: Malformed
  std::string_view body;
};

// Complete when the last byte has come, as answers to GET.
inline std::vector<Response> good_responses() {
  return {
      {"a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi"},
      {"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, ""},
      {"no space ahead of no reason", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, ""},
      {"a reason with high bytes", "HTTP/1.1 200 \xc3\xa4\r\nContent-Length: 0\r\n\r\n", 200, ""},
      {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200,
       "hi"},
      {"204", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, ""},
      {"100 ahead", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
       200, ""},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi"},
  };
}

inline std::vector<Response> bad_responses() {
  return {
      {"HTTP/0.9", "hello\r\n\r\n", 0, ""},
      {"HTTP/2", "HTTP/2 200 OK\r\n\r\n", 0, ""},
      {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", 0, ""},
      {"an empty line ahead", "\r\nHTTP/1.1 200 OK\r\n\r\n", 0, ""},
      {"no status", "HTTP/1.1 \r\n\r\n", 0, ""},
      {"a short status", "HTTP/1.1 20 OK\r\n\r\n", 0, ""},
      {"a long status", "HTTP/1.1 2000 OK\r\n\r\n", 0, ""},
      {"status 099", "HTTP/1.1 099 OK\r\n\r\n", 0, ""},
      {"status 600", "HTTP/1.1 600 OK\r\n\r\n", 0, ""},
      {"status +20", "HTTP/1.1 +20 OK\r\n\r\n", 0, ""},
      {"a control byte in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n", 0, ""},
      {"a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", 0, ""},
      {"a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", 0, ""},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi", 0, ""},
      {"length and chunks",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 0, ""},
      {"gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0, ""},
      {"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 0, ""},
  };
}

}  // namespace net::http::cases
