#include "policy/files.h"

#include <doctest/doctest.h>

#include <vector>

namespace policy {
namespace {

using Kind = FileClass::Kind;

TEST_CASE("files are of everybody, of a device, or of nobody") {
  struct Case {
    const char* path;
    Kind kind;
    const char* device;
  };
  const Case cases[] = {
      {"/SPDefault.cnf.xml", Kind::Shared, ""},
      {"/spdefault.CNF.xml", Kind::Shared, ""},
      {"/XMLDefault.cnf.xml", Kind::Shared, ""},
      {"/jabber-config.xml", Kind::Shared, ""},
      {"/jabber-config-sales.xml", Kind::Shared, ""},
      {"/CUPC/AppDialRules.xml", Kind::Shared, ""},
      {"/CUPC/DirLookupDialRules.xml", Kind::Shared, ""},
      {"/CTLFile.tlv", Kind::Shared, ""},
      {"/ITLFile.tlv", Kind::Shared, ""},
      {"/MDonald.cnf.xml", Kind::Device, "MDonald"},
      {"/MDonald.CNF.XML", Kind::Device, "MDonald"},
      {"/SEP001122334455.cnf.xml.sgn", Kind::Device, "SEP001122334455"},
      {"/SEP001122334455.cnf.xml.enc.sgn", Kind::Device, "SEP001122334455"},
      {"/CTLMDonald.tlv", Kind::Device, "MDonald"},
      {"/ITLSEP001122334455.tlv", Kind::Device, "SEP001122334455"},
      {"/jabber-config.cnf.xml", Kind::Device, "jabber-config"},
      {"/a.b.cnf.xml", Kind::Device, "a.b"},
      {"/extra.xml", Kind::Shared, ""},
      {"/EXTRA.xml", Kind::Unknown, ""},
      {"/.cnf.xml", Kind::Unknown, ""},
      {"/CTL.tlv", Kind::Unknown, ""},
      {"/MDonald%2ecnf.xml", Kind::Unknown, ""},
      {"/MDonald.cnf%2exml", Kind::Unknown, ""},
      {"/%4dDonald.cnf.xml", Kind::Unknown, ""},
      {"/jabber-config%2f..%2fMDonald.xml", Kind::Unknown, ""},
      {"/jabber-config/../MDonald.xml", Kind::Unknown, ""},
      {"/CUPC/MDonald.cnf.xml", Kind::Unknown, ""},
      {"/../MDonald.cnf.xml", Kind::Unknown, ""},
      {"/MDonald.cnf.xml.", Kind::Unknown, ""},
      {"/MDonald.cnf.xml/", Kind::Unknown, ""},
      {"/MDonald.cnf.xml?x", Kind::Unknown, ""},
      {"/MDonald.cnf.xml::$DATA", Kind::Unknown, ""},
      {"MDonald.cnf.xml", Kind::Unknown, ""},
      {"/secrets.xml", Kind::Unknown, ""},
      {"/", Kind::Unknown, ""},
      {"", Kind::Unknown, ""},
  };
  const std::vector<std::string> more = {"/extra.xml", "/Other.cnf.xml"};
  for (const Case& c : cases) {
    CAPTURE(c.path);
    const FileClass file = classify_file(c.path, more);
    CHECK(file.kind == c.kind);
    CHECK(file.device == c.device);
  }
  // Configuration cannot turn a device's file into everybody's.
  CHECK(classify_file("/Other.cnf.xml", more).kind == Kind::Device);
}

TEST_CASE("a user gets the files of the own devices and of everybody") {
  const std::vector<std::string> devices = {"MDonald", "SEP001122334455"};
  CHECK(may_fetch({Kind::Device, "MDonald"}, devices));
  CHECK(may_fetch({Kind::Shared, ""}, devices));
  CHECK(may_fetch({Kind::Shared, ""}, {}));
  CHECK_FALSE(may_fetch({Kind::Device, "mdonald"}, devices));
  CHECK_FALSE(may_fetch({Kind::Device, "RKnotts"}, devices));
  CHECK_FALSE(may_fetch({Kind::Device, ""}, devices));
  CHECK_FALSE(may_fetch({Kind::Unknown, "MDonald"}, devices));
}

}  // namespace
}  // namespace policy
