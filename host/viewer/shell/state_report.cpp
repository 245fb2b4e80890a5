#include "shell/state_report.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

#include "library/decisions.h"
#include "library/opening.h"

namespace kalon::viewer {
namespace {

using nlohmann::json;

constexpr size_t most_names = 2000;

json item_json(const Context &context, ItemIndex index) {
  const auto &item = context.catalogue.item(index);
  return {{"name", shown_text(name_of(item))},
          {"path", shown_text(item.path)},
          {"stars", item.stars},
          {"rated_by", item.rated_by == RatedBy::person   ? "person"
                       : item.rated_by == RatedBy::file   ? "file"
                       : item.rated_by == RatedBy::import ? "import"
                                                          : "nobody"},
          {"flag", item.flag == Flag::pick     ? "pick"
                   : item.flag == Flag::reject ? "reject"
                                               : "none"},
          {"label", context.catalogue.word(item.label)},
          {"indexed", item.indexed},
          {"excluded", item.excluded},
          {"vanished", item.vanished},
          {"failed", item.failed},
          {"has_raw", item.has_raw},
          {"files", item.others.size() + 1}};
}

json names_of(const Context &context, const std::vector<ItemIndex> &items) {
  json names = json::array();
  for (size_t i = 0; i < std::min(items.size(), most_names); ++i)
    names.push_back(shown_text(name_of(context.catalogue.item(items[i]))));
  return names;
}

json spread(std::vector<float> values) {
  std::ranges::sort(values);
  auto at = [&](double share) {
    return values.empty() ? 0.f : values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {{"count", values.size()}, {"median", at(0.5)}, {"p99", at(0.99)}, {"largest", at(1)}};
}

json cost_json(const FrameCosts &costs) {
  auto told = spread(costs.recent);
  told["frames"] = costs.frames;
  told["idle_frames"] = costs.idle_frames;
  told["handed"] = spread(costs.handed);
  told["first_pictures_seconds"] = costs.first_pictures;
  return told;
}

// What the process holds of its own, in bytes: files that are mapped are not in it.
uint64_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::strtoull(line.c_str() + 8, nullptr, 10) * 1024;
  return 0;
}

json jobs_json(const Context &context) {
  json jobs = json::array();
  for (const auto &job : context.jobs.all()) {
    json failures = json::array();
    for (const auto &failure : job.failures)
      failures.push_back({{"path", shown_text(failure.path)}, {"reason", failure.reason}});
    jobs.push_back({{"title", job.title},
                    {"method", job.method},
                    {"running", job.running},
                    {"status", job.status},
                    {"message", job.message},
                    {"done", job.done},
                    {"total", job.total},
                    {"failure_count", job.failure_count},
                    {"failures", failures},
                    {"summary", json::parse(job.summary, nullptr, false)}});
  }
  return jobs;
}

}  // namespace

std::string write_state_report(const Context &context, const FrameCosts &costs, const Session &session,
                               const std::string &file) {
  const auto &shown = context.shown;
  json state;
  state["view"] = context.interface.current() ? context.interface.current()->name() : "";
  state["library_failure"] = session.failure();
  state["read_only"] = session.read_only();
  state["photos"] = context.catalogue.count();
  state["shown"] = shown.items().size();
  state["names"] = names_of(context, shown.items());
  state["current"] = shown.current() == no_item ? json(nullptr) : item_json(context, shown.current());
  state["current_position"] = shown.current() == no_item ? json(nullptr) : json(shown.position(shown.current()));
  state["selected"] = shown.selected_count();
  state["targets"] = names_of(context, shown.targets());
  state["sorted_by"] = shown.sorting().by;
  state["descending"] = shown.sorting().descending;
  state["expression"] = shown.expression();
  const auto &counts = shown.counts();
  state["counts"] = {{"least_stars", counts.least_stars}, {"picks", counts.picks},       {"rejects", counts.rejects},
                     {"unflagged", counts.unflagged},     {"with_raw", counts.with_raw}, {"unvoted", counts.unvoted},
                     {"unrated", counts.unrated},         {"labels", counts.labels},     {"formats", counts.formats},
                     {"excluded", counts.excluded}};
  state["stacks"] = {{"kind", context.stacks.kind()}, {"count", context.stacks.all().size()}};
  state["anonymous_bytes"] = anonymous_bytes();
  state["decision_milliseconds"] = context.decisions.last_milliseconds();
  state["undo"] = context.decisions.undo_text();
  auto pictures = context.pictures.counters();
  state["pictures"] = {{"asked", pictures.asked},
                       {"decoded", pictures.decoded},
                       {"from_cache", pictures.from_cache},
                       {"failed", pictures.failed},
                       {"dropped", pictures.dropped},
                       {"uploads", pictures.uploads},
                       {"evicted", pictures.evicted},
                       {"texture_bytes", pictures.texture_bytes},
                       {"textures", pictures.texture_count},
                       {"full_bytes", pictures.full_bytes}};
  state["frame_milliseconds"] = cost_json(costs);
  state["jobs"] = jobs_json(context);
  state["notices"] = json::array();
  for (const auto &notice : context.notices)
    state["notices"].push_back({{"text", notice.text}, {"problem", notice.problem}});
  state["theme"] = context.settings.theme;
  state["scale"] = theme().scale;
  for (const auto &view : context.interface.views) {
    json own = json::object();
    view->describe(context, own);
    state["views"][std::string(view->name())] = std::move(own);
  }
  for (const auto &panel : context.interface.panels) {
    json own = json::object();
    panel->describe(context, own);
    own["open"] = panel->open;
    state["panels"][std::string(panel->name())] = std::move(own);
  }
  for (const auto &overlay : context.interface.overlays) {
    json own = json::object();
    overlay->describe(context, own);
    own["open"] = overlay->open;
    state["overlays"][std::string(overlay->name())] = std::move(own);
  }
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << state.dump(1, ' ', false, json::error_handler_t::replace) << '\n';
  stream.close();
  return stream ? std::string() : file + ": " + std::strerror(errno);
}

std::string window_title(const Context &context) {
  std::string title;
  if (context.shown.current() != no_item)
    title = shown_text(name_of(context.catalogue.item(context.shown.current()))) + " — ";
  if (context.opening.paths().size() == 1) {
    const auto &path = context.opening.paths().front();
    title += shown_text(std::string_view(path).substr(path.rfind('/') + 1)) + " — ";
  }
  return title + "Kalon";
}

}  // namespace kalon::viewer
