// The interleaving viewer: keys, buttons and filters around the lanes and the panel.
const viewers = new WeakMap();
const TABLE = 2000;

// Opens the viewer in its place, at a step, or where it failed.
function openViewer(place, step) {
  const store = place.querySelector('script[type="application/json"]');
  if (!store) return;
  if (!viewers.has(place)) viewers.set(place, new Viewer(place, new Trace(JSON.parse(store.textContent))));
  viewers.get(place).go(step);
}

class Viewer {
  constructor(place, trace) {
    this.trace = trace;
    this.id = place.dataset.id;
    this.chosen = trace.last;
    const select = (index) => this.select(index);
    this.lanes = new Lanes(trace, select);
    this.panel = new Panel(trace, select, this.id);
    this.told = make('p.told', '', { role: 'status' });
    const body = make('div.viewer-body');
    body.append(this.lanes.box, this.panel.box);
    this.table = make('details.as-table');
    this.table.append(make('summary', 'The interleaving as a table'));
    this.table.addEventListener('toggle', () => { if (this.table.open) this.fill(); });
    place.querySelector('.fallback').remove();
    place.append(this.tools(), body, this.told, this.table);
    place.addEventListener('keydown', (event) => this.key(event));
    this.narrow();
    this.lanes.measure();
  }

  tools() {
    const bar = make('p.viewer-tools');
    const button = (text, title, action) => {
      const made = bar.appendChild(make('button', text, { type: 'button', title }));
      made.addEventListener('click', action);
    };
    button('◀ previous', 'key k or ↑', () => this.move(-1));
    button('next ▶', 'key j or ↓', () => this.move(1));
    button('failure', 'key f', () => this.select(this.trace.last));
    if (this.trace.events.some((event) => event.stale)) button('next stale read', 'key s', () => this.toStale());
    if (this.trace.race.length) button('what is unordered', 'key r', () => this.toRace());
    const chooser = make('select');
    chooser.append(make('option', 'every variable', { value: '-1' }));
    this.trace.variables.forEach((name, index) => {
      if (name) chooser.append(make('option', name, { value: String(index) }));
    });
    this.chooser = chooser;
    this.fold = make('input', '', { type: 'checkbox' });
    this.fold.checked = true;
    for (const [words, control] of [['show ', chooser], ['fold repeats ', this.fold]]) {
      const label = bar.appendChild(make('label', words));
      label.append(control);
      control.addEventListener('input', () => { this.narrow(); this.select(this.chosen); });
    }
    bar.append(make('span.hint', 'keys: j k step, [ ] same variable, s stale, r unordered, f failure, Home End'));
    return bar;
  }

  narrow() {
    this.lanes.folded = this.fold.checked;
    this.lanes.show(this.trace.shown(Number(this.chooser.value), this.fold.checked));
  }

  go(step) {
    const index = step === null ? this.trace.last : this.trace.at.get(step) ?? this.trace.last;
    if (Number(this.chooser.value) >= 0 && this.trace.events[index].variable !== Number(this.chooser.value)) {
      this.chooser.value = '-1';
      this.narrow();
    }
    this.choose(index);
  }

  // Chooses a step and has the address say so.
  select(index) {
    this.choose(index);
    // Once the keys rest: browsers refuse to be told at every step.
    clearTimeout(this.telling);
    this.telling = setTimeout(() => history.replaceState(null, '', `#${this.id}.s${this.trace.events[index].step}`), 100);
  }

  choose(index) {
    const { trace } = this;
    const event = trace.events[index];
    this.chosen = index;
    this.lanes.choose(index);
    this.panel.show(event, this.lanes.moved);
    this.told.textContent = `step #${event.step} of ${trace.events[trace.last].step}, ${trace.threads[event.lane]}: ${trace.words(event)}`
      + `${trace.leftOut ? `; ${trace.leftOut} earlier steps are only in results.json` : ''}`;
    this.lanes.settle();
  }

  move(by) {
    const row = this.lanes.row(this.chosen) + by;
    this.select(this.lanes.rows[Math.max(0, Math.min(this.lanes.rows.length - 1, row))]);
  }

  toStale() {
    const { events } = this.trace;
    const next = events.find((event) => event.stale && event.index > this.chosen) ?? events.find((event) => event.stale);
    if (next) this.select(next.index);
  }

  toRace() {
    const [first, second] = this.trace.race;
    const index = this.trace.at.get(this.trace.events[this.chosen].step === second ? first : second);
    if (index !== undefined) this.select(index);
  }

  sameVariable(by) {
    const { events } = this.trace;
    const { variable } = events[this.chosen];
    for (let at = this.chosen + by; at >= 0 && at < events.length; at += by) {
      if (events[at].variable === variable && this.lanes.position.has(at)) { this.select(at); return; }
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT)$/.test(event.target.tagName)) return;
    const page = Math.max(1, Math.floor(this.lanes.height / ROW) - 2);
    const actions = { j: () => this.move(1), ArrowDown: () => this.move(1), k: () => this.move(-1),
      ArrowUp: () => this.move(-1), PageDown: () => this.move(page), PageUp: () => this.move(-page),
      Home: () => this.select(this.lanes.rows[0]), End: () => this.select(this.lanes.rows.at(-1)),
      f: () => this.select(this.trace.last), s: () => this.toStale(), r: () => this.toRace(),
      ']': () => this.sameVariable(1), '[': () => this.sameVariable(-1) };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // The same as a plain table, for screen readers and for paper: the last TABLE rows.
  fill() {
    if (this.table.querySelector('table')) return;
    const { trace } = this;
    const rows = this.lanes.rows.slice(-TABLE);
    if (rows.length < this.lanes.rows.length) this.table.append(make('p.hint', `The last ${rows.length} rows.`));
    const table = this.table.appendChild(make('table.trace'));
    const head = table.createTHead().insertRow();
    for (const name of ['step', 'thread', 'operation', 'reads from', 'source']) head.append(make('th', name, { scope: 'col' }));
    const body = table.createTBody();
    for (const index of rows) {
      const event = trace.events[index];
      const row = body.insertRow();
      row.append(make('th', `#${event.step}`, { scope: 'row' }));
      const times = trace.times.get(index) ?? 1;
      const from = event.from >= 0 ? `#${event.from}${event.stale ? `, stale: #${event.newer} is newer` : ''}` : '';
      for (const text of [trace.threads[event.lane], trace.words(event) + (times > 1 ? ` ×${times}` : ''), from, event.place]) {
        row.append(make('td', text));
      }
    }
  }
}

function fillTable(place) { viewers.get(place)?.fill(); }
