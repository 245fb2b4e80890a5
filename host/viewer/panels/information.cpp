#include "panels/information.h"

#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands/wording.h"
#include "library/decisions.h"
#include "pictures/histogram_drawing.h"
#include "shell/parts.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

// Who steps quickly through photos does not read about them.
constexpr double rest_seconds = .12;
constexpr size_t most_known = 24;
constexpr int histogram_side = 1024;

std::string pixels_text(uint32_t width, uint32_t height) {
  if (width == 0 || height == 0) return {};
  auto text = std::to_string(width) + " × " + std::to_string(height);
  auto megapixels = static_cast<double>(width) * height / 1e6;
  if (megapixels < .1) return text;
  char more[32];
  std::snprintf(more, sizeof more, " (%.1f MP)", megapixels);
  return text + more;
}

void fact_if(std::string_view name, const std::string &value) {
  if (!value.empty()) fact(name, value);
}

}  // namespace

void Information::draw(Context &context) {
  frame_ = ImGui::GetFrameCount();
  look(context);
  if (item_ == no_item) {
    faint_text("Choose a picture to see what is known of it.");
    return;
  }
  const auto *found = known(item_);
  const auto &item = context.catalogue.item(item_);
  const auto *facts = found && found->path == item.path ? found->facts.get() : nullptr;
  if (auto selected = context.shown.selected_count(); selected > 1)
    faint_text(count_text(selected) + " pictures are selected. This is about the current one.");
  draw_histogram_of(context);
  draw_photo(context, facts);
  draw_decisions(context, facts);
  if (item.failed && !facts) {
    heading("Problem");
    auto why = shown_text(context.catalogue.message(item_));
    ImGui::TextWrapped("%s", said_here(context.commands, context.keys, why).c_str());
  }
  if (facts) {
    draw_files(context, *facts);
    draw_attributes(*facts);
  }
  if (!item.indexed && !item.failed) faint_text("More is known once it is in the library.");
}

bool Information::busy() const {
  return open && ImGui::GetFrameCount() - frame_ <= 1 && item_ != no_item && (waits_ || counts_);
}

// ---- what is known

// Follows the current photo, and asks about it once a person stays.
void Information::look(Context &context) {
  auto item = context.shown.items().empty() ? no_item : context.shown.current();
  if (item != item_) {
    item_ = item;
    since_ = context.now;
  }
  waits_ = false;
  if (item_ == no_item) return;
  const auto *found = known(item_);
  auto fresh = found && up_to_date(context, *found);
  waits_ = context.session.library() && context.catalogue.item(item_).indexed && !(fresh && found->facts);
  if (fresh || !waits_) return;
  if (context.now - since_ < rest_seconds)
    context.draw_again_at(since_ + rest_seconds);
  else
    ask(context);
}

const Information::Known *Information::known(ItemIndex item) const {
  auto found = std::ranges::find(known_, item, &Known::item);
  return found == known_.end() ? nullptr : &*found;
}

bool Information::up_to_date(const Context &context, const Known &known) const {
  const auto &item = context.catalogue.item(known.item);
  return known.path == item.path && known.decisions == context.decisions.revision() && known.mtime == item.mtime &&
         known.indexed == item.indexed;
}

void Information::ask(Context &context) {
  const auto &item = context.catalogue.item(item_);
  Known asked{item_, item.path, context.decisions.revision(), item.mtime, item.indexed, nullptr};
  // What was known before is shown until the answer comes.
  if (const auto *before = known(item_); before && before->path == item.path) asked.facts = before->facts;
  std::erase_if(known_, [&](const Known &one) { return one.item == item_; });
  known_.push_front(std::move(asked));
  if (known_.size() > most_known) known_.pop_back();
  std::vector<std::string> paths{item.path};
  paths.insert(paths.end(), item.others.begin(), item.others.end());
  context.jobs.ask("info", info_parameters(paths),
                   [this, path = item.path](const Answer &answer) { answered(path, answer); });
}

void Information::answered(const std::string &path, const Answer &answer) {
  auto found = std::ranges::find(known_, path, &Known::path);
  if (found != known_.end()) found->facts = std::make_shared<const Facts>(facts_of(answer.rows));
}

// ---- what is drawn

void Information::draw_histogram_of(Context &context) {
  auto histogram = context.pictures.histogram(item_);
  counts_ = false;
  if (!histogram) {
    // Views of large pictures have asked for one already.
    const auto *view = context.interface.current();
    auto rest = view && (view->name() == "loupe" || view->name() == "compare") ? 8 * rest_seconds : rest_seconds;
    counts_ = context.pictures.failure(item_).empty();
    if (context.now - since_ >= rest)
      context.pictures.prefetch(item_, histogram_side, Urgency::visible);
    else
      context.draw_again_at(since_ + rest);
  }
  auto at = ImGui::GetCursorScreenPos();
  auto width = ImGui::GetContentRegionAvail().x;
  auto height = theme().px(100);
  ImGui::Dummy({width, height});
  // Of a picture that is still being made the place stays empty, so that nothing jumps.
  Area area{at, {at.x + width, at.y + height}};
  auto *list = ImGui::GetWindowDrawList();
  if (histogram)
    draw_histogram(list, *histogram, area);
  else
    list->AddRect(area.min, area.max, theme().line);
  auto clipped = [&](uint64_t part) { return histogram ? share_text(part, histogram->pixels) : std::string("–"); };
  auto shadows = "Black " + clipped(histogram ? histogram->shadows : 0);
  auto highlights = "Clipped " + clipped(histogram ? histogram->highlights : 0);
  faint_text(shadows);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Pixels of which all channels are at 0");
  ImGui::SameLine(ImGui::GetCursorPosX() + width - ImGui::CalcTextSize(highlights.c_str()).x);
  faint_text(highlights);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Pixels of which a channel is at 255");
}

void Information::draw_photo(const Context &context, const Facts *facts) {
  const auto &item = context.catalogue.item(item_);
  heading("Picture");
  fact("Name", name_of(item));
  fact("Folder", folder_of(item));
  auto [width, height] = context.pictures.size_of(item_);
  fact_if("Size", pixels_text(width, height));
  if (item.capture_time != no_time) fact("Taken", time_text(item.capture_time));
  if (!facts) return;
  fact_if("Camera", facts->shot.camera);
  fact_if("Lens", facts->shot.lens);
  auto shot = facts->shot;
  auto length = std::exchange(shot.focal_length, {});
  if (!length.empty()) fact("Focal length", length + " mm");
  fact_if("Exposure", exposure_text(shot));
  fact_if("Place", position_text(facts->shot));
}

void Information::draw_decisions(const Context &context, const Facts *facts) {
  const auto &item = context.catalogue.item(item_);
  heading("Decisions");
  auto stars =
      item.stars == 0 ? std::string("none") : std::to_string(item.stars) + (item.stars == 1 ? " star" : " stars");
  if (item.stars > 0 || item.rated_by == RatedBy::person) {
    if (item.rated_by == RatedBy::person) stars += ", by a person in Kalon";
    if (item.rated_by == RatedBy::file) stars += ", as the file says";
    if (item.rated_by == RatedBy::import) stars += ", imported";
  }
  fact("Rating", stars);
  fact("Flag", item.flag == Flag::pick ? "picked" : item.flag == Flag::reject ? "rejected" : "none");
  fact("Label", item.label != 0 ? context.catalogue.word(item.label) : "none");
  if (item.excluded)
    fact("Left out", facts && !facts->excluded_reason.empty() ? std::string_view(facts->excluded_reason) : "yes");
}

void Information::draw_files(const Context &context, const Facts &facts) {
  const auto &item = context.catalogue.item(item_);
  heading(facts.files.size() > 1 ? "Files" : "File");
  for (const auto &file : facts.files) {
    auto slash = file.path.rfind('/');
    if (facts.files.size() > 1) fact("Name", std::string_view(file.path).substr(slash + 1));
    auto kind = file.format.empty() ? std::string() : file.format + ", ";
    fact("Kind", kind + bytes_text(file.size));
    if (facts.files.size() > 1) fact_if("Size", pixels_text(file.width, file.height));
    if (file.vanished) fact("State", "the file is gone");
    fact_if("Problem", file.message);
    for (const auto &copy : file.copies) fact("Same picture", copy);
  }
  fact("Changed", time_text(item.mtime));
  std::string models;
  for (const auto &model : facts.models) models += (models.empty() ? "" : ", ") + model;
  fact_if("Compared by", models);
}

void Information::draw_attributes(const Facts &facts) {
  if (facts.attributes.empty()) return;
  heading("Attributes");
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##search", "Search names and values", &sought_);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Lists the attributes that mention this");
  size_t listed = 0;
  for (const auto &attribute : facts.attributes) {
    if (!mentions(attribute, sought_)) continue;
    // Several values come with line ends between.
    std::string values;
    for (char letter : attribute.second) values += letter == '\n' ? std::string(", ") : std::string(1, letter);
    fact(attribute.first, values);
    ++listed;
  }
  if (listed == 0) faint_text("None mentions this.");
}

void Information::describe(const Context &context, nlohmann::json &state) const {
  if (item_ >= context.catalogue.items().size()) {
    state["photo"] = nullptr;
    return;
  }
  const auto &item = context.catalogue.item(item_);
  state["photo"] = shown_text(name_of(item));
  state["search"] = sought_;
  if (auto histogram = context.pictures.histogram(item_))
    state["histogram"] = {{"pixels", histogram->pixels},
                          {"whole", histogram->whole},
                          {"highlights", histogram->highlights},
                          {"shadows", histogram->shadows},
                          {"luminance", histogram->luminance}};
  const auto *found = known(item_);
  if (!found || !found->facts) return;
  const auto &facts = *found->facts;
  state["camera"] = facts.shot.camera;
  state["lens"] = facts.shot.lens;
  state["exposure"] = exposure_text(facts.shot);
  state["place"] = position_text(facts.shot);
  auto &attributes = state["attributes"] = nlohmann::json::object();
  for (const auto &attribute : facts.attributes)
    if (mentions(attribute, sought_)) attributes[shown_text(attribute.first)] = shown_text(attribute.second);
  auto &files = state["files"] = nlohmann::json::array();
  for (const auto &file : facts.files) {
    auto copies = nlohmann::json::array();
    for (const auto &copy : file.copies) copies.push_back(shown_text(copy));
    files.push_back(
        {{"path", shown_text(file.path)}, {"format", file.format}, {"size", file.size}, {"copies", copies}});
  }
}

void add_information(Context &context) {
  auto &panel = context.interface.add_panel<Information>();
  Command toggle;
  toggle.name = "information";
  toggle.title = "Information";
  toggle.group = "Panels";
  toggle.run = [&panel](Context &to, std::string_view) {
    panel.open = !panel.open;
    if (panel.open) to.fresh_panel = panel.name();
  };
  toggle.checked = [&panel](const Context &) { return panel.open; };
  context.commands.add(std::move(toggle));
  Command search;
  search.name = "search-attributes";
  search.title = "Search the attributes of the picture";
  search.group = "Panels";
  search.argument = "TEXT";
  search.run = [&panel](Context &to, std::string_view argument) {
    panel.open = true;
    to.fresh_panel = panel.name();
    panel.search(argument);
    to.animate();
  };
  context.commands.add(std::move(search));
}

}  // namespace kalon::viewer
