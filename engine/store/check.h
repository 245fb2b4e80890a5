#pragma once
// The library's own examination.

#include <string>
#include <vector>

#include "store/library.h"

namespace kalon {

// One line for each fault, at most most_faults of each kind. [worker]
std::vector<std::string> check_library(Reader::State &state);
// The parts of it, see check.cpp, check_files.cpp, check_results.cpp.
void check_files(Reader::State &state, std::vector<std::string> &faults);
void check_vectors(Reader::State &state, std::vector<std::string> &faults);
void check_events(Reader::State &state, std::vector<std::string> &faults);
void check_operations(Reader::State &state, std::vector<std::string> &faults);
void check_fingerprints(Reader::State &state, std::vector<std::string> &faults);
void check_scores(Reader::State &state, std::vector<std::string> &faults);
void check_named_bytes(Reader::State &state, std::vector<std::string> &faults);

}  // namespace kalon
