#pragma once
// A library of a test, and methods run on it as a host runs them.

#include <nlohmann/json.hpp>

#include "facade/methods.h"
#include "temporary_folder.h"

struct Rows : kalon::RowSink {
  std::vector<nlohmann::json> all;
  void row(std::string_view text) override { all.push_back(nlohmann::json::parse(text)); }
};

struct Shelf {
  TemporaryFolder folder;
  kalon::OpenLibrary open{kalon::Library::open(folder / "library"), nullptr, nullptr};
  kalon::Registry registry{std::vector<std::string>{}};
  kalon::Task task;
  Rows rows;  // of the method that was run last

  // The status and the summary.
  std::pair<kalon::Status, nlohmann::json> run(const std::string &method, const nlohmann::json &parameters) {
    rows.all.clear();
    kalon::Parameters given(parameters.dump());
    auto ending = kalon::method_named(method).run({given, task, rows, registry, &open});
    return {ending.status, nlohmann::json::parse(ending.summary)};
  }
};
