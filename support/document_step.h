#pragma once
// A step that fetches one document through the edge and judges it: of most steps, all that differs
// is written in a DocumentPlan.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http/fetch.h"
#include "support/explain.h"
#include "support/sign_in.h"
#include "support/step.h"

namespace support {

struct Finding {
  std::string text;     // "2 devices: MDonald, …", for people
  std::string problem;  // not empty: well, but a person should know this
  std::string advice;
};

// The functions are called when the step is due, with what earlier steps learned.
struct DocumentPlan {
  std::string id;
  std::string title;
  Asked asked = Asked::Uds;
  // Where the document lies: the places are tried in this order while the answer is 502, 503 or
  // 504. Empty: the step does not apply.
  std::function<std::vector<Location>(const SignIn&)> places;
  bool credentials = false;     // sends the password along with the cookie
  bool may_be_missing = false;  // 404 is a normal answer
  // Judges the body of a 200 and keeps what later steps need.
  std::function<base::Result<Finding>(SignIn&, const std::string& body)> read;
};

std::unique_ptr<Step> document_step(SignIn& sign_in, DocumentPlan plan);

// The sign-in itself: get_edge_config (wire.md section 4), with the session cookie it sets.
std::unique_ptr<Step> edge_config_step(SignIn& sign_in);

// "ucm-pub.lab.example:8443"
std::string place_of(const Location& location);

}  // namespace support
