#include "widgets/parameter_controls_form.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace kalon::viewer;

namespace {

const std::vector<std::string> rows{
    R"({"method":"groups","name":"by","type":"choice","default":"similarity","choices":["similarity","burst","cluster"],"label":"Groups of","help":"What makes a group"})",
    R"({"method":"groups","name":"level","type":"number","default":0.9,"minimum":0,"maximum":1,"when":{"by":["similarity","burst"]}})",
    R"({"method":"groups","name":"gap","type":"number","default":2,"minimum":0,"maximum":3600,"unit":"seconds","when":{"by":"burst"}})",
    R"({"method":"groups","name":"algorithm","type":"choice","default":"kmeans","choices":["kmeans","density"],"when":{"by":"cluster"}})",
    R"({"method":"groups","name":"clusters","type":"integer","minimum":1,"maximum":100000,"when":{"by":"cluster","algorithm":"kmeans"}})",
    R"({"method":"groups","name":"min_samples","type":"integer","when":{"algorithm":"density"}})",
    R"({"method":"groups","name":"use_mtime","type":"flag"})",
    R"({"method":"groups","name":"model","type":"model"})",
    R"({"method":"other","name":"elsewhere","type":"text"})",
    R"({"method":"groups","name":"to","type":"path","required":true})",
    R"({"method":"groups","name":"strange","type":"colour"})",
    R"({"method":"groups","type":"text"})",
    R"(no JSON)",
    R"({"method":"groups","name":"link","type":"choice","choices":["hardlink","copy"],"default":"hardlink","when":{"to":true}})"};

nlohmann::json json_of(const ParameterForm &form) {
  return nlohmann::json::parse(form.json());
}

std::vector<std::string> applying(const ParameterForm &form) {
  std::vector<std::string> names;
  for (const auto *parameter : form.shown()) names.push_back(parameter->name);
  return names;
}

}  // namespace

TEST_CASE("a form has what the method declares") {
  const ParameterForm form(rows, "groups");
  CHECK(form.parameters().size() == 10);
  CHECK(form.find("elsewhere") == nullptr);
  CHECK(form.find("by")->label == "Groups of");
  CHECK(form.find("use_mtime")->label == "Use mtime");
  CHECK(form.find("gap")->unit == "seconds");
  CHECK(form.value("level") == "0.9");
  CHECK(form.value("gap") == "2");
  CHECK(form.value("use_mtime") == "false");
  CHECK(form.value("clusters").empty());
  CHECK(json_of(form) == nlohmann::json::object());
  CHECK(form.missing() == std::vector<std::string>{"To"});
}

TEST_CASE("what differs from the defaults is given, each as what it is") {
  ParameterForm form(rows, "groups");
  std::string why;
  CHECK(form.set("level", "0.85"));
  CHECK(form.set("use_mtime", "true"));
  CHECK(form.set("model", "clip \"b\""));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"level":0.85,"use_mtime":true,"model":"clip \"b\""})"));
  CHECK(form.set("level", "0.90"));  // the default again
  CHECK_FALSE(form.changed("level"));
  CHECK(form.set("use_mtime", ""));
  form.reset("model");
  CHECK(json_of(form) == nlohmann::json::object());

  CHECK(form.set("by", "cluster"));
  CHECK(form.set("clusters", "12"));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"by":"cluster","clusters":12})"));
  CHECK(json_of(form)["clusters"].is_number_integer());

  CHECK_FALSE(form.set("clusters", "1.5", &why));
  CHECK(why == "Clusters must be a whole number.");
  CHECK_FALSE(form.set("clusters", "0", &why));
  CHECK(why == "Clusters must be at least 1.");
  CHECK_FALSE(form.set("by", "colour", &why));
  CHECK(why == "Groups of must be one of similarity, burst, cluster.");
  CHECK_FALSE(form.set("level", "nan", &why));
  CHECK_FALSE(form.set("level", "1,5", &why));
  CHECK_FALSE(form.set("level", "2", &why));
  CHECK_FALSE(form.set("use_mtime", "yes", &why));
  CHECK_FALSE(form.set("nothing", "1", &why));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"by":"cluster","clusters":12})"));
}

TEST_CASE("parameters have a meaning only with others") {
  using Names = std::vector<std::string>;
  ParameterForm form(rows, "groups");
  CHECK(applying(form) == Names{"by", "level", "use_mtime", "model", "to"});
  form.set("by", "burst");
  CHECK(applying(form) == Names{"by", "level", "gap", "use_mtime", "model", "to"});
  form.set("by", "cluster");
  CHECK(applying(form) == Names{"by", "algorithm", "clusters", "use_mtime", "model", "to"});
  form.set("clusters", "7");
  form.set("algorithm", "density");
  CHECK(applying(form) == Names{"by", "algorithm", "min_samples", "use_mtime", "model", "to"});
  // What has no meaning now is not given, and is there again later.
  CHECK(json_of(form) == nlohmann::json::parse(R"({"by":"cluster","algorithm":"density"})"));
  form.set("algorithm", "kmeans");
  CHECK(json_of(form) == nlohmann::json::parse(R"({"by":"cluster","clusters":7})"));
}

TEST_CASE("one name may stand for several parameters") {
  // As the duplicates declare them: the default and the range go with the hash, which is a number; the relation, with
  // what is done, which people do not choose here.
  const std::vector<std::string> several{
      R"({"name":"action","type":"choice","default":"list","choices":["list","trash"]})",
      R"({"name":"relation","type":"choice","default":"similar","choices":["same_bytes","similar"],"when":{"action":"list"}})",
      R"({"name":"relation","type":"choice","default":"same_bytes","choices":["same_bytes","similar"],"when":{"action":"trash"}})",
      R"({"name":"hash","type":"choice","default":24,"choices":[24,8],"when":{"relation":"similar"}})",
      R"({"name":"distance","type":"integer","default":63,"minimum":0,"maximum":576,"when":{"relation":"similar","hash":24}})",
      R"({"name":"distance","type":"integer","default":10,"minimum":0,"maximum":64,"when":{"relation":"similar","hash":8}})"};
  using Names = std::vector<std::string>;
  static constexpr std::string_view hidden[] = {"action"};
  ParameterForm form(several, "", hidden);
  CHECK(applying(form) == Names{"relation", "hash", "distance"});
  CHECK(form.value("distance") == "63");
  CHECK(form.set("distance", "300"));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"distance":300})"));
  CHECK(form.set("hash", "8"));
  // 300 cannot be meant any more.
  CHECK(form.value("distance") == "10");
  CHECK_FALSE(form.changed("distance"));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"hash":8})"));
  CHECK_FALSE(form.set("distance", "65"));
  CHECK(form.set("distance", "12"));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"hash":8,"distance":12})"));
  CHECK(form.set("relation", "same_bytes"));
  CHECK(applying(form) == Names{"relation"});
  CHECK(json_of(form) == nlohmann::json::parse(R"({"relation":"same_bytes"})"));
}

TEST_CASE("conditions in a circle end") {
  const ParameterForm form(std::vector<std::string>{R"({"name":"a","type":"flag","when":{"b":true}})",
                                                    R"({"name":"b","type":"flag","when":{"a":true}})",
                                                    R"({"name":"c","type":"text","when":{"c":"x"}})"},
                           "");
  CHECK(form.shown().empty());
  CHECK(form.json() == "{}");
}

TEST_CASE("a parameter may need that another is given") {
  ParameterForm form(rows, "groups");
  CHECK(form.value("link") == "hardlink");
  CHECK_FALSE(form.applies(*form.find("link")));
  form.set("to", "/somewhere");
  CHECK(form.applies(*form.find("link")));
  CHECK(form.missing().empty());
}

TEST_CASE("values come from JSON too") {
  ParameterForm form(rows, "groups");
  std::string why;
  CHECK(form.take_json(R"({"by":"burst","gap":1.5,"use_mtime":true})", &why));
  CHECK(json_of(form) == nlohmann::json::parse(R"({"by":"burst","gap":1.5,"use_mtime":true})"));
  CHECK_FALSE(form.take_json("[1]", &why));
  CHECK_FALSE(form.take_json(R"({"gap":[1,2]})", &why));
  CHECK_FALSE(form.take_json(R"({"unknown":1})", &why));
}

TEST_CASE("numbers are written as short as they read back") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(100) == "100");
  CHECK(number_text(1e-7) == "1e-07");
  CHECK(number_of("0.1") == 0.1);
  CHECK_FALSE(number_of(""));
  CHECK_FALSE(number_of("1x"));
  CHECK_FALSE(number_of("inf"));
}

TEST_CASE("parameters of the model are given beside the method's own, where it takes a model") {
  const std::vector<std::string> method{
      R"({"name":"by","type":"choice","default":"similarity","choices":["similarity","name"]})",
      R"({"name":"model","type":"model","when":{"by":"similarity"}})",
      R"({"name":"model_parameters","type":"parameters"})"};
  const std::vector<std::string> plugin{
      R"({"plugin":"a","name":"gain","type":"number","default":1,"minimum":0,"maximum":8,"unit":"x"})",
      R"({"plugin":"a","name":"model","type":"text","default":""})"};
  ParameterForm form(method), own(plugin);
  CHECK(applying(form) == std::vector<std::string>{"by", "model"});
  CHECK(form.json(&own) == "{}");
  CHECK(own.set("gain", "4"));
  CHECK(own.set("model", "other"));
  CHECK(form.set("model", "dial"));
  CHECK(nlohmann::json::parse(form.json(&own)) ==
        nlohmann::json::parse(R"({"model":"dial","model_parameters":{"gain":4,"model":"other"}})"));
  CHECK(form.json() == R"({"model":"dial"})");
  CHECK(form.takes(ParameterType::model));
  CHECK(form.set("by", "name"));
  CHECK_FALSE(form.takes(ParameterType::model));
  CHECK(form.json(&own) == R"({"by":"name"})");
}

TEST_CASE("what a parameter may be is told in words") {
  const auto told = [](const char *row) {
    return range_text(ParameterForm(std::vector<std::string>{row}).parameters().at(0));
  };
  CHECK(told(R"({"name":"a","type":"number","default":1.5,"minimum":0,"maximum":8,"unit":"x"})") ==
        "0 to 8 x; 1.5 by default");
  CHECK(told(R"({"name":"a","type":"integer","default":2,"minimum":1})") == "1 or more; 2 by default");
  CHECK(told(R"({"name":"a","type":"integer","maximum":9})") == "9 or less");
  CHECK(told(R"({"name":"a","type":"number","default":2})") == "Any number; 2 by default");
  CHECK(told(R"({"name":"a","type":"choice","default":"b","choices":["b","c"]})") == "b, c; b by default");
  CHECK(told(R"({"name":"a","type":"flag","default":true})") == "On or off; on by default");
  CHECK(told(R"({"name":"a","type":"text","default":""})") == "A text");
}
