// Records of a library, as a damaged disk may give them.
#include "store/records.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view record(reinterpret_cast<const char *>(data), size);
  kalon::records::Aligned memory;
  kalon::FileView view;
  if (kalon::records::decode(record, memory, view)) {
    kalon::row_of(view);
    view.attribute("rating");
  }
  std::vector<kalon::Attribute> attributes;
  kalon::records::decode(record, attributes);
  kalon::records::StoredSpace space;
  kalon::records::decode(record, space);
  kalon::Event event;
  kalon::records::decode(record, event);
  kalon::Operation operation;
  kalon::records::decode(record, operation);
  std::vector<kalon::PlacedItem> items;
  kalon::records::decode(record, items);
  promise(items.size() <= size, "no more items than bytes");
  return 0;
}
