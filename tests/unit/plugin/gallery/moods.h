#pragma once
// What the moody plugins of the gallery do with a picture, by its first byte: for tests of those that call them.

namespace moods {

enum Mood : unsigned char {
  calm = 0,         // gives the second byte
  crash = 1,        // a bad address
  hang = 2,         // never returns
  leave = 3,        // ends the process as if all were well
  chatter = 4,      // writes to standard output and error, then crashes
  process = 5,      // gives the process's id
  crowd = 6,        // gives how many threads are inside, after a while
  obey = 7,         // works until it is asked to end, then says cancelled
  crash_once = 8,   // crashes while the file MOODY_MARKER is there, and removes it first
  descriptors = 9,  // gives how many open descriptors are neither the standard ones nor the worker's own
  not_a_number = 10,
  busy = 11,      // takes two deadlines, with signs of life
  fails = 12,     // throws for this picture alone
  scribble = 13,  // writes over its input
};

}  // namespace moods
