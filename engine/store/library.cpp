#include "store/library.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "store/changes.h"
#include "store/check.h"
#include "store/database.h"
#include "store/migrate.h"
#include "store/network.h"
#include "store/random_hash.h"
#include "store/state.h"

namespace kalon {
namespace {

uint64_t random_number() {
  return layout::read_number<uint64_t>(layout::key_of(random_hash()).view());
}

class OpenLibrary : public Library {
 public:
  OpenLibrary(std::shared_ptr<Environment> environment, std::string folder, Access access)
      : environment_(std::move(environment)), folder_(std::move(folder)), access_(access) {}

  const std::string &folder() const override { return folder_; }
  Access access() const override { return access_; }
  Reader read() override { return Reader(std::make_unique<Reader::State>(environment_, false, 0)); }
  Writer write() override {
    require_write();
    return Writer(std::make_unique<Reader::State>(environment_, true, writer_id_));
  }
  std::vector<std::string> check() override {
    Reader reader = read();
    return check_library(*reader.state());
  }
  void copy_to(const std::string &target) override;
  void compact() override {
    require_write();
    environment_->compact();
  }

 private:
  void require_write() const {
    if (access_ != Access::write)
      throw Error(Status::read_only, "was opened for reading; open it for writing, or name another with --library",
                  display_text(folder_));
  }

  std::shared_ptr<Environment> environment_;
  std::string folder_;
  Access access_;
  uint64_t writer_id_ = random_number();
};

void OpenLibrary::copy_to(const std::string &target) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(target, error);
  if (error) throw system_error(error.value(), "cannot make the copy's folder", display_text(target));
  if (!fs::is_empty(target, error) || error)
    throw Error(Status::invalid_argument, "is not an empty folder; a copy goes into a new or empty one",
                display_text(target));
  // Only a whole copy gets the name under which it is opened.
  std::string partial = target + "/data.mdb.partial", whole = target + "/data.mdb";
  environment_->copy_to(partial);
  fs::rename(partial, whole, error);
  if (error) throw system_error(error.value(), "cannot name the copy", display_text(target));
}

uint64_t accept_schema(const std::string &folder, MDB_txn *transaction, unsigned meta) {
  std::string_view value;
  if (!database::get(transaction, meta, layout::schema_key, value) || value.size() != 8)
    throw Error(Status::corrupt_data, "holds no library of Kalon: its schema version is missing", display_text(folder));
  auto version = layout::read_number<uint64_t>(value);
  if (version > layout::schema_version)
    throw Error(Status::unsupported,
                "was written by a newer Kalon (schema " + std::to_string(version) + "; this one knows " +
                    std::to_string(layout::schema_version) +
                    "); nothing was changed; use that Kalon, or name another "
                    "library with --library",
                display_text(folder));
  if (version < 1) throw Error(Status::corrupt_data, "has a schema version of 0", display_text(folder));
  return version;
}

}  // namespace

std::shared_ptr<Library> Library::open(const std::string &folder, const OpenOptions &options) {
  namespace fs = std::filesystem;
  if (folder.empty() || folder.find('\0') != std::string::npos)
    throw Error(Status::invalid_argument, "a library needs the path of a folder");
  std::error_code error;
  fs::path path = fs::absolute(folder, error);
  if (!error) path = fs::weakly_canonical(path, error);
  if (error) throw system_error(error.value(), "cannot open the library", display_text(folder));
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  const std::string &name = path.native();
  bool writes = options.access == Access::write;

  bool present = fs::exists(path, error);
  if (present && !fs::is_directory(path, error))
    throw Error(Status::invalid_argument, "is not a folder; a library is one", display_text(name));
  if (!writes && (!present || !Environment::exists(name)))
    throw Error(Status::not_found, "holds no library; make one with `kalon index`, or name another with --library",
                display_text(name));
  // Somebody's folder of pictures is not the place for it. (Locks and a cache may outlive a library that was deleted,
  // an empty file is what a crash in its first moment leaves, and locks are what another process makes first.)
  if (writes && present && !Environment::exists(name))
    for (const auto &entry : fs::directory_iterator(path, error))
      if (auto inside = entry.path().filename(); inside != "data.mdb" && inside != "lock.mdb" &&
                                                 inside != "library.lock" && inside != "cache" &&
                                                 !inside.native().starts_with('.'))
        throw Error(Status::invalid_argument, "holds no library but other files; name a new or empty folder for one",
                    display_text(name));
  refuse_network(name, options.file_system);
  if (!present && !fs::create_directories(path, error) && error) {
    bool refused = error == std::errc::permission_denied || error == std::errc::read_only_file_system;
    if (refused)
      throw Error(Status::read_only,
                  "cannot be made: " + error.message() +
                      "; name another folder with "
                      "--library",
                  display_text(name));
    throw system_error(error.value(), "cannot make the library's folder", display_text(name));
  }

  EnvironmentOptions environment;
  environment.tables = layout::library_tables;
  environment.writable = writes;
  environment.schema = layout::schema_version;
  environment.accept = [name](MDB_txn *transaction, unsigned meta) { return accept_schema(name, transaction, meta); };
  environment.migrate = migrate;
  environment.initialise = [](MDB_txn *transaction, unsigned meta) {
    database::put(transaction, meta, layout::schema_key, layout::key_of(layout::schema_version).view());
  };
  return std::make_shared<OpenLibrary>(Environment::open(name, std::move(environment)), name, options.access);
}

Library::~Library() = default;

// ---- transactions

Reader::State::State(std::shared_ptr<Environment> opened, bool for_writing, uint64_t writer)
    : environment(std::move(opened)), writes(for_writing), writer_id(writer) {
  transaction = writes ? environment->begin_write() : environment->begin_read();
}

Reader::State::~State() {
  if (!transaction) return;
  if (writes)
    environment->abort(transaction);
  else
    environment->end_read(transaction);
}

MDB_txn *Reader::State::use() const {
  if (!transaction) throw Error(Status::internal, "the writer was committed already", environment->folder());
  return transaction;
}

bool Reader::State::get(layout::Table index, std::string_view key, std::string_view &value) const {
  return database::get(use(), table(index), key, value);
}

uint64_t Reader::State::number(std::string_view meta_key) const {
  std::string_view value;
  return get(layout::meta, meta_key, value) ? layout::read_number<uint64_t>(value) : 0;
}

uint64_t Reader::State::take_number(std::string_view meta_key) {
  uint64_t taken = std::max<uint64_t>(number(meta_key), 1);
  database::put(use(), table(layout::meta), meta_key, layout::key_of(taken + 1).view());
  return taken;
}

void damaged(const Reader::State &state, std::string_view table) {
  throw Error(Status::corrupt_data,
              "a record in the table " + std::string(table) +
                  " is damaged; `kalon doctor` lists what is wrong, a copy brings it back",
              state.environment->folder());
}

Hash128 random_hash() {
  Hash128 hash;
  size_t filled = 0;
  while (filled < hash.bytes.size()) {
    ssize_t got = ::getrandom(hash.bytes.data() + filled, hash.bytes.size() - filled, 0);
    if (got < 0 && errno != EINTR) throw system_error(errno, "no random numbers", {});
    if (got > 0) filled += static_cast<size_t>(got);
  }
  return hash;
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader &&) noexcept = default;
Reader &Reader::operator=(Reader &&) noexcept = default;
Reader::~Reader() = default;

uint64_t Reader::revision() const {
  return state_->number(layout::revision_key);
}

uint64_t Reader::snapshot() const {
  return database::transaction_number(state_->use());
}

void Writer::commit() {
  changes::finish(*state_);
  MDB_txn *transaction = state_->use();
  state_->transaction = nullptr;
  state_->environment->commit(transaction);
}

}  // namespace kalon
