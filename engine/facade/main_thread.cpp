#include "facade/main_thread.h"

#include <string>

#include "base/error.h"
#include "base/log.h"

namespace kalon {

void MainThread::refuse(const char *function) {
  auto text = std::string(function) + "() carries the thread tag [main]: call it on the thread that called init()";
  log(LogLevel::error, text);
  throw Error(Status::invalid_argument, text);
}

}  // namespace kalon
