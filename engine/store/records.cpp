#include "store/records.h"

#include <cstring>

#include "schema_generated.h"
#include "store/verify.h"

namespace kalon {

std::optional<std::string_view> FileView::attribute(std::string_view name) const {
  for (size_t i = 0, count = attribute_count(); i < count; ++i) {
    auto [key, value] = attribute_at(i);
    if (key == name) return value;
  }
  return std::nullopt;
}

size_t FileView::attribute_count() const {
  const auto *attributes = record ? static_cast<const records::File *>(record)->attributes() : nullptr;
  return attributes ? attributes->size() : 0;
}

std::pair<std::string_view, std::string_view> FileView::attribute_at(size_t index) const {
  const auto *item =
      static_cast<const records::File *>(record)->attributes()->Get(static_cast<flatbuffers::uoffset_t>(index));
  return {records::text(item->name()), records::text(item->value())};
}

FileRow row_of(const FileView &view) {
  FileRow row;
  row.id = view.id;
  row.path = view.path;
  row.stat = view.stat;
  row.sidecars = view.sidecars;
  row.outcome = {view.status, std::string(view.status_text)};
  row.vanished = view.vanished;
  row.picture = view.picture;
  row.render = view.render;
  row.file_hash = view.file_hash;
  row.photo = view.photo;
  row.last_picture = view.last_picture;
  row.format = view.format;
  row.width = view.width;
  row.height = view.height;
  row.capture_time = view.capture_time;
  row.indexed_time = view.indexed_time;
  size_t count = view.attribute_count();
  row.attributes.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    auto [name, value] = view.attribute_at(i);
    row.attributes.push_back({std::string(name), std::string(value)});
  }
  return row;
}

namespace records {

const uint8_t *Aligned::copy(std::string_view record) {
  size_t words = (record.size() + 7) / 8;
  if (memory_.size() < words) memory_.resize(words);
  if (!record.empty()) std::memcpy(memory_.data(), record.data(), record.size());
  return reinterpret_cast<const uint8_t *>(memory_.data());
}

std::string encode(const FileRow &row) {
  flatbuffers::FlatBufferBuilder builder(512);
  auto path = bytes_vector(builder, row.path);
  auto status_text = optional_string(builder, row.outcome.text);
  auto format = optional_string(builder, row.format);
  auto attributes = attribute_vector(builder, row.attributes);
  Hash picture = stored(row.picture), render = stored(row.render), file_hash = stored(row.file_hash),
       photo = stored(row.photo), last_picture = stored(row.last_picture);
  FileBuilder file(builder);
  file.add_id(row.id);
  file.add_path(path);
  file.add_size(row.stat.size);
  file.add_mtime_nanoseconds(row.stat.mtime_ns);
  file.add_inode(row.stat.inode);
  file.add_device(row.stat.device);
  file.add_sidecars(row.sidecars);
  file.add_status(static_cast<int32_t>(row.outcome.status));
  if (!row.outcome.text.empty()) file.add_status_text(status_text);
  file.add_vanished(row.vanished);
  if (!row.picture.none()) file.add_picture(&picture);
  if (!row.render.none()) file.add_render(&render);
  if (!row.file_hash.none()) file.add_file_hash(&file_hash);
  if (!row.photo.none()) file.add_photo(&photo);
  if (!row.last_picture.none()) file.add_last_picture(&last_picture);
  if (!row.format.empty()) file.add_format(format);
  file.add_width(row.width);
  file.add_height(row.height);
  file.add_capture_time(row.capture_time);
  file.add_indexed_time(row.indexed_time);
  if (!row.attributes.empty()) file.add_attributes(attributes);
  return finish(builder, file.Finish());
}

bool decode(std::string_view record, Aligned &memory, FileView &view) {
  const auto *file = verified<File>(record, memory);
  if (!file) return false;
  view.id = file->id();
  view.path = bytes(file->path());
  view.stat = {file->size(), file->mtime_nanoseconds(), file->inode(), file->device()};
  view.sidecars = file->sidecars();
  view.status = static_cast<Status>(file->status());
  view.status_text = text(file->status_text());
  view.vanished = file->vanished();
  view.picture = plain(file->picture());
  view.render = plain(file->render());
  view.file_hash = plain(file->file_hash());
  view.photo = plain(file->photo());
  view.last_picture = plain(file->last_picture());
  view.format = text(file->format());
  view.width = file->width();
  view.height = file->height();
  view.capture_time = file->capture_time();
  view.indexed_time = file->indexed_time();
  view.record = file;
  return true;
}

std::string encode(const std::vector<kalon::Attribute> &attributes) {
  flatbuffers::FlatBufferBuilder builder(512);
  auto items = attribute_vector(builder, attributes);
  return finish(builder, CreateAttributes(builder, items));
}

bool decode(std::string_view record, std::vector<kalon::Attribute> &attributes) {
  Aligned memory;
  const auto *stored_attributes = verified<Attributes>(record, memory);
  if (!stored_attributes) return false;
  attributes.clear();
  if (const auto *items = stored_attributes->items())
    for (const auto *item : *items)
      attributes.push_back({std::string(text(item->name())), std::string(text(item->value()))});
  return true;
}

std::string encode(const StoredSpace &stored_space) {
  const kalon::Space &space = stored_space.space;
  flatbuffers::FlatBufferBuilder builder(256);
  auto model = builder.CreateString(space.key.model), weights_hash = builder.CreateString(space.key.weights_hash),
       output = builder.CreateString(space.key.output), policy = builder.CreateString(space.key.policy),
       precision = builder.CreateString(space.key.precision);
  return finish(builder, CreateSpace(builder, space.id, model, weights_hash, output, policy, precision,
                                     space.key.dimension, space.key.metric, space.rows, stored_space.rows_per_block));
}

bool decode(std::string_view record, StoredSpace &stored_space) {
  Aligned memory;
  const auto *found = verified<records::Space>(record, memory);
  if (!found) return false;
  kalon::Space &space = stored_space.space;
  space.id = found->id();
  space.rows = found->rows();
  space.key.model = text(found->model());
  space.key.weights_hash = text(found->weights_hash());
  space.key.output = text(found->output());
  space.key.policy = text(found->policy());
  space.key.precision = text(found->precision());
  space.key.dimension = found->dimension();
  space.key.metric = found->metric();
  stored_space.rows_per_block = found->rows_per_block();
  return space.key.dimension > 0 && stored_space.rows_per_block > 0;
}

std::string encode(const kalon::Operation &operation) {
  flatbuffers::FlatBufferBuilder builder(256);
  auto folder = bytes_vector(builder, operation.folder);
  auto kind = builder.CreateString(operation.kind);
  return finish(builder, CreateOperation(builder, operation.id, operation.time, folder, kind, operation.undone,
                                         operation.items, operation.others));
}

bool decode(std::string_view record, kalon::Operation &operation) {
  Aligned memory;
  const auto *found = verified<records::Operation>(record, memory);
  if (!found) return false;
  operation = {found->id(),
               found->time(),
               std::string(bytes(found->folder())),
               std::string(text(found->kind())),
               found->undone(),
               found->items(),
               found->others()};
  return true;
}

std::string encode(const kalon::PlacedItem *items, size_t count) {
  flatbuffers::FlatBufferBuilder builder(4096);
  std::vector<flatbuffers::Offset<records::PlacedItem>> offsets;
  offsets.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    auto source = bytes_vector(builder, items[i].source), name = bytes_vector(builder, items[i].name);
    offsets.push_back(
        CreatePlacedItem(builder, source, name, items[i].mtime_ns, items[i].mode, items[i].source_mtime_ns));
  }
  return finish(builder, CreateOperationItems(builder, builder.CreateVector(offsets)));
}

bool decode(std::string_view record, std::vector<kalon::PlacedItem> &items) {
  Aligned memory;
  const auto *found = verified<OperationItems>(record, memory);
  if (!found) return false;
  if (const auto *list = found->items())
    for (const auto *item : *list)
      items.push_back({std::string(bytes(item->source())), std::string(bytes(item->name())), item->mtime_nanoseconds(),
                       item->mode(), item->source_mtime_nanoseconds()});
  return true;
}

}  // namespace records
}  // namespace kalon
