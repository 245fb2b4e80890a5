#include "filter/fitted_filter.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "filter_generated.h"

namespace kalon {
namespace {

namespace records = filter_records;
using Doubles = flatbuffers::Vector<double>;

constexpr uint64_t largest_record = uint64_t{1} << 30;
constexpr uint32_t version = 1;

[[noreturn]] void damaged(const char *what) {
  throw Error(Status::corrupt_data, std::string("is damaged, or no filter that kalon saved: ") + what);
}
void require(bool holds, const char *what) {
  if (!holds) damaged(what);
}

bool all_finite(const std::vector<double> &values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

std::vector<double> values_of(const Doubles *stored, uint64_t count, const char *what) {
  require(stored != nullptr && stored->size() == count, what);
  std::vector<double> values(stored->begin(), stored->end());
  require(all_finite(values), what);
  return values;
}

ScoreScale scale_of(const Doubles *stored, uint64_t rows) {
  auto values = values_of(stored, rows, "its scores");
  require(std::is_sorted(values.begin(), values.end()), "its scores");
  return ScoreScale(std::move(values));
}

std::string text_of(const flatbuffers::String *text) {
  return text != nullptr ? text->str() : std::string();
}

LedoitWolf ellipsoid_of(const records::Ellipsoid &stored, uint64_t rows, uint64_t dimension) {
  LedoitWolf fit;
  fit.rows = static_cast<int64_t>(rows);
  fit.dimension = static_cast<int64_t>(dimension);
  fit.shrinkage = stored.shrinkage();
  require(fit.shrinkage >= 0 && fit.shrinkage <= 1, "its shrinkage");
  fit.location = values_of(stored.location(), dimension, "its mean");
  auto triangle = values_of(stored.covariance(), dimension * (dimension + 1) / 2, "its covariance");
  fit.covariance.resize(dimension * dimension);
  for (size_t i = 0, next = 0; i < dimension; ++i)
    for (size_t j = 0; j <= i; ++j)
      fit.covariance[i * dimension + j] = fit.covariance[j * dimension + i] = triangle[next++];
  return fit;
}

void read_neighbourhood(const records::Neighbourhood &stored, OutlierFilter &filter) {
  filter.neighbours = stored.neighbours();
  auto count = stored.rows()->size();
  require(filter.neighbours >= 1 && static_cast<uint64_t>(filter.neighbours) < count, "its neighbours");
  filter.base_rows.assign(stored.rows()->begin(), stored.rows()->end());
  for (size_t i = 0; i < count; ++i)
    require(filter.base_rows[i] >= 0 && filter.base_rows[i] < filter.rows &&
                (i == 0 || filter.base_rows[i - 1] < filter.base_rows[i]),
            "its rows");
  require(stored.values()->size() == uint64_t{count} * static_cast<uint64_t>(filter.dimension), "its vectors");
  filter.base_values.reserve(stored.values()->size());
  for (int16_t value : *stored.values()) filter.base_values.push_back(kept_step * static_cast<float>(value));
}

PrincipalComponents components_of(const records::Components &stored, uint64_t dimension) {
  PrincipalComponents components;
  components.dimension = static_cast<int64_t>(dimension);
  components.mean = values_of(stored.mean(), dimension, "its mean");
  auto size = stored.directions()->size();
  require(size > 0 && size % dimension == 0 && size / dimension <= dimension, "its principal components");
  components.kept = static_cast<int64_t>(size / dimension);
  components.directions = values_of(stored.directions(), size, "its principal components");
  components.share = stored.share();
  components.rest = stored.rest();
  require(components.share >= 0 && components.share <= 1 + 1e-9, "its principal components");
  require(components.kept == components.dimension || (components.rest > 0 && std::isfinite(components.rest)),
          "its principal components");
  return components;
}

Mixture mixture_of(const records::Mixture &stored, int64_t dimension) {
  Mixture mixture;
  require(stored.kind() >= 0 && stored.kind() <= 3, "its kind of covariance");
  mixture.kind = static_cast<CovarianceKind>(stored.kind());
  mixture.dimension = dimension;
  mixture.components = static_cast<int64_t>(stored.weights()->size());
  require(mixture.components >= 1 && mixture.components <= (1 << 20), "its components");
  auto components = static_cast<uint64_t>(mixture.components);
  mixture.weights = values_of(stored.weights(), components, "its weights");
  require(std::all_of(mixture.weights.begin(), mixture.weights.end(), [](double weight) { return weight > 0; }),
          "its weights");
  mixture.means = values_of(stored.means(), components * static_cast<uint64_t>(dimension), "its means");
  mixture.covariances = values_of(stored.covariances(),
                                  static_cast<uint64_t>(covariance_values(mixture.kind, mixture.components, dimension)),
                                  "its covariances");
  return mixture;
}

OutlierFilter filter_of(const records::OutlierFilter &stored) {
  OutlierFilter filter;
  require(stored.method() >= 0 && stored.method() <= 3, "its method");
  filter.method = static_cast<OutlierMethod>(stored.method());
  filter.unit_length = stored.unit_length();
  uint64_t rows = stored.members()->size(), dimension = stored.dimension();
  require(rows >= 2 && rows <= INT32_MAX, "its members");
  require(dimension >= 1 && dimension <= (1 << 20), "its dimension");
  filter.rows = static_cast<int64_t>(rows);
  filter.dimension = static_cast<int64_t>(dimension);
  filter.members.resize(rows);
  for (uint32_t i = 0; i < rows; ++i)
    std::memcpy(filter.members[i].bytes.data(), stored.members()->Get(i)->bytes()->data(), 16);

  bool combined = filter.method == OutlierMethod::combined;
  if (combined || filter.method == OutlierMethod::mahalanobis) {
    require(stored.ellipsoid() != nullptr, "its covariance");
    filter.ellipsoid = ellipsoid_of(*stored.ellipsoid(), rows, dimension);
    filter.mahalanobis = scale_of(stored.mahalanobis(), rows);
  }
  if (combined || filter.method == OutlierMethod::knn) {
    require(stored.neighbourhood() != nullptr, "its vectors");
    read_neighbourhood(*stored.neighbourhood(), filter);
    filter.knn = scale_of(stored.knn(), rows);
  }
  if (filter.method == OutlierMethod::gmm) {
    require(stored.mixture() != nullptr, "its mixture");
    if (stored.components() != nullptr) filter.components = components_of(*stored.components(), dimension);
    filter.mixture = mixture_of(*stored.mixture(), filter.components ? filter.components->kept : filter.dimension);
  }
  filter.score = scale_of(stored.score(), rows);
  filter.threshold = stored.threshold();
  require(std::isfinite(filter.threshold) && stored.quantile() <= 1, "its threshold");
  if (stored.quantile() >= 0) filter.quantile = stored.quantile();
  return filter;
}

}  // namespace

Bytes filter_record(const OutlierFilter &filter, const FilterOrigin &origin) {
  uint64_t size = 8 * (filter.score.scores().size() + filter.mahalanobis.scores().size() + filter.knn.scores().size());
  size += 16 * filter.members.size() + 2 * filter.base_values.size() + 4 * filter.base_rows.size();
  auto square = static_cast<uint64_t>(filter.dimension * filter.dimension);
  if (filter.ellipsoid) size += 4 * square;
  if (filter.components) size += 8 * filter.components->directions.size();
  if (filter.mixture) size += 8 * (filter.mixture->means.size() + filter.mixture->covariances.size());
  if (size > largest_record - (1 << 20))
    throw Error(Status::limit_exceeded, "the filter is too large to be kept (" + std::to_string(size >> 20) +
                                            " MiB): fewer components, --pca or a simpler --covariance make it smaller");

  flatbuffers::FlatBufferBuilder builder(size + (1 << 16));
  flatbuffers::Offset<records::Ellipsoid> ellipsoid;
  if (filter.ellipsoid) {
    const auto &fit = *filter.ellipsoid;
    std::vector<double> triangle;
    triangle.reserve(square / 2 + static_cast<uint64_t>(filter.dimension));
    for (int64_t i = 0; i < fit.dimension; ++i)
      for (int64_t j = 0; j <= i; ++j) triangle.push_back(fit.covariance[static_cast<size_t>(i * fit.dimension + j)]);
    auto location = builder.CreateVector(fit.location), covariance = builder.CreateVector(triangle);
    ellipsoid = records::CreateEllipsoid(builder, location, covariance, fit.shrinkage);
  }
  flatbuffers::Offset<records::Neighbourhood> neighbourhood;
  if (filter.neighbours > 0) {
    std::vector<int16_t> steps;
    steps.reserve(filter.base_values.size());
    for (float value : filter.base_values) steps.push_back(static_cast<int16_t>(std::lround(value / kept_step)));
    auto rows = builder.CreateVector(filter.base_rows);
    auto values = builder.CreateVector(steps);
    neighbourhood = records::CreateNeighbourhood(builder, static_cast<uint32_t>(filter.neighbours), rows, values);
  }
  flatbuffers::Offset<records::Components> components;
  if (filter.components) {
    auto mean = builder.CreateVector(filter.components->mean);
    auto directions = builder.CreateVector(filter.components->directions);
    components =
        records::CreateComponents(builder, mean, directions, filter.components->share, filter.components->rest);
  }
  flatbuffers::Offset<records::Mixture> mixture;
  if (filter.mixture) {
    auto weights = builder.CreateVector(filter.mixture->weights), means = builder.CreateVector(filter.mixture->means);
    auto covariances = builder.CreateVector(filter.mixture->covariances);
    mixture = records::CreateMixture(builder, static_cast<int8_t>(filter.mixture->kind), weights, means, covariances);
  }
  auto members =
      builder.CreateVectorOfStructs<records::Hash>(filter.members.size(), [&](size_t i, records::Hash *hash) {
        *hash = records::Hash(flatbuffers::span<const uint8_t, 16>(filter.members[i].bytes.data(), 16));
      });
  flatbuffers::Offset<Doubles> mahalanobis, knn;
  if (!filter.mahalanobis.empty()) mahalanobis = builder.CreateVector(filter.mahalanobis.scores());
  if (!filter.knn.empty()) knn = builder.CreateVector(filter.knn.scores());
  auto score = builder.CreateVector(filter.score.scores());
  auto model = builder.CreateString(origin.model), weights_hash = builder.CreateString(origin.weights_hash);
  auto output = builder.CreateString(origin.output), policy = builder.CreateString(origin.policy);
  auto precision = builder.CreateString(origin.precision);
  builder.Finish(records::CreateOutlierFilter(builder, version, static_cast<int8_t>(filter.method), filter.unit_length,
                                              static_cast<uint32_t>(filter.dimension), members, ellipsoid,
                                              neighbourhood, components, mixture, mahalanobis, knn, score,
                                              filter.threshold, filter.quantile.value_or(-1), origin.time, model,
                                              weights_hash, output, policy, precision),
                 records::OutlierFilterIdentifier());
  Bytes record(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  auto hash = hash_of(ByteView(record));
  record.insert(record.end(), hash.bytes.begin(), hash.bytes.end());
  return record;
}

StoredFilter filter_from_record(ByteView record) {
  require(record.size() > 32 && record.size() <= largest_record + (1 << 20), "its size");
  auto content = record.first(record.size() - 16);
  require(std::memcmp(content.data() + 4, records::OutlierFilterIdentifier(), 4) == 0, "its beginning");
  require(std::equal(record.end() - 16, record.end(), hash_of(content).bytes.begin()), "its checksum");
  // Numbers of eight bytes must lie where such numbers may lie.
  std::vector<uint64_t> aligned((content.size() + 7) / 8);
  std::memcpy(aligned.data(), content.data(), content.size());
  const auto *bytes = reinterpret_cast<const uint8_t *>(aligned.data());
  flatbuffers::Verifier verifier(bytes, content.size());
  require(records::VerifyOutlierFilterBuffer(verifier), "its structure");
  const auto &stored = *records::GetOutlierFilter(bytes);
  if (stored.version() > version)
    throw Error(Status::unsupported, "was saved by a later version of kalon, which is needed to use it");
  StoredFilter result{filter_of(stored), {}};
  result.origin = {text_of(stored.model()),  text_of(stored.weights_hash()), text_of(stored.output()),
                   text_of(stored.policy()), text_of(stored.precision()),    stored.time()};
  return result;
}

}  // namespace kalon
