// Operations on files, so that they can be undone.

#include <algorithm>

#include "base/clock.h"
#include "store/database.h"
#include "store/state.h"

namespace kalon {
namespace {

using layout::Key;
using layout::key_of;

constexpr size_t items_per_chunk = 512;

Operation operation_at(const Reader::State &state, uint64_t id) {
  std::string_view record;
  Operation operation;
  if (!state.get(layout::operations, key_of(id).view(), record))
    throw Error(Status::not_found, "no operation has the number " + std::to_string(id));
  if (!records::decode(record, operation) || operation.id != id) damaged(state, "operations");
  return operation;
}

void store(Reader::State &state, const Operation &operation) {
  database::put(state.use(), state.table(layout::operations), key_of(operation.id).view(), records::encode(operation));
}

}  // namespace

std::vector<Operation> Reader::operations() const {
  std::vector<Operation> operations;
  database::Cursor cursor(state_->use(), state_->table(layout::operations));
  for (bool more = cursor.last(); more; more = cursor.previous()) {
    Operation operation;
    if (!records::decode(cursor.value, operation)) damaged(*state_, "operations");
    operations.push_back(std::move(operation));
  }
  return operations;
}

std::vector<PlacedItem> Reader::operation_items(uint64_t operation) const {
  std::vector<PlacedItem> items;
  auto key = key_of(operation);
  database::Cursor cursor(state_->use(), state_->table(layout::operation_items));
  for (bool more = cursor.seek(key.view()); more && cursor.key.starts_with(key.view()); more = cursor.next())
    if (!records::decode(cursor.value, items)) damaged(*state_, "operation_items");
  return items;
}

uint64_t Writer::begin_operation(const std::string &folder, const std::string &kind) {
  Operation operation;
  operation.id = state_->take_number(layout::next_operation_key);
  operation.time = now_microseconds();
  operation.folder = folder;
  operation.kind = kind;
  store(*state_, operation);
  return operation.id;
}

void Writer::add_operation_items(uint64_t id, std::span<const PlacedItem> items, uint64_t others) {
  Operation operation = operation_at(*state_, id);
  operation.others += others;
  while (!items.empty()) {
    auto chunk = items.first(std::min(items.size(), items_per_chunk));
    database::put(state_->use(), state_->table(layout::operation_items),
                  Key().number(id).number(operation.items).view(), records::encode(chunk.data(), chunk.size()));
    operation.items += chunk.size();
    items = items.subspan(chunk.size());
  }
  store(*state_, operation);
}

void Writer::set_operation_undone(uint64_t id) {
  Operation operation = operation_at(*state_, id);
  operation.undone = true;
  store(*state_, operation);
}

}  // namespace kalon
