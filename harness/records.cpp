/// Facts to JSON: the one place that spells the fields of a result.

#include "harness/records.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

namespace gauntlet::harness {
namespace {

// Fields keep the order in which they are written here.
using json = nlohmann::ordered_json;

constinit std::atomic<int> file{-1};

json to_json(const std::optional<position>& where) {
  if (!where) return nullptr;
  return {{"file", where->file}, {"line", where->line}, {"function", where->function}};
}

json to_json(const trace_event& event) {
  return {{"step", event.step},         {"thread", event.thread},
          {"role", event.role},         {"operation", event.operation},
          {"variable", event.variable}, {"value", event.value},
          {"order", event.order},       {"reads_from", event.reads_from ? json(*event.reads_from) : json(nullptr)},
          {"stale", event.stale},       {"where", to_json(event.where)}};
}

json to_json(const std::vector<frame>& all) {
  json frames = json::array();
  for (const frame& at : all)
    frames.push_back({{"function", at.function}, {"file", at.file}, {"line", at.line}, {"column", at.column}});
  return frames;
}

json to_json(const stack& one) {
  json object{{"title", one.title}, {"kind", one.kind}, {"frames", to_json(one.frames)}};
  if (!one.thread.empty()) object["thread"] = one.thread;
  if (!one.lock.empty()) object["lock"] = one.lock;
  if (!one.holding.empty()) object["holding"] = one.holding;
  if (one.held) {
    json held = json::array();
    for (const held_lock& lock : *one.held) held.push_back({{"lock", lock.name}, {"frames", to_json(lock.frames)}});
    object["held"] = std::move(held);
  }
  return object;
}

json to_json(const violation& what) {
  json trace = json::array();
  for (const trace_event& event : what.trace) trace.push_back(to_json(event));
  json stacks = json::array();
  for (const stack& one : what.stacks) stacks.push_back(to_json(one));
  json object{{"class", what.violation_class}, {"message", what.message},     {"where", to_json(what.where)},
              {"trace", std::move(trace)},     {"stacks", std::move(stacks)}, {"replay", what.replay}};
  if (!what.text.empty()) object["text"] = what.text;
  if (!what.strongest_model.empty()) object["strongest_model"] = what.strongest_model;
  if (!what.dot.empty()) object["dot"] = what.dot;
  if (what.reproduced)
    object["reproduced"] = {{"failed", what.reproduced->failed}, {"attempts", what.reproduced->attempts}};
  return object;
}

json to_json(const fairness& what) {
  std::uint64_t waits = 0, seen = 0;
  for (const auto& [overtakings, count] : what.waits_by_overtakings) waits += count;
  unsigned p99 = 0;
  json histogram = json::array();
  for (const auto& [overtakings, count] : what.waits_by_overtakings) {
    if (seen * 100 < waits * 99) p99 = overtakings;
    seen += count;
    histogram.push_back({{"bypasses", overtakings}, {"count", count}});
  }
  const unsigned most = what.waits_by_overtakings.empty() ? 0 : what.waits_by_overtakings.rbegin()->first;
  return {{"bypass_max", most}, {"bypass_p99", p99}, {"jain", what.jain}, {"histogram", std::move(histogram)}};
}

std::string_view name(finding outcome) {
  switch (outcome) {
    case finding::clean:
      return "clean";
    case finding::violated:
      return "violated";
    case finding::unknown:
      break;
  }
  return "unknown";
}

std::string_view name(coverage covered) {
  switch (covered) {
    case coverage::complete:
      return "complete";
    case coverage::bounded:
      return "bounded";
    case coverage::sampled:
      break;
  }
  return "sampled";
}

json to_json(const search_record& one) {
  json object = {
      {"threads", one.size.threads}, {"operations", one.size.operations}, {"spurious_wakeups", one.spurious_wakeups},
      {"complete", one.complete},    {"explored", one.explored},          {"seconds", one.seconds},
      {"estimate", one.estimate}};
  if (one.out_of_memory) object["out_of_memory"] = true;
  return object;
}

std::string_view name(grade what) {
  switch (what) {
    case grade::allowed:
      return "allowed";
    case grade::interesting:
      return "interesting";
    case grade::forbidden:
      break;
  }
  return "forbidden";
}

/// What was never seen in n executions is rarer than 3/n, with 95 % confidence (Hanley & Lippman-Hand 1983, "If Nothing
/// Goes Wrong, Is Everything All Right?"). In all executions that there are it doesn't occur.
void add_outcomes(json& object, const result& found) {
  json seen = json::array(), unseen = json::array();
  const auto explored = static_cast<double>(found.explored);
  const double rate = found.covered == coverage::complete ? 0 : found.explored < 3 ? 1 : 3 / explored;
  for (const counted& one : found.outcomes)
    if (one.count > 0)
      seen.push_back({{"outcome", one.words}, {"count", one.count}, {"grade", name(one.what)}});
    else
      unseen.push_back({{"outcome", one.words}, {"rate_below", rate}});
  object["outcomes"] = std::move(seen);
  object["unseen"] = std::move(unseen);
}

json to_json(const result& found) {
  json bounds = json::object();
  if (found.bounds) bounds["threads"] = found.bounds->threads;
  if (found.bounds && found.bounds->operations != 0) bounds["operations"] = found.bounds->operations;
  if (found.interchangeable) bounds["interchangeable"] = *found.interchangeable;
  if (found.time_outs) bounds["time_outs"] = *found.time_outs;
  if (found.spurious_wakeups) bounds["spurious_wakeups"] = *found.spurious_wakeups;
  if (!found.loop.empty()) bounds["loop"] = found.loop;
  json object{{"check", found.check},
              {"outcome", name(found.outcome)},
              {"coverage", name(found.covered)},
              {"bounds", std::move(bounds)},
              {"explored", found.explored},
              {"unit", found.unit},
              {"seconds", found.seconds},
              {"seed", found.seed},
              {"violation", found.broken ? to_json(*found.broken) : json(nullptr)}};
  if (!found.reason.empty()) object["reason"] = found.reason;
  if (!found.notes.empty()) object["notes"] = found.notes;
  if (found.fair) object["fairness"] = to_json(*found.fair);
  if (!found.outcomes.empty()) add_outcomes(object, found);
  for (const search_record& one : found.searches) object["searches"].push_back(to_json(one));
  return object;
}

void write_line(const json& record) {
  const int to = records::descriptor();
  if (to < 0) return;
  // A message may quote bytes that are no UTF-8.
  const std::string line = record.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  ssize_t written;
  do written = ::write(to, line.data(), line.size());
  while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) return;
  std::fprintf(stderr, "cannot write to the file of records: %s\n",
               written < 0 ? std::strerror(errno) : "the line was cut short");
  ::_exit(3);
}

}  // namespace

namespace records {

void open(const std::string& path) {
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (opened < 0) throw std::system_error(errno, std::generic_category(), "--records=" + path);
  file = opened;
}

int descriptor() noexcept {
  return file;
}

void started(std::string_view check) {
  write_line({{"event", "started"}, {"check", check}});
}

void violated(std::string_view check, const violation& what) {
  write_line({{"event", "violation"}, {"check", check}, {"violation", to_json(what)}});
}

void stalled(std::string_view check, const violation& what) {
  write_line({{"event", "stalled"}, {"check", check}, {"violation", to_json(what)}});
}

void finished(const result& found) {
  write_line({{"event", "finished"}, {"check", to_json(found)}});
}

void done() {
  write_line({{"event", "done"}});
}

}  // namespace records
}  // namespace gauntlet::harness
