// The lanes of an interleaving: only the rows in sight exist, and only the selected step's arrows are drawn.
const ROW = 26;
const HEAD = 29;
const GUTTER = 64;
const AROUND = 1;
const SVG = 'http://www.w3.org/2000/svg';
const arrowWords = { reads: 'reads from', synchronizes: 'synchronizes', missed: 'newer value not seen',
  unordered: 'nothing orders these', weak: 'read, but not synchronized' };

// A lane is narrow: the longest operation has a short name that everybody knows.
function brief(words) { return words.replace('compare_exchange', 'cas'); }

class Lanes {
  constructor(trace, select) {
    this.trace = trace;
    this.select = select;
    this.rows = [];
    this.chosen = -1;
    this.box = make('div.lanes', '', { tabindex: '0', role: 'region', 'aria-label': 'interleaving, a lane a thread' });
    this.head = make('div.lane-names');
    for (const name of trace.lanes) this.head.append(make('b', name));
    this.content = make('div.lane-rows');
    this.drawing = document.createElementNS(SVG, 'svg');
    this.drawing.setAttribute('aria-hidden', 'true');
    this.box.append(this.head, this.content);
    this.top = 0;
    this.lines = new Map();
    this.box.addEventListener('scroll', () => {
      if (this.box.scrollTop === this.top) return;  // by choose(), and drawn
      this.top = this.box.scrollTop;
      this.request();
    });
    this.content.addEventListener('click', (event) => {
      const row = event.target.closest('.lane-row');
      if (row) select(Number(row.dataset.index));
    });
    new ResizeObserver(() => this.measure()).observe(this.box);
  }

  // Layout is read here only: reading it while drawing costs more than the drawing.
  measure() {
    this.height = this.box.clientHeight;
    this.width = Math.max(236, (this.box.clientWidth - GUTTER) / this.trace.lanes.length);
    const probe = this.content.appendChild(make('span.event', 'm'.repeat(50)));
    this.letter = probe.getBoundingClientRect().width / 50 || 7;
    probe.remove();
    const total = GUTTER + this.width * this.trace.lanes.length;
    this.content.style.width = this.head.style.width = `${total}px`;
    [...this.head.children].forEach((name, lane) => { name.style.left = `${GUTTER + lane * this.width}px`; });
    this.forget();
    this.draw();
  }

  show(rows) {
    this.rows = rows;
    this.forget();
    this.position = new Map(rows.map((index, row) => [index, row]));
    this.content.style.height = `${rows.length * ROW}px`;
  }

  // What is drawn has to be drawn anew.
  forget() {
    for (const line of this.lines.values()) line.remove();
    this.lines.clear();
  }

  // The row of an event, or of the nearest one before it that is shown.
  row(index) {
    for (let at = index; at >= 0; at -= 1) if (this.position.has(at)) return this.position.get(at);
    return 0;
  }

  // Scrolling there is apart, settle(): it has the browser lay out what was drawn, so it is done once all is.
  choose(index) {
    this.chosen = index;
    const top = this.row(index) * ROW;
    const view = this.height - ROW * 2;
    if (top < this.top || top > this.top + view) {
      const most = this.rows.length * ROW + HEAD - this.height;
      this.top = Math.max(0, Math.min(most, Math.round(top - view / 2)));
      this.moved = true;
    }
    this.draw();
  }

  settle() {
    if (this.moved) this.box.scrollTop = this.top;
    this.moved = false;
  }

  request() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.draw(); });
  }

  draw() {
    if (!this.height) return;
    const first = Math.max(0, Math.floor(this.top / ROW) - AROUND);
    const end = Math.min(this.rows.length, Math.ceil((this.top + this.height) / ROW) + AROUND);
    const lines = new Map();
    for (let row = first; row < end; row += 1) lines.set(row, this.lines.get(row) ?? this.line(row));
    for (const [row, line] of this.lines) if (!lines.has(row)) line.remove();
    for (const [row, line] of lines) {
      const index = this.rows[row];
      line.classList.toggle('chosen', index === this.chosen);
      line.classList.toggle('later', index > this.chosen);
      if (!this.lines.has(row)) this.content.append(line);
    }
    this.lines = lines;
    this.content.append(this.drawing);
    this.drawArrows(first);
  }

  line(row) {
    const { trace } = this;
    const event = trace.events[this.rows[row]];
    const line = make('div.lane-row', '', { 'data-index': event.index });
    line.style.top = `${row * ROW}px`;
    line.append(make('span.step', `#${event.step}`));
    const classes = ['span.event', event.stale && 'stale', event.writes && 'writes', event.index === trace.last && 'last',
      trace.race.includes(event.step) && 'racing', trace.alone && event.lane === 0 && 'alone'];
    const chip = make(classes.filter(Boolean).join('.'));
    chip.style.left = `${GUTTER + event.column * this.width}px`;
    // Given, as working it out from the words costs the browser more than all else.
    const { left, right } = this.edges(event);
    chip.style.width = `${right - left}px`;
    chip.append(`${brief(event.operation)} `, make('b', trace.name(event)));
    if (event.value) chip.append(trace.name(event) ? ` ${event.writes ? '←' : event.from >= 0 ? '→' : '='} ` : '', event.value);
    if (event.order) chip.append(make('i', ` ${event.order}`));
    if (event.stale) chip.append(make('strong', ' stale'));
    const times = trace.times.get(event.index) ?? 1;
    if (times > 1 && this.folded) chip.append(make('em', ` ×${times}`));
    chip.title = trace.words(event);
    line.append(chip);
    return line;
  }

  // Where an arrow meets an event: the side of its chip that looks at the other's lane.
  point(index, other) {
    const event = this.trace.events[index];
    const across = this.trace.events[other].column;
    const { left, right } = this.edges(event);
    return { x: across > event.column ? right : left, y: this.row(index) * ROW + ROW / 2 };
  }

  // Where the words of an arrow go: a row holds one event, so that there is room right of it, or else above.
  beside(index) {
    const event = this.trace.events[index];
    const right = this.edges(event).right + 10;
    const end = GUTTER + this.width * this.trace.lanes.length;
    return right + 150 < end ? [right, 'start'] : [this.edges(event).left - 8, 'end'];
  }

  edges(event) {
    const left = GUTTER + event.column * this.width;
    const times = this.folded ? this.trace.times.get(event.index) ?? 1 : 1;
    const words = brief(this.trace.words(event)).length + (event.stale ? 6 : 0) + (times > 1 ? 2 + `${times}`.length : 0);
    return { left, right: left + Math.min(this.width - 12, words * this.letter + 18) };
  }

  drawArrows(first) {
    const top = first * ROW;
    this.drawing.style.top = `${top}px`;
    this.drawing.setAttribute('width', this.content.style.width);
    this.drawing.setAttribute('height', String(this.height + 3 * AROUND * ROW));
    const parts = [];
    const arrows = this.chosen < 0 ? [] : this.trace.arrows(this.chosen);
    const labels = new Map();
    for (const [from, to, sort] of arrows) {
      labels.set(to, (labels.get(to) ?? 0) + 1);
      parts.push(...this.arrow(from, to, sort, top, (labels.get(to) - 1) * 13));
    }
    this.drawing.replaceChildren(...parts);
  }

  // `above`: how far the words stand above their place, as several arrows may meet there.
  arrow(from, to, sort, top, above) {
    const a = this.point(from, to);
    const b = this.point(to, from);
    const same = this.trace.events[from].column === this.trace.events[to].column;
    const bend = same ? -40 : (b.x - a.x) / 2;
    const limit = 20000;  // beyond what is in sight the line only has to point there
    const y = (value) => Math.max(-limit, Math.min(limit, value - top));
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', `M${a.x} ${y(a.y)} C${a.x + bend} ${y(a.y)} ${b.x - (same ? 40 : bend)} ${y(b.y)} ${b.x} ${y(b.y)}`);
    path.setAttribute('class', sort);
    const tip = document.createElementNS(SVG, 'path');
    const back = same || b.x > a.x ? -7 : 7;
    tip.setAttribute('d', `M${b.x} ${y(b.y)} l${back} -4 l0 8 z`);
    tip.setAttribute('class', `tip ${sort}`);
    const label = document.createElementNS(SVG, 'text');
    const [x, side] = this.beside(to);
    label.setAttribute('x', String(x));
    label.setAttribute('y', String(y(b.y) + (side === 'start' ? 4 : -10) - above));
    label.setAttribute('text-anchor', side);
    label.setAttribute('class', sort);
    label.textContent = arrowWords[sort];
    return [path, tip, label];
  }
}
