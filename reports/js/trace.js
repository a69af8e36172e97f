// An interleaving as data: the columns that scripts/reporting/viewer.py wrote.
const flag = { stale: 1, writes: 2, synchronizes: 4 };

class Trace {
  constructor(data) {
    this.threads = data.threads;
    // What runs alone needs no lane of its own: its rows stand in the first thread's.
    this.alone = data.threads[0] === 'setup' && data.threads.length > 1 ? 1 : 0;
    this.lanes = data.threads.slice(this.alone);
    this.variables = data.variables;
    this.race = data.race;
    this.weak = data.weak;
    this.why = data.why;
    this.notes = data.notes;
    this.leftOut = data.left_out;
    this.at = new Map();
    this.writes = data.variables.map(() => []);
    this.times = new Map();
    this.events = data.events.map((one, index) => {
      const [step, lane, operation, variable, value, order, from, flags, newer, place, repeats] = one;
      this.at.set(step, index);
      if (flags & flag.writes) this.writes[variable].push(index);
      if (repeats >= 0) this.times.set(repeats, (this.times.get(repeats) ?? 1) + 1);
      return { index, step, lane, column: Math.max(0, lane - this.alone), operation: data.operations[operation], variable, value, order, from, newer, repeats,
        place: data.places[place], stale: !!(flags & flag.stale), writes: !!(flags & flag.writes),
        synchronizes: !!(flags & flag.synchronizes) };
    });
    this.last = this.events.length - 1;
  }

  name(event) { return this.variables[event.variable]; }

  // `store lock_.word_ ← 0 rlx`
  words(event) {
    const sign = event.writes ? '←' : event.from >= 0 ? '→' : '=';
    const value = event.value && (this.name(event) ? `${sign} ${event.value}` : event.value);
    return [event.operation, this.name(event), value, event.order].filter(Boolean).join(' ');
  }

  // The events to show: `variable` is an index or -1 for all; folded leaves out what only repeats.
  shown(variable, folded) {
    return this.events.filter((event) => (variable < 0 || event.variable === variable || event.index === this.last)
      && !(folded && event.repeats >= 0 && event.index !== this.last)).map((event) => event.index);
  }

  // The last write of a variable at or before an event, or undefined.
  written(variable, index) {
    const writes = this.writes[variable];
    let low = 0;
    let high = writes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (writes[middle] <= index) low = middle + 1;
      else high = middle;
    }
    return this.events[writes[low - 1]];
  }

  // Each variable's newest write at an event.
  memory(index) {
    return this.variables.map((name, variable) => ({ name, write: this.written(variable, index) }))
      .filter((one) => one.name && one.write);
  }

  // Arrows to draw when an event is selected: [from, to, sort].
  arrows(index) {
    const event = this.events[index];
    const found = [];
    const add = (from, to, sort) => {
      if (this.at.has(from) && this.at.has(to)) found.push([this.at.get(from), this.at.get(to), sort]);
    };
    if (event.from >= 0) add(event.from, event.step, event.synchronizes ? 'synchronizes' : 'reads');
    if (event.stale && event.newer >= 0) add(event.newer, event.step, 'missed');
    if (this.race.includes(event.step)) add(this.race[0], this.race[1], 'unordered');
    if (this.race.includes(event.step) && this.weak.length) add(this.weak[0], this.weak[1], 'weak');
    if (event.writes) {
      for (const one of this.events) {
        if (one.from === event.step && one.repeats < 0 && found.length < 12) {
          add(event.step, one.step, one.synchronizes ? 'synchronizes' : 'reads');
        }
      }
    }
    return found;
  }
}
