#include "xmpp/parser.h"

#include <expat.h>

#include <cassert>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/text.h"

namespace xmpp {
namespace {

// Between namespace and local name. expat refuses a namespace with it, so names are never taken
// for others (CVE-2022-25236).
constexpr char kSeparator = '\n';

unsigned long random_salt() {
  unsigned long salt = 0;
  while (salt == 0)  // expat takes 0 for none
    base::fill_random(std::as_writable_bytes(std::span(&salt, 1)));
  return salt;
}

std::pair<std::string_view, std::string_view> split_name(std::string_view name) {
  const std::size_t at = name.rfind(kSeparator);
  if (at == name.npos) return {{}, name};
  return {name.substr(0, at), name.substr(at + 1)};
}

Element make_head(const XML_Char* full_name, const XML_Char** attributes) {
  Element element;
  const auto [its_ns, name] = split_name(full_name);
  element.ns = its_ns;
  element.name = name;
  for (; *attributes; attributes += 2) {
    const auto [attribute_ns, attribute_name] = split_name(attributes[0]);
    element.attributes.push_back(
        {std::string(attribute_ns), std::string(attribute_name), attributes[1]});
  }
  return element;
}

// What holds a password, a token, or what proves one. Mechanisms and failures hold none.
bool is_secret(std::string_view its_ns, std::string_view name) {
  if (its_ns == ns::kSasl) {
    return name == "auth" || name == "response" || name == "challenge" || name == "success";
  }
  if (its_ns == ns::kSasl2) return name != "authentication" && name != "failure";
  return (its_ns == ns::kIqAuth || its_ns == ns::kIqRegister) && name == "query";
}

StreamError error_of(XML_Error code) {
  const std::string detail = XML_ErrorString(code);
  switch (code) {
    case XML_ERROR_UNBOUND_PREFIX:
      return {Condition::BadNamespacePrefix, detail};
    case XML_ERROR_UNDEFINED_ENTITY:
    case XML_ERROR_RECURSIVE_ENTITY_REF:
    case XML_ERROR_ASYNC_ENTITY:
    case XML_ERROR_EXTERNAL_ENTITY_HANDLING:
      return {Condition::RestrictedXml, detail};
    case XML_ERROR_NO_MEMORY:
    case XML_ERROR_AMPLIFICATION_LIMIT_BREACH:
      return {Condition::ResourceConstraint, detail};
    default:
      return {Condition::NotWellFormed, detail};
  }
}

}  // namespace

// One piece on its way through expat.
struct Parser::Run {
  XML_Parser expat = nullptr;
  Detail detail = Detail::Head;
  int level = 1;  // where the piece's element stands: 1 for the header itself, 2 below it
  int depth = 0;
  int elements_at_level = 0;
  std::size_t tree_elements = 0;
  int left_out = 0;            // open elements that the tree has no room for
  std::vector<Element*> open;  // from the piece's element down to the one that is open; tree only
  bool declares_client = false, declares_streams = false, declares_more = false;
  Verdict verdict;

  void fail(Condition condition, const char* why) {
    if (verdict.error) return;
    verdict.error = {condition, why};
    XML_StopParser(expat, XML_FALSE);
  }

  void on_start(const XML_Char* full_name, const XML_Char** attributes) {
    if (++depth < level) return;
    const auto [its_ns, name] = split_name(full_name);
    if (is_secret(its_ns, name)) verdict.bears_secret = true;
    if (depth == level) {
      if (++elements_at_level > 1) return fail(Condition::NotWellFormed, "not one element");
      verdict.element = make_head(full_name, attributes);
      if (detail == Detail::Tree) open.push_back(&verdict.element);
    } else if (level == 1) {
      fail(Condition::NotWellFormed, "not one tag");
    } else if (detail == Detail::Tree) {
      if (left_out > 0 || tree_elements == kMaxTreeElements) {
        ++left_out;
        return;
      }
      ++tree_elements;
      // A sibling comes when the one before is closed, so pointers into this vector are not in use.
      open.back()->children.push_back(make_head(full_name, attributes));
      open.push_back(&open.back()->children.back());
    }
  }

  void on_end() {
    --depth;
    if (left_out > 0) {
      --left_out;
    } else if (!open.empty()) {
      open.pop_back();
    }
  }

  void on_text(std::string_view text) {
    if (depth < level) return fail(Condition::BadFormat, "text between elements");
    if (!open.empty() && left_out == 0) open.back()->text += text;
  }

  void on_namespace(const XML_Char* prefix, std::string_view uri) {
    if (uri.size() > kMaxNamespaceBytes) fail(Condition::PolicyViolation, "namespace: too long");
    if (!prefix && uri == ns::kClient) {
      declares_client = true;
    } else if (prefix && std::string_view(prefix) == "stream" && uri == ns::kStreams) {
      declares_streams = true;
    } else {
      declares_more = true;
    }
  }

  // expat takes other versions as 1.0, and says nothing of what it was told to read as UTF-8.
  void on_declaration(std::string_view version, const XML_Char* encoding) {
    if (version != "1.0") fail(Condition::BadFormat, "an XML version other than 1.0");
    if (encoding && !base::iequals(encoding, "UTF-8")) {
      fail(Condition::UnsupportedEncoding, "an encoding other than UTF-8");
    }
  }
};

void Parser::FreeParser::operator()(XML_ParserStruct* parser) const noexcept {
  XML_ParserFree(parser);
}

Parser::Parser() : expat_(XML_ParserCreateNS("UTF-8", kSeparator)), salt_(random_salt()) {
  assert(expat_ != nullptr);
}

Parser::~Parser() = default;

// XML_ParserReset() keeps expat's memory and forgets the rest, handlers included.
void Parser::begin(Run& run) {
  run.expat = expat_.get();
  XML_ParserReset(run.expat, "UTF-8");
  XML_SetHashSalt(run.expat, salt_);
  XML_SetUserData(run.expat, &run);
  XML_SetElementHandler(
      run.expat,
      [](void* self, const XML_Char* name, const XML_Char** attributes) noexcept {
        static_cast<Run*>(self)->on_start(name, attributes);
      },
      [](void* self, const XML_Char*) noexcept { static_cast<Run*>(self)->on_end(); });
  XML_SetCharacterDataHandler(run.expat, [](void* self, const XML_Char* text, int size) noexcept {
    static_cast<Run*>(self)->on_text({text, static_cast<std::size_t>(size)});
  });
  XML_SetStartNamespaceDeclHandler(
      run.expat, [](void* self, const XML_Char* prefix, const XML_Char* uri) noexcept {
        static_cast<Run*>(self)->on_namespace(prefix, uri ? uri : "");
      });
  XML_SetXmlDeclHandler(
      run.expat, [](void* self, const XML_Char* version, const XML_Char* encoding, int) noexcept {
        static_cast<Run*>(self)->on_declaration(version ? version : "", encoding);
      });
  // The scanner refuses these before they come here; two look closer than one.
  XML_SetStartDoctypeDeclHandler(
      run.expat, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) noexcept {
        static_cast<Run*>(self)->fail(Condition::RestrictedXml, "a DTD");
      });
  XML_SetCommentHandler(run.expat, [](void* self, const XML_Char*) noexcept {
    static_cast<Run*>(self)->fail(Condition::RestrictedXml, "a comment");
  });
  XML_SetProcessingInstructionHandler(
      run.expat, [](void* self, const XML_Char*, const XML_Char*) noexcept {
        static_cast<Run*>(self)->fail(Condition::RestrictedXml, "a processing instruction");
      });
}

bool Parser::feed(Run& run, std::string_view octets) {
  if (XML_Parse(run.expat, octets.data(), static_cast<int>(octets.size()), XML_FALSE) ==
      XML_STATUS_OK) {
    return true;
  }
  if (!run.verdict.error) run.verdict.error = error_of(XML_GetErrorCode(run.expat));
  return false;
}

Parser::Verdict Parser::parse_header(std::string_view octets) {
  Run run;
  begin(run);
  octets_parsed_ += octets.size();
  if (!feed(run, octets)) return std::move(run.verdict);
  Verdict& verdict = run.verdict;
  if (run.depth != 1) {
    verdict.error = {Condition::NotWellFormed, "not one tag"};
  } else if (verdict.element.name != "stream") {
    verdict.error = {Condition::BadFormat, "not a stream header"};
  } else if (verdict.element.ns != ns::kStreams || !run.declares_client) {
    verdict.error = {Condition::InvalidNamespace, "not a stream of jabber:client"};
  }
  // With both namespaces bound to these prefixes and nothing else bound, this name is the only
  // one the tag can have.
  verdict.is_usual = run.declares_client && run.declares_streams && !run.declares_more;
  return std::move(run.verdict);
}

Parser::Verdict Parser::parse_element(std::string_view context, std::string_view octets,
                                      Detail detail) {
  Run run;
  run.detail = detail;
  run.level = 2;
  begin(run);
  octets_parsed_ += octets.size();
  if (!feed(run, context) || !feed(run, octets)) return std::move(run.verdict);
  if (run.depth != 1 || run.elements_at_level != 1) {
    run.verdict.error = {Condition::NotWellFormed, "not one element"};
  }
  return std::move(run.verdict);
}

std::optional<StreamError> Parser::parse_end(std::string_view context, std::string_view octets) {
  Run run;
  run.level = 2;
  begin(run);
  octets_parsed_ += octets.size();
  if (!feed(run, context) || !feed(run, octets)) return run.verdict.error;
  if (run.depth != 0) return StreamError{Condition::NotWellFormed, "not the end of the stream"};
  return {};
}

}  // namespace xmpp
