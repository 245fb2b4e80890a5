#include "exchange/json_pieces.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "exchange/table.h"

namespace kalon {
namespace {

using nlohmann::json;

constexpr int most_levels = 64;

bool is_space(int c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

JsonPieces::JsonPieces(const std::string &path) : input_(path) {
  int c = skip_spaces();
  if (c != '[' && c != '{')
    refuse(input_.line(), c < 0 ? "is empty; a JSON array or object is needed" : "begins no JSON array or object");
  object_ = c == '{';
  input_.get();
}

void JsonPieces::refuse(uint64_t line, const std::string &text, Status status) const {
  throw Error(status, "line " + std::to_string(line) + " " + text, name());
}

// The next byte that is no space, left where it is.
int JsonPieces::skip_spaces() {
  while (is_space(input_.peek())) input_.get();
  return input_.peek();
}

void JsonPieces::append(std::string &text, int c, uint64_t from) {
  if (c < 0) refuse(from, "begins a value that is never ended; the file may have been cut short");
  if (text.size() >= max_row_bytes)
    refuse(from, "begins a value longer than " + std::to_string(max_row_bytes >> 20) + " MiB", Status::limit_exceeded);
  text += static_cast<char>(c);
}

// A string with its quotes.
void JsonPieces::read_string(std::string &text, uint64_t from) {
  append(text, input_.get(), from);
  for (int c = 0; c != '"';) {
    c = input_.get();
    append(text, c, from);
    if (c == '\\') append(text, input_.get(), from);
  }
}

void JsonPieces::read_value(std::string &text) {
  auto from = input_.line();
  text.clear();
  int levels = 0;
  do {
    int c = input_.peek();
    if (c == '"') {
      read_string(text, from);
      continue;
    }
    if (levels == 0 && c != '[' && c != '{') {
      while (c >= 0 && !is_space(c) && c != ',' && c != ']' && c != '}') {
        append(text, input_.get(), from);
        c = input_.peek();
      }
      return;
    }
    levels += (c == '[' || c == '{') - (c == ']' || c == '}');
    if (levels > most_levels)
      refuse(input_.line(), "is nested deeper than " + std::to_string(most_levels) + " levels", Status::limit_exceeded);
    append(text, input_.get(), from);
  } while (levels > 0);
}

void JsonPieces::end_of_file() {
  ended_ = true;
  if (skip_spaces() >= 0) refuse(input_.line(), "has text behind the end of the JSON");
}

bool JsonPieces::next(Piece &piece) {
  if (ended_) return false;
  int c = skip_spaces();
  const int closing = object_ ? '}' : ']';
  if (c == closing) {
    input_.get();
    end_of_file();
    return false;
  }
  if (begun_) {
    if (c < 0) refuse(input_.line(), "ends before the JSON does; the file may have been cut short");
    if (c != ',') refuse(input_.line(), "has no comma between two values");
    input_.get();
    c = skip_spaces();
  }
  begun_ = true;
  piece.key.clear();
  if (object_) {
    if (c != '"') refuse(input_.line(), "has no name in quotes where a member of the object begins");
    Piece key{{}, {}, input_.line()};
    read_string(key.text, key.line);
    piece.key = parse(key).get<std::string>();
    if (skip_spaces() != ':') refuse(input_.line(), "has no colon behind a name");
    input_.get();
    c = skip_spaces();
  }
  piece.line = input_.line();
  read_value(piece.text);
  if (piece.text.empty())
    refuse(piece.line,
           c < 0 ? "ends before the JSON does; the file may have been cut short" : "has no value where one must be");
  return true;
}

json JsonPieces::parse(const Piece &piece) const {
  if (!valid_utf8(piece.text)) refuse(piece.line, "is not UTF-8; save the file as UTF-8");
  auto value = json::parse(piece.text, nullptr, false);
  if (value.is_discarded()) refuse(piece.line, "begins a value that is no JSON");
  return value;
}

}  // namespace kalon
