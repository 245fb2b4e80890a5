// Rows of files against their indexes, and imported attributes.

#include "base/text.h"
#include "store/changes.h"
#include "store/check.h"
#include "store/database.h"
#include "store/faults.h"
#include "store/spellings.h"
#include "store/state.h"

namespace kalon {

void check_files(Reader::State &state, std::vector<std::string> &faults) {
  using layout::key_of;
  MDB_txn *transaction = state.use();
  Faults fault(faults);
  uint64_t rows = 0, pictures = 0, photos = 0, next = state.number(layout::next_file_key);
  {
    database::Cursor cursor(transaction, state.table(layout::files));
    database::Cursor by_picture(transaction, state.table(layout::pictures));
    database::Cursor by_photo(transaction, state.table(layout::photos));
    bool indexed_photos = state.table(layout::photos) != database::no_table;  // not so in an older library
    records::Aligned memory;
    for (bool more = cursor.first(); more; more = cursor.next()) {
      ++rows;
      FileView view;
      if (!records::decode(cursor.value, memory, view)) {
        fault("files: the row of " + display_text(cursor.key) + " is damaged");
        continue;
      }
      std::string name = display_text(view.path.substr(0, 300));
      if (layout::path_key(view.path) != cursor.key) fault("files: the row of " + name + " stands under another path");
      std::string_view key;
      auto id = key_of(view.id);
      if (!database::get(transaction, state.table(layout::ids), id.view(), key) || key != cursor.key)
        fault("ids: the number of " + name + " leads elsewhere");
      if (view.id == 0 || view.id >= next) fault("files: " + name + " has a number that was never given");
      if (indexed_photos && changes::shares_photo(view.picture, view.photo)) {
        ++photos;
        if (!by_photo.pair(key_of(view.photo).view(), id.view())) fault("photos: " + name + " is missing");
      }
      if (view.picture.none()) continue;
      ++pictures;
      if (!by_picture.pair(key_of(view.picture).view(), id.view())) fault("pictures: " + name + " is missing");
    }
  }
  fault.count("ids", database::count(transaction, state.table(layout::ids)), rows);
  fault.count("pictures", database::count(transaction, state.table(layout::pictures)), pictures);
  fault.count("photos", database::count(transaction, state.table(layout::photos)), photos);

  {
    database::Cursor cursor(transaction, state.table(layout::spellings));
    for (bool more = cursor.first(); more; more = cursor.next())
      if (key_of(hash_of(nfc(cursor.value))).hash(hash_of(cursor.value)).view() != cursor.key)
        fault("spellings: " + display_text(cursor.value) + " stands under another name");
  }
  std::vector<Attribute> ignored;
  database::Cursor cursor(transaction, state.table(layout::attributes));
  for (bool more = cursor.first(); more; more = cursor.next())
    if (cursor.key.size() != 16 || !records::decode(cursor.value, ignored))
      fault("attributes: those of picture " + layout::read_hash(cursor.key).hex() + " are damaged");
}

}  // namespace kalon
