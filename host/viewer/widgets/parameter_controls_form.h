#pragma once
// The parameters that a method or a plugin declares (rows of the method `describe`), and what a person chose for them.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kalon::viewer {

// parameters: those of the model, which are a form of their own.
enum class ParameterType { integer, number, choice, flag, text, path, paths, model, parameters };

struct Parameter {
  // Another parameter has one of these values; given: or any that a person chose.
  struct Condition {
    std::string name;
    std::vector<std::string> values;
    bool given = false;
  };
  std::string name, label, help, unit;
  ParameterType type = ParameterType::text;
  std::optional<std::string> fallback;  // its default, as values are; none: the engine decides
  std::optional<double> minimum, maximum;
  std::vector<std::string> choices;
  bool choices_are_numbers = false;
  std::vector<Condition> when;  // all of them; else it has no meaning
  bool required = false;
  bool hidden = false;  // not for people here: it keeps its default
};

// Values are texts: "3", "0.98", "true", "mst". A name may stand for several parameters, of which one applies at a
// time.
class ParameterForm {
 public:
  // Rows of other methods are left out; what cannot be understood of a row is, too. hidden: names.
  explicit ParameterForm(std::span<const std::string> rows = {}, std::string_view method = {},
                         std::span<const std::string_view> hidden = {});

  const std::vector<Parameter> &parameters() const { return parameters_; }
  // The one of this name that applies, else the first of this name; null when there is none.
  const Parameter *find(std::string_view name) const { return find(name, 0); }
  // What holds now: chosen, or the default, or empty.
  std::string value(std::string_view name) const { return value(name, 0); }
  // Whether what holds now is not the default.
  bool changed(std::string_view name) const;
  // Whether it has a meaning with what is chosen for others.
  bool applies(const Parameter &parameter) const { return applies(parameter, 0); }
  // Those that apply and are not hidden, in their order.
  std::vector<const Parameter *> shown() const;
  // Empty text: back to the default. False, and `why`, for what it may not be; nothing changes then.
  bool set(std::string_view name, std::string_view value, std::string *why = nullptr);
  void reset(std::string_view name) { values_.erase(std::string(name)); }
  void reset_all() { values_.clear(); }
  // Labels of those that are required, are shown, and have no value.
  std::vector<std::string> missing() const;
  // Whether there is a parameter of this type that applies.
  bool takes(ParameterType type) const;
  // A JSON object of what differs from the defaults and applies; of_model: the same of the model's own parameters.
  std::string json(const ParameterForm *of_model = nullptr) const;
  // The values in a JSON object become chosen. False, and `why`, at the first that is wrong; those before it hold.
  bool take_json(std::string_view text, std::string *why = nullptr);

 private:
  // depth: of conditions on conditions; what goes in a circle never applies.
  const Parameter *find(std::string_view name, int depth) const;
  std::string value(std::string_view name, int depth) const;
  bool applies(const Parameter &parameter, int depth) const;
  const std::string *chosen(const Parameter &parameter) const;

  std::vector<Parameter> parameters_;
  std::map<std::string, std::string> values_;
};

// What it may be and is when nobody says otherwise, for people: "0 to 8 x, 1 by default". [any]
std::string range_text(const Parameter &parameter);

// The shortest text that reads back as this number, with a point in every locale.
std::string number_text(double number);
std::optional<double> number_of(std::string_view text);

}  // namespace kalon::viewer
