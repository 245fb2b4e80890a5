#include "panels/tasks_results.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "library/opening.h"
#include "shell/context.h"
#include "widgets/widgets.h"

namespace kalon::viewer {
namespace {

using Json = nlohmann::json;

constexpr std::array<StartableTask, 6> tasks{
    {{"index", "Index pictures", "Looks at every picture of what is open, so that it can be compared with others."},
     {"sort", "Put in visual order", "Orders the grid so that pictures which look alike lie side by side."},
     {"duplicates", "Find duplicates", "Stacks pictures that are the same, or nearly, with the one to keep on top."},
     {"groups", "Make groups", "Stacks pictures that look alike, or were shot in a burst."},
     {"outliers", "Find outliers", "Sorts the grid by how strange a picture is among the others."},
     {"grid", "Lay out the map", "Places pictures of like kind beside each other on a square."}}};

std::string text_member(const Json &row, const char *name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ItemIndex item_of(const Catalogue &catalogue, const Json &row) {
  if (const auto uri = text_member(row, "uri"); !uri.empty()) {
    if (const auto item = catalogue.with_path(path_of(uri)); item != no_item) return item;
  }
  const auto photo = text_member(row, "photo");
  return photo.empty() ? no_item : catalogue.with_photo(photo);
}

// What rows of a job told until now.
struct Gathered {
  std::vector<ItemIndex> order;
  std::vector<std::pair<ItemIndex, double>> scores;
  std::vector<Stack> stacks;
  std::string lines;  // of a grid
};

void gather(const Catalogue &catalogue, const Json &row, Gathered &gathered) {
  if (const auto files = row.find("files"); files != row.end() && files->is_array()) {
    Stack stack;
    const auto keep = catalogue.with_path(path_of(text_member(row, row.contains("keep") ? "keep" : "best")));
    stack.why = text_member(row, row.contains("reason") ? "reason" : "best_by");
    for (const char *name : {"similarity", "min_similarity"}) {
      if (const auto found = row.find(name); found != row.end() && found->is_number()) stack.similarity = *found;
    }
    for (const auto &file : *files) {
      if (!file.is_object()) continue;
      const auto item = item_of(catalogue, file);
      if (item == no_item || std::find(stack.items.begin(), stack.items.end(), item) != stack.items.end()) continue;
      if (item == keep) {
        stack.items.insert(stack.items.begin(), item);
      } else {
        stack.items.push_back(item);
      }
    }
    if (stack.items.size() > 1) gathered.stacks.push_back(std::move(stack));
    return;
  }
  const auto item = item_of(catalogue, row);
  if (item == no_item) return;
  gathered.order.push_back(item);
  if (const auto score = row.find("score"); score != row.end() && score->is_number()) {
    gathered.scores.emplace_back(item, score->get<double>());
  }
}

// The map takes a file as `kalon grid --json` writes it.
void show_map(Context &context, const std::string &lines) {
  std::error_code error;
  auto file = (std::filesystem::temp_directory_path(error) / "kalon-map-XXXXXX").native();
  const int made = error ? -1 : ::mkstemp(file.data());
  if (made < 0) {
    context.complain("The map cannot be shown: there is no folder for temporary files.");
    return;
  }
  ::close(made);
  std::ofstream out(file, std::ios::binary);
  out << lines;
  out.close();
  std::string why = "the disk for temporary files is full";
  if (out.fail() || !context.commands.run(context, "map-load", file, &why)) {
    context.complain("The map cannot be shown: " + why + ".");
  }
  std::filesystem::remove(file, error);
}

void show(Context &context, const std::string &method, const Json &parameters, Gathered gathered) {
  if (method == "sort" && !gathered.order.empty()) {
    context.shown.set_order(std::move(gathered.order));
    context.shown.set_sorting({"order", false});
  } else if (method == "outliers" && !gathered.scores.empty()) {
    constexpr auto column = column_names::outliers;
    context.catalogue.put_column(column);
    for (const auto &[item, score] : gathered.scores) context.catalogue.set_number(column, item, score);
    context.shown.set_sorting({std::string(column), true});
  } else if (method == "duplicates" || method == "groups") {
    const auto by = text_member(parameters, "by");
    const auto *kind = method == "duplicates" ? "duplicates" : by == "burst" ? "burst" : "similar";
    context.stacks.set(kind, std::move(gathered.stacks));
  }
  if (method == "grid" && !gathered.lines.empty()) show_map(context, gathered.lines);
  context.animate();
}

}  // namespace

const StartableTask *startable_tasks(size_t &count) {
  count = tasks.size();
  return tasks.data();
}

bool start_task(Context &context, std::string_view method, std::string_view parameters, std::string *why) {
  if (context.session.library() == nullptr) {
    *why = "There is no library, so that nothing can be kept: " + context.session.failure();
    return false;
  }
  auto json = Json::parse(parameters.empty() ? "{}" : parameters, nullptr, false);
  if (!json.is_object()) {
    *why = "The parameters must be a JSON object, like {\"level\": 0.9}.";
    return false;
  }
  const auto task =
      std::find_if(tasks.begin(), tasks.end(), [&](const StartableTask &one) { return one.method == method; });
  const bool about_pictures = task != tasks.end();
  if (about_pictures && !json.contains("paths") && !context.opening.paths().empty()) {
    for (const auto &path : context.opening.paths()) json["paths"].push_back(uri_of(path));
  }
  if (method == "index" && !json.contains("paths")) {
    *why = "Open a folder first: the whole library has none of its own to index.";
    return false;
  }
  // Without a folder to place links in, the order alone is wanted.
  if (method == "sort" && !json.contains("to")) json["dry_run"] = true;
  const auto title = about_pictures ? std::string(task->title) : std::string(method);
  const auto name = std::string(method);
  auto gathered = std::make_shared<Gathered>();
  Jobs::Rows take;
  if (name == "sort" || name == "outliers" || name == "duplicates" || name == "groups") {
    take = [&context, gathered](std::span<const std::string> rows) {
      for (const auto &text : rows) {
        const auto row = Json::parse(text, nullptr, false);
        if (row.is_object()) gather(context.catalogue, row, *gathered);
      }
    };
  } else if (name == "grid") {
    take = [gathered](std::span<const std::string> rows) {
      for (const auto &text : rows) gathered->lines += text + "\n";
    };
  }
  context.jobs.start(
      title, name, json.dump(-1, ' ', false, Json::error_handler_t::replace), std::move(take),
      [&context, name, title, json, gathered, opened = context.opening.generation()](const Answer &answer) {
        if (answer.status == KALON_CANCELLED) return;
        if (!answer.ok()) {
          context.complain(title + ": " + answer.message);
          return;
        }
        // Items are others when something else was opened meanwhile.
        if (opened == context.opening.generation()) show(context, name, json, std::move(*gathered));
      });
  context.animate();
  return true;
}

}  // namespace kalon::viewer
