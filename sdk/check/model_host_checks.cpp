// What a model promises about its host.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "check.h"
#include "check_host.h"
#include "deadline.h"
#include "loaded_plugin.h"
#include "model_runs.h"

namespace kalon::check {
namespace {

using std::chrono::milliseconds;

// A batch that was cancelled ends as a whole, or picture by picture; those that are done are as good as ever.
void require_fair(const Model &model, const Attempt &made, const Outputs &expected) {
  if (made.status == KALON_CANCELLED) return;
  require(made.status == KALON_OK,
          model.name() + ": a cancelled run() gives " + status_text(made.status) + ": " + made.text);
  for (size_t p = 0; p < made.statuses.size(); ++p) {
    auto each = made.statuses[p];
    require(each == KALON_OK || each == KALON_CANCELLED,
            model.name() + ": a picture of a cancelled batch has " + (each == -1 ? "no status" : status_text(each)));
    if (each != KALON_OK) continue;
    for (size_t o = 0; o < expected.size(); ++o) {
      auto dimension = model.outputs[o].dimension;
      for (size_t i = p * dimension; i < (p + 1) * dimension; ++i) {
        double difference = std::abs(double{made.outputs[o][i]} - double{expected[o][i]});
        require(difference <= model.allowed_difference(o),
                model.name() + ": a picture of a cancelled batch has ok and wrong values");
      }
    }
  }
}

void cancel(const Subject &subject) {
  for (const auto &model : models(subject)) {
    Instance instance(model);
    auto inputs = pictures(model, subject.seed + 7, std::clamp<size_t>(model.about.preferred_batch * 2, 8, 64));
    std::vector<Attempt> cancelled;
    for (int after : {0, 20}) {
      set_cancelled(after == 0);
      {
        Deadline deadline(soon + after / 1000.0, model.name() + ": run() goes on for more than 3 s after its cancel");
        std::jthread later([&] {
          std::this_thread::sleep_for(milliseconds(after));
          set_cancelled(true);
        });
        cancelled.push_back(attempt(model, instance.get(), pointers(inputs)));
      }
      set_cancelled(false);
    }
    // Works on as if nothing had been.
    auto expected = run(model, instance.get(), pointers(inputs));
    require_alike(model, expected, run(model, Instance(model).get(), pointers(inputs)), "after a cancelled batch");
    for (const auto &made : cancelled) require_fair(model, made, expected);
  }
}

void callbacks(const Subject &subject) {
  for (const auto &model : models(subject)) {
    auto inputs = pictures(model, subject.seed + 8, 5);
    {
      Instance instance(model);
      run(model, instance.get(), pointers(inputs));
      require_no_host_faults_of_threads(model.name() + ": ");
    }
    require_no_host_faults(model.name() + ": ");
  }
}

void host_memory(const Subject &subject) {
  for (const auto &model : models(subject)) {
    Instance instance(model), second(model);
    auto inputs = pictures(model, subject.seed + 9, 3);
    for (auto *each : {&instance, &second}) run(model, each->get(), pointers(inputs));
  }
  require_memory_given_back(subject);
}

void bare_host(const Subject &subject) {
  choose_host(HostKind::bare);
  for (const auto &model : models(subject)) {
    auto inputs = pictures(model, subject.seed + 10, 3);
    run(model, Instance(model).get(), pointers(inputs));
  }
}

void later_structs(const Subject &subject) {
  choose_host(HostKind::later);
  for (const auto &model : models(subject)) {
    Instance instance(model);
    auto inputs = pictures(model, subject.seed + 11, 3);
    auto made = attempt(model, instance.get(), pointers(inputs), Structs::later);
    require(made.status == KALON_OK, model.name() + ": run() with structs of a later revision gives " +
                                         status_text(made.status) + ": " + made.text);
    require_alike(model, run(model, instance.get(), pointers(inputs)), made.outputs,
                  "with structs of a later revision");
  }
}

}  // namespace

std::vector<Check> model_host_checks() {
  return {{"model-cancel", "a cancelled batch ends soon, and the next one is as good as ever", cancel},
          {"model-callbacks", "the host is called on the right threads, and as it is meant", callbacks},
          {"model-host-memory", "memory of the host is kept within its bounds and given back", host_memory},
          {"model-bare-host", "models work without the host's services", bare_host},
          {"model-later-structs", "structs of later revisions are read as far as they are known", later_structs}};
}

}  // namespace kalon::check
