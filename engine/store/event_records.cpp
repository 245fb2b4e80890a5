// Events to and from their FlatBuffers.

#include "schema_generated.h"
#include "store/records.h"
#include "store/verify.h"

namespace kalon::records {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;
using Body = flatbuffers::Offset<void>;

flatbuffers::Offset<flatbuffers::Vector<const Hash *>> hashes(Builder &builder, const std::vector<Hash128> &list) {
  std::vector<Hash> plain_list;
  plain_list.reserve(list.size());
  for (const Hash128 &hash : list) plain_list.push_back(stored(hash));
  return builder.CreateVectorOfStructs(plain_list);
}

std::vector<Hash128> hashes(const flatbuffers::Vector<const Hash *> *list) {
  std::vector<Hash128> result;
  if (list)
    for (const Hash *hash : *list) result.push_back(plain(hash));
  return result;
}

struct Encoder {
  Builder &builder;
  EventBody type = EventBody_NONE;

  Body operator()(const kalon::Vote &vote) {
    type = EventBody_Vote;
    auto pictures = hashes(builder, vote.pictures);
    auto ranks = builder.CreateVector(vote.ranks);
    auto annotator = builder.CreateString(vote.annotator), criterion = builder.CreateString(vote.criterion),
         session = builder.CreateString(vote.session);
    return CreateVote(builder, pictures, ranks, static_cast<VoteOutcome>(vote.outcome), vote.placement_known, annotator,
                      criterion, vote.duration, session)
        .Union();
  }
  Body operator()(const kalon::Rating &rating) {
    type = EventBody_Rating;
    Hash picture = stored(rating.picture);
    return CreateRating(builder, &picture, rating.stars).Union();
  }
  Body operator()(const kalon::Flag &flag) {
    type = EventBody_Flag;
    Hash picture = stored(flag.picture);
    return CreateFlag(builder, &picture, static_cast<FlagValue>(flag.value)).Union();
  }
  Body operator()(const kalon::Label &label) {
    type = EventBody_Label;
    Hash picture = stored(label.picture);
    auto name = builder.CreateString(label.label);
    return CreateLabel(builder, &picture, name).Union();
  }
  Body operator()(const kalon::Tag &tag) {
    type = EventBody_Tag;
    Hash picture = stored(tag.picture);
    auto name = builder.CreateString(tag.tag);
    return CreateTag(builder, &picture, name, tag.added).Union();
  }
  Body operator()(const kalon::Exclude &exclude) {
    type = EventBody_Exclude;
    Hash picture = stored(exclude.picture);
    auto reason = builder.CreateString(exclude.reason);
    return CreateExclude(builder, &picture, reason, exclude.excluded).Union();
  }
  Body operator()(const kalon::Succeeds &succeeds) {
    type = EventBody_Succeeds;
    Hash picture = stored(succeeds.picture), predecessor = stored(succeeds.predecessor);
    auto path = bytes_vector(builder, succeeds.path);
    return CreateSucceeds(builder, &picture, &predecessor, path).Union();
  }
  Body operator()(const kalon::NotDuplicates &apart) {
    type = EventBody_NotDuplicates;
    return CreateNotDuplicates(builder, hashes(builder, apart.pictures)).Union();
  }
  Body operator()(const kalon::Undo &undo) {
    type = EventBody_Undo;
    Hash action = stored(undo.action);
    return CreateUndo(builder, &action).Union();
  }
};

}  // namespace

std::string encode(const kalon::Event &event) {
  Builder builder(256);
  Encoder encoder{builder};
  Body body = std::visit(encoder, event.body);
  Hash id = stored(event.id), action = stored(event.action);
  return finish(builder,
                CreateEvent(builder, &id, &action, event.time, event.writer, event.sequence, encoder.type, body));
}

bool decode(std::string_view record, kalon::Event &event) {
  Aligned memory;
  const auto *found = verified<records::Event>(record, memory);
  if (!found) return false;
  event.id = plain(found->id());
  event.action = plain(found->action());
  event.time = found->time();
  event.writer = found->writer();
  event.sequence = found->sequence();
  switch (found->body_type()) {
    case EventBody_Vote: {
      const auto *body = found->body_as_Vote();
      kalon::Vote vote;
      vote.pictures = hashes(body->pictures());
      if (const auto *ranks = body->ranks()) vote.ranks.assign(ranks->begin(), ranks->end());
      vote.outcome = static_cast<kalon::VoteOutcome>(body->outcome());
      vote.placement_known = body->placement_known();
      vote.annotator = text(body->annotator());
      vote.criterion = text(body->criterion());
      vote.duration = body->duration();
      vote.session = text(body->session());
      event.body = std::move(vote);
      return true;
    }
    case EventBody_Rating: {
      const auto *body = found->body_as_Rating();
      event.body = kalon::Rating{plain(body->picture()), body->stars()};
      return true;
    }
    case EventBody_Flag: {
      const auto *body = found->body_as_Flag();
      event.body = kalon::Flag{plain(body->picture()), static_cast<kalon::FlagValue>(body->value())};
      return true;
    }
    case EventBody_Label: {
      const auto *body = found->body_as_Label();
      event.body = kalon::Label{plain(body->picture()), std::string(text(body->label()))};
      return true;
    }
    case EventBody_Tag: {
      const auto *body = found->body_as_Tag();
      event.body = kalon::Tag{plain(body->picture()), std::string(text(body->tag())), body->added()};
      return true;
    }
    case EventBody_Exclude: {
      const auto *body = found->body_as_Exclude();
      event.body = kalon::Exclude{plain(body->picture()), std::string(text(body->reason())), body->excluded()};
      return true;
    }
    case EventBody_Succeeds: {
      const auto *body = found->body_as_Succeeds();
      event.body =
          kalon::Succeeds{plain(body->picture()), plain(body->predecessor()), std::string(bytes(body->path()))};
      return true;
    }
    case EventBody_NotDuplicates:
      event.body = kalon::NotDuplicates{hashes(found->body_as_NotDuplicates()->pictures())};
      return true;
    case EventBody_Undo:
      event.body = kalon::Undo{plain(found->body_as_Undo()->action())};
      return true;
    default:
      return false;  // a kind of a later schema
  }
}

}  // namespace kalon::records
