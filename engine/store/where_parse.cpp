// Text to expression: a lexer and a parser by recursive descent.

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "store/fold.h"
#include "store/where_tree.h"

namespace kalon::where {
namespace {

constexpr size_t longest_text = 64 * 1024;
constexpr int deepest = 100;

struct Token {
  enum class Type { end, word, quoted, symbol };
  Type type = Type::end;
  std::string text;
  size_t position = 0;  // in bytes
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  [[noreturn]] void fail(size_t position, const std::string &what) const {
    // People count characters from 1.
    auto counts = [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; };
    auto characters = std::count_if(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(position), counts);
    throw Error(Status::invalid_argument,
                "the filter is wrong at character " + std::to_string(characters + 1) + ": " + what,
                display_text(shorten_utf8(text_, 200)));
  }

  Token next() {
    while (at_ < text_.size() && space(text_[at_])) ++at_;
    Token token;
    token.position = at_;
    if (at_ == text_.size()) return token;
    char first = text_[at_];
    if (first == '"' || first == '\'') return quoted(token, first);
    if (ends_word()) {
      token.type = Token::Type::symbol;
      token.text = first;
      ++at_;
      bool pair = first == '<' || first == '>' || first == '!';
      if (pair && at_ < text_.size() && text_[at_] == '=') token.text += text_[at_++];
      return token;
    }
    token.type = Token::Type::word;
    while (at_ < text_.size() && !space(text_[at_]) && !ends_word()) token.text += text_[at_++];
    return token;
  }

 private:
  static bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  // A ! alone is a plain character: [!a-z].
  bool ends_word() const {
    if (text_[at_] == '!') return text_.substr(at_, 2) == "!=";
    return std::string_view("()\"'=<>~").find(text_[at_]) != std::string_view::npos;
  }

  Token quoted(Token &token, char quote) {
    token.type = Token::Type::quoted;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == quote) {
        ++at_;
        return token;
      }
      // A backslash keeps the quote or itself; before anything else it is a plain character.
      bool escapes = c == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == quote || text_[at_ + 1] == '\\');
      token.text += escapes ? text_[++at_] : c;
    }
    fail(token.position, "this quote is never closed");
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::string shown(const Token &token) {
  return token.type == Token::Type::end ? "the end" : "'" + display_text(shorten_utf8(token.text, 60)) + "'";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  Expression whole() {
    if (token_.type == Token::Type::end) return {};
    Expression expression = any(0);
    if (token_.type != Token::Type::end) expected("and, or, or the end");
    return expression;
  }

 private:
  void advance() { token_ = lexer_.next(); }

  [[noreturn]] void expected(const std::string &what) const {
    lexer_.fail(token_.position, "expected " + what + ", found " + shown(token_));
  }

  bool keyword(std::string_view word) const {
    return token_.type == Token::Type::word && ascii_lower(token_.text) == word;
  }
  bool symbol(std::string_view text) const { return token_.type == Token::Type::symbol && token_.text == text; }

  Expression any(int depth) {
    return chain(Expression::Form::any, "or", depth, [&] { return all(depth); });
  }
  Expression all(int depth) {
    return chain(Expression::Form::all, "and", depth, [&] { return condition(depth); });
  }

  template <typename Part>
  Expression chain(Expression::Form form, std::string_view word, int depth, Part part) {
    if (depth > deepest) lexer_.fail(token_.position, "this is nested too deep");
    Expression first = part();
    if (!keyword(word)) return first;
    Expression chained;
    chained.form = form;
    chained.parts.push_back(std::move(first));
    while (keyword(word)) {
      advance();
      chained.parts.push_back(part());
    }
    return chained;
  }

  Expression condition(int depth) {
    if (depth > deepest) lexer_.fail(token_.position, "this is nested too deep");
    if (keyword("not")) {
      advance();
      Expression negation;
      negation.form = Expression::Form::negation;
      negation.parts.push_back(condition(depth + 1));
      return negation;
    }
    if (symbol("(")) {
      size_t opened = token_.position;
      advance();
      Expression inside = any(depth + 1);
      if (!symbol(")")) {
        if (token_.type == Token::Type::end) lexer_.fail(opened, "this ( is never closed");
        expected("and, or, or )");
      }
      advance();
      return inside;
    }
    return comparison();
  }

  Expression comparison() {
    for (std::string_view reserved : {"and", "or", "is"})
      if (keyword(reserved)) expected("the name of a column");
    if (token_.type != Token::Type::word && token_.type != Token::Type::quoted) expected("the name of a column");
    Expression result;
    result.form = Expression::Form::comparison;
    ColumnDescription column = column_named(token_.text);
    result.column = column.column;
    result.kind = column.kind;
    if (column.column == Column::attribute) result.name = token_.text;
    std::string name = token_.text;
    advance();

    if (keyword("is")) {
      advance();
      bool turned = keyword("not");
      if (turned) advance();
      if (!keyword("known") && !keyword("unknown")) expected("known or unknown");
      result.comparison = keyword("known") != turned ? Operator::known : Operator::unknown;
      advance();
      return result;
    }
    static constexpr std::pair<std::string_view, Operator> operators[] = {
        {"=", Operator::equal},       {"!=", Operator::not_equal}, {"<", Operator::less},
        {"<=", Operator::less_equal}, {">", Operator::greater},    {">=", Operator::greater_equal},
        {"~", Operator::matches},
    };
    auto found =
        std::find_if(std::begin(operators), std::end(operators), [&](const auto &o) { return symbol(o.first); });
    if (found == std::end(operators)) expected("= != < <= > >= ~ or is after " + display_text(shorten_utf8(name, 60)));
    result.comparison = found->second;
    if (result.comparison == Operator::matches && result.kind != Kind::text)
      expected("= != < <= > or >= for " + name + ", which is no text");
    advance();
    value(result, name);
    return result;
  }

  void value(Expression &result, const std::string &name) {
    if (token_.type != Token::Type::word && token_.type != Token::Type::quoted) expected("a value");
    std::string_view text = token_.text;
    if (result.column == Column::extension && text.starts_with('.')) text.remove_prefix(1);
    result.folded = fold(text);
    result.number = number_in(text);
    if (result.kind == Kind::number && !result.number) expected("a number for " + name);
    if (result.kind == Kind::time) {
      auto time = time_in(text);
      if (!time) expected("a date like 2024, 2024-05-31 or \"2024-05-31 18:30\" for " + name);
      result.time = *time;
    }
    if (result.column == Column::vanished && result.comparison != Operator::matches) {
      bool yes = result.folded == "true" || result.folded == "yes" || result.folded == "1";
      bool no = result.folded == "false" || result.folded == "no" || result.folded == "0";
      if (!yes && !no) expected("true or false for " + name);
      result.folded = yes ? "true" : "false";
    }
    advance();
  }

  Lexer lexer_;
  Token token_;
};

}  // namespace

Expression parse(std::string_view text) {
  if (text.size() > longest_text) throw Error(Status::invalid_argument, "the filter is longer than 64 KiB");
  return Parser(text).whole();
}

}  // namespace kalon::where
