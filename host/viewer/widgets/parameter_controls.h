#pragma once
// Draws declared parameters as controls.

#include <span>
#include <string>

#include "widgets/parameter_controls_form.h"

namespace kalon::viewer {

// In the flow of an ImGui window: the label (its help in the tip) and the control, side by side where there is room;
// what has no meaning now is left out, what differs from its default can be reset. models: the names that a parameter
// of the type `model` may have. Whether something changed.
bool parameter_controls(ParameterForm &form, std::span<const std::string> models);

}  // namespace kalon::viewer
