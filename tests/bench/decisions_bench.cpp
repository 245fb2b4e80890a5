// What decisions cost through kalon.hpp: bench_decisions LIBKALON LIBRARY COUNT prints name, milliseconds and, of
// these, the process's CPU time, one a line. COUNT files of the library, spread evenly over it, are rated, flagged and
// labelled in one call each, and more.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "kalon/kalon.hpp"

namespace {

double milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Host {
 public:
  Host(const std::string &kalon, const std::string &folder)
      : engine_(kalon::host::Engine::load(kalon, "bench", "0")), library_(engine_, folder, true) {}

  // The summary; takes every row.
  std::string run(
      const std::string &method, const std::string &parameters,
      const std::function<void(std::string_view)> &row = [](std::string_view) {}) {
    kalon::host::Task task(engine_, library_, method, parameters);
    while (!task.pump(1000, row)) {
    }
    return task.finish().second;
  }

 private:
  kalon::host::Engine engine_;
  kalon::host::Library library_;
};

std::string member(std::string_view json, std::string_view name) {
  auto begin = json.find("\"" + std::string(name) + "\":\"");
  if (begin == std::string_view::npos) return {};
  begin += name.size() + 4;
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  auto count = std::strtoull(argv[3], nullptr, 10);
  Host host(argv[1], argv[2]);
  std::vector<std::string> uris;
  host.run("list", "{}", [&](std::string_view row) { uris.push_back(member(row, "uri")); });
  std::string paths = "[";
  for (size_t i = 0; i < count; ++i) paths += (i ? ",\"" : "\"") + uris[i * uris.size() / count] + '"';
  paths += "]";

  auto timed = [&](const char *name, int runs, const std::function<void()> &work) {
    std::vector<double> wall, cpu;
    for (int i = 0; i < runs; ++i) {
      double begin = milliseconds(), cpu_begin = cpu_milliseconds();
      work();
      wall.push_back(milliseconds() - begin);
      cpu.push_back(cpu_milliseconds() - cpu_begin);
    }
    std::printf("%s %.3f %.3f\n", name, median(wall), median(cpu));
  };
  auto list = [&] { host.run("list", "{}"); };
  timed("list", 3, list);
  auto cursor = member(host.run("changes", "{}"), "cursor");
  timed("unchanged", 1000, [&] { host.run("changes", "{\"since\":\"" + cursor + "\"}"); });

  int turn = 0;
  std::string summary;
  timed("rate_first", 1, [&] { summary = host.run("rate", "{\"paths\":" + paths + ",\"rating\":5}"); });
  timed("changes", 1, [&] { host.run("changes", "{\"since\":\"" + cursor + "\"}"); });
  timed("rate", 7,
        [&] { summary = host.run("rate", "{\"paths\":" + paths + ",\"rating\":" + std::to_string(turn++ % 6) + "}"); });
  timed("flag", 7,
        [&] { host.run("flag", "{\"paths\":" + paths + ",\"flag\":\"" + (turn++ % 2 ? "pick" : "none") + "\"}"); });
  timed("label", 7,
        [&] { host.run("label", "{\"paths\":" + paths + ",\"label\":\"" + (turn++ % 2 ? "red" : "green") + "\"}"); });
  auto action = member(summary, "action");
  timed("undo_and_redo", 5, [&] {
    auto back = host.run("undo", "{\"action\":\"" + action + "\"}");
    host.run("undo", "{\"action\":\"" + member(back, "action") + "\"}");
  });
  timed("history", 5, [&] { host.run("history", "{}"); });
  timed("list_decided", 3, list);
}
