// Beside the lanes: what the selected step is, why, the order of its variable's values, its source, and the memory.
const VALUES = 7;
const MEMORY = 8;
const LINES = 3;
const sources = new Map();

// The lines of a file that the page holds, by number.
function linesOf(file) {
  if (!sources.has(file)) {
    const store = [...document.querySelectorAll('template.file')].find((one) => one.dataset.file === file);
    sources.set(file, new Map([...store?.content.children ?? []].map((one) => [Number(one.dataset.line), one])));
  }
  return sources.get(file);
}

class Panel {
  constructor(trace, select, id) {
    this.trace = trace;
    this.id = id;
    this.box = make('div.step-panel');
    this.box.addEventListener('click', (event) => {
      const link = event.target.closest('a[data-index]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      select(Number(link.dataset.index));
    });
  }

  // A link, and no button: laying out buttons takes most of a redraw.
  stepLink(event, text) {
    return make('a.step-link', text ?? `#${event.step}`, { href: `#${this.id}.s${event.step}`, 'data-index': event.index });
  }

  // `later`: what is below the step's own words follows in a frame of its own, as the lanes took much of this one.
  show(event, later) {
    const { trace } = this;
    this.shown = event;
    const parts = [make('h5', `#${event.step} · ${trace.threads[event.lane]}`), make('p.words', trace.words(event))];
    const why = this.reason(event);
    if (why) parts.push(make('p.why', why));
    this.box.replaceChildren(...parts);
    const below = () => {
      if (this.shown !== event) return;
      if (trace.name(event)) this.box.append(...this.values(event));
      this.box.append(...this.source(event), ...this.memory(event));
    };
    if (later) requestAnimationFrame(() => setTimeout(below));
    else below();
  }

  reason(event) {
    const { trace } = this;
    const said = [];
    if (event.stale) {
      const newer = trace.events[trace.at.get(event.newer)];
      said.push(newer ? `Stale: this read returned ${event.value}, although #${newer.step} wrote ${newer.value} before it.`
        : 'Stale: a newer value was there.');
      if (trace.notes[event.step]) said.push(trace.notes[event.step]);
    }
    if (trace.why && (event.index === trace.last || trace.race.includes(event.step) || trace.weak.includes(event.step))) {
      said.push(trace.why);
    }
    return said.join(' ');
  }

  // The modification order around the value that the step read or wrote.
  values(event) {
    const { trace } = this;
    const writes = trace.writes[event.variable].map((index) => trace.events[index]);
    if (!writes.length) return [];
    const mine = event.writes ? event.step : event.from;
    const center = Math.max(0, writes.findIndex((write) => write.step === mine));
    const first = Math.max(0, Math.min(center - 4, writes.length - VALUES));
    const list = make('p.values');
    if (first) list.append(make('span', `${first} before … `));
    for (const write of writes.slice(first, first + VALUES)) {
      const role = write.step !== mine ? '' : event.writes ? ' ◀ this' : ' ◀ read';
      const link = this.stepLink(write, `#${write.step}: ${write.value}${role}`);
      if (role) link.classList.add('mine');
      if (write.index > event.index) link.classList.add('later');
      list.append(link, ' ');
    }
    if (writes.length > first + VALUES) list.append(make('span', `… ${writes.length - first - VALUES} after`));
    return [make('h6', `Values of ${trace.name(event)}, in order`), list];
  }

  source(event) {
    if (!event.place) return [];
    const cut = event.place.lastIndexOf(':');
    const file = event.place.slice(0, cut);
    const line = Number(event.place.slice(cut + 1));
    const known = linesOf(file);
    const lines = Array.from({ length: 2 * LINES + 1 }, (_, nth) => known.get(line - LINES + nth)).filter(Boolean);
    const code = make('pre', '', { tabindex: '0', role: 'region', 'aria-label': `source, ${event.place}` });
    for (const one of lines) {
      const shown = one.cloneNode(true);
      shown.classList.toggle('marked', Number(one.dataset.line) === line);
      code.append(shown);
    }
    return [make('h6', event.place), ...(lines.length ? [code] : [])];
  }

  memory(event) {
    const all = this.trace.memory(event.index);
    const rows = all.filter((one) => one.name === this.trace.name(event))
      .concat(all.filter((one) => one.name !== this.trace.name(event)).sort((a, b) => b.write.index - a.write.index)).slice(0, MEMORY);
    if (!rows.length) return [];
    const table = make('table.memory');
    const head = make('tr');
    for (const name of ['variable', 'value', 'by']) head.append(make('th', name, { scope: 'col' }));
    table.append(make('thead'), make('tbody'));
    table.tHead.append(head);
    for (const one of rows) {
      const row = make('tr');
      const by = make('td');
      by.append(this.stepLink(one.write), ` ${this.trace.threads[one.write.lane]}`);
      row.append(make('th', one.name, { scope: 'row' }), make('td', one.write.value), by);
      table.tBodies[0].append(row);
    }
    const more = all.length > rows.length ? `, ${rows.length} of ${all.length} variables` : '';
    return [make('h6', `Memory at this step${more}`), table];
  }
}
