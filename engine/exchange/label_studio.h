#pragma once
// Comparisons of two pictures to and from Label Studio (https://labelstud.io/guide/task_format,
// https://labelstud.io/tags/pairwise).
//
// Written is what "Import" of a project takes: a JSON array with one task for each two pictures that were compared (in
// these places, under one criterion and prompt), and in it one annotation for each vote. The result of a choice is of
// type "pairwise" with {"selected": "left"} or "right", as Label Studio writes it. The tag has nothing for ties, and
// its documentation sends who wants them to Choices: so tie, both_bad and skip are results of a Choices tag "verdict",
// and skip is also was_cancelled. label_studio_config() is the configuration of the project that shows all of it.
// Pictures are named as local files, which Label Studio serves below its LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT.
// What a task has no place for goes along in the result under "kalon"; it is lost where somebody answers anew.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/task.h"
#include "exchange/vote_pairs.h"
#include "exchange/vote_rows.h"

namespace kalon {

struct LabelStudioReading {
  // Names of the two pictures in the data of a task; empty: left and right, image1 and image2, or any other two texts
  // whose names differ by left/right, 1/2, 0/1 or a/b alone.
  std::string left, right;
  // The folder that local files are named in; "/data/local-files/?d=a.jpg" becomes ROOT/a.jpg.
  std::string root = "/";
};

struct LabelStudioCounts {
  uint64_t tasks = 0, votes = 0;
  uint64_t unanswered = 0;  // annotations without a result that compares
};

// Label Studio's export as JSON. Each annotation is a vote: cancelled ones skip; with several pairwise results each is
// one, under the criterion of its from_name. The annotator is the e-mail of completed_by, or its number; the time
// created_at, the duration lead_time. A result that goes back to a vote of ours and was not changed since is this very
// vote, id included; others get an id that follows from project, task, annotation, result and answer, so that the same
// answers read again are the same votes. Predictions and drafts are passed over. What is wrong refuses the file, by
// line and task. [worker]
LabelStudioCounts read_label_studio(const std::string &path, const LabelStudioReading &reading, const TakeVote &take,
                                    Task &task);

struct LabelStudioWriting {
  std::string root = "/";  // absolute; pictures elsewhere fail
  // Whether the annotators' names are e-mails of members of the organisation there. Label Studio refuses files with any
  // others, so that without this annotations belong to whoever imports them.
  bool annotators_are_members = false;
};

// Counts annotations as rows; a vote over several is one for each two of different ranks, without its id, and one
// without ranks is left out. Holds about 100 bytes a vote. [worker]
ExportResult write_label_studio(const std::string &path, const GiveVotes &votes, const FindPicture &find,
                                const LabelStudioWriting &writing, Task &task);

// The labelling configuration of a project for these tasks. [any]
std::string_view label_studio_config();

}  // namespace kalon
