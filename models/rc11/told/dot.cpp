/// A told execution as a graph, for Graphviz.

#include <string_view>

#include "models/rc11/told/tell.hpp"

namespace gauntlet::rc11 {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  return out;
}

class drawing {
 public:
  drawing(const graph& in, const steps& told, const model::cast& who) : in_(in), told_(told), who_(who) {}

  std::string made() {
    text_ = "digraph execution {\n  node [shape=box, fontname=monospace];\n";
    for (int thread = told_.first(); thread < static_cast<int>(in_.lanes()) + told_.first(); ++thread) lane(thread);
    for (std::size_t step = 0; step < told_.all().size(); ++step) {
      if (const auto from = told_.all()[step].reads_from) edge(*from, step, "rf");
      if (has_own_event(step)) modification_order(step), happens_before(step);
    }
    return text_ + "}\n";
  }

 private:
  const event& event_of(std::size_t step) const { return in_[told_.events()[step]]; }

  /// The step before it of the same thread, or itself if there is none.
  std::size_t before(std::size_t step) const {
    for (std::size_t i = step; i-- > 0;)
      if (told_.all()[i].thread == told_.all()[step].thread) return i;
    return step;
  }

  bool has_own_event(std::size_t step) const {
    const auto last = before(step);
    return told_.events()[step] != no_event && (last == step || told_.events()[last] != told_.events()[step]);
  }

  void lane(int thread) {
    std::string nodes, order;
    for (std::size_t step = 0; step < told_.all().size(); ++step) {
      if (told_.all()[step].thread != thread) continue;
      const auto said = who_.told(told_.all()[step], step);
      std::string label = "#" + std::to_string(step) + " " + said.operation;
      if (!said.order.empty()) label += " " + said.order;
      if (!said.variable.empty()) label += " " + said.variable;
      if (!said.value.empty()) label += "=" + said.value;
      nodes += "    s" + std::to_string(step) + " [label=\"" + escaped(label) + "\"];\n";
      order += (order.empty() ? "    s" : " -> s") + std::to_string(step);
    }
    if (nodes.empty()) return;
    const std::string name = thread == model::setup_thread ? "setup" : "T" + std::to_string(thread);
    text_ += "  subgraph cluster_" + name + " {\n    label=\"" + escaped(who_.person(thread)) + "\";\n" + nodes +
             order + " [label=po];\n  }\n";
  }

  void edge(std::size_t from, std::size_t to, std::string_view label) {
    const std::string_view color = label == "rf"   ? "darkgreen"
                                   : label == "hb" ? "blue"
                                   : label == "fr" ? "red"
                                                   : "brown";
    text_ += "  s" + std::to_string(from) + " -> s" + std::to_string(to) + " [label=" + std::string(label) +
             ", color=" + std::string(color) + ", constraint=false];\n";
  }

  /// From a write to the next one of its object; from a read to the first that is newer than what it read.
  void modification_order(std::size_t step) {
    const event& it = event_of(step);
    if (it.kind != kind::read && it.kind != kind::write) return;
    const event_id newer = it.kind == kind::write ? it.newer : in_.newer(it.location, it.from);
    for (std::size_t other = 0; newer != no_event && other < told_.all().size(); ++other)
      if (told_.events()[other] == newer && has_own_event(other))
        return edge(step, other, it.kind == kind::write ? "co" : "fr");
  }

  /// From the last step of each other thread that happens before this one, unless it did before the one before.
  void happens_before(std::size_t step) {
    const tick* const now = in_.clock(told_.events()[step], view::before);
    const auto last = before(step);
    const bool first = last == step || told_.events()[last] == no_event;
    for (unsigned thread = 0; thread < in_.lanes(); ++thread) {
      if (static_cast<int>(thread) + told_.first() == told_.all()[step].thread) continue;
      const tick already = first ? tick{0} : in_.clock(told_.events()[last], view::before)[thread];
      if (now[thread] <= already) continue;
      if (const auto from = step_of(thread, now[thread])) edge(*from, step, "hb");
    }
  }

  /// The last step of a thread by its `count`-th event.
  std::optional<std::size_t> step_of(unsigned thread, tick count) const {
    std::optional<std::size_t> found;
    for (std::size_t step = 0; step < told_.all().size(); ++step)
      if (told_.all()[step].thread == static_cast<int>(thread) + told_.first() && has_own_event(step) &&
          event_of(step).index < count)
        found = step;
    return found;
  }

  const graph& in_;
  const steps& told_;
  const model::cast& who_;
  std::string text_;
};

}  // namespace

std::string dot_of(const graph& in, const steps& told, const model::cast& who) {
  return drawing(in, told, who).made();
}

}  // namespace gauntlet::rc11
