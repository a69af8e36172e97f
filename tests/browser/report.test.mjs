// The report's page in a browser, as its readers use it.
import { strict as assert } from 'node:assert';
import { after, afterEach, before, test } from 'node:test';
import { Shelf, launch } from './browser.mjs';

const race = 'spin_lock_relaxed_unlock.relacy.mutual_exclusion';
const stale = 'treiber_stack_aba.relacy.items_conserved';
let browser;
let shelf;
before(async () => { browser = await launch(); shelf = new Shelf(browser); });
after(async () => { await browser.close(); });
afterEach(() => { assert.deepEqual(shelf.complaints(), []); });

const shown = (page) => page.evaluate(() => document.querySelector('.page.shown').id);
const chosen = (page) => page.textContent('.violation.shown .chosen .step', { timeout: 5000 });
const hash = (page) => page.evaluate(() => location.hash);
const texts = (page, selector) => page.$$eval(selector, (all) => all.map((one) => one.textContent));

for (const name of ['grades', 'recorded', 'hostile']) {
  test(`every page of ${name} opens in silence and asks for nothing`, async () => {
    const page = await shelf.at(name, 'overview');
    const wrong = await page.evaluate(async () => {
      const found = [];
      const parts = [...document.querySelectorAll('.page, .violation')];
      if (parts.length <= 10) found.push(`only ${parts.length} pages`);
      for (const part of parts) {
        location.hash = encodeURIComponent(part.id);
        await new Promise((done) => { setTimeout(done); });
        showPage();
        if (!part.closest('.page').matches('.shown')) found.push(part.id);
      }
      return found;
    });
    assert.deepEqual(wrong, []);
  });
}

test('the overview leads to a failure, and back', async () => {
  const page = await shelf.at('recorded', 'overview');
  assert.match(await page.textContent('.verdict'), /spin_lock_relaxed_unlock on relacy/);
  assert.match(await page.textContent('.changes'), /newly failing spin_lock_relaxed_unlock\.relacy: pass → fail/);
  await page.click('.failures td a');
  assert.match(await shown(page), /^(spin_lock_relaxed_unlock|locked_counter_unlocked_value)\./);
  await page.goBack();
  assert.equal(await shown(page), 'overview');
});

test('every grade is to be seen in the matrix', async () => {
  const page = await shelf.at('grades', 'overview');
  const cells = await page.$$eval('.matrix td', (all) => all.map((cell) => cell.innerText.toLowerCase()).join('\n'));
  for (const grade of ['pass', 'fail', 'hang', 'crash', 'inconclusive', 'expected failure', 'missed', 'missing', 'n/a']) {
    assert.ok(cells.includes(grade), grade);
  }
});

test('the filters narrow the matrix and stay in the address', async () => {
  const page = await shelf.at('grades', 'overview');
  const rows = () => page.$$eval('.matrix tr[data-name]', (all) => all.filter((row) => row.offsetHeight).length);
  const all = await rows();
  await page.fill('#filter', 'lock');
  const some = await rows();
  assert.ok(some > 0 && some < all);
  await page.selectOption('#graded', 'missed');
  assert.equal(await hash(page), '#overview?named=lock&graded=missed');
  const few = await rows();
  assert.ok(few > 0 && few < some);
  await page.reload();
  assert.equal(await rows(), few);
});

test('a command is copied by its button', async () => {
  const page = await shelf.at('recorded', race);
  await page.click('.shown.violation .copy');
  await page.waitForFunction(() => /Copied|Ctrl/.test(document.querySelector('.shown.violation .copy').textContent));
  assert.match(await page.textContent('.shown.violation .command code'), /^make replay TOKEN=spin_lock_relaxed_unlock/);
});

test('a race opens where it failed, with the edge that is missing', async () => {
  const page = await shelf.at('recorded', race);
  assert.equal((await texts(page, '.violation.shown .lane-row .event.last')).length, 1);
  assert.match(await page.textContent('.violation.shown .step-panel .why'), /the two do not synchronize/);
  assert.deepEqual((await texts(page, '.violation.shown .lane-rows text')).sort(),
    ['nothing orders these', 'read, but not synchronized']);
  assert.match(await page.textContent('.violation.shown .step-panel pre .marked'), /\S/);
  assert.match(await page.textContent('.violation.shown .step-panel .memory'), /lock_\.held_/);
});

test('keys step through an interleaving, and the address follows', async () => {
  const page = await shelf.at('recorded', race);
  await page.focus('.violation.shown .lanes');
  const end = await chosen(page);
  await page.keyboard.press('Home');
  assert.equal(await chosen(page), '#0');
  await page.keyboard.press('j');
  assert.equal(await chosen(page), '#1');
  await page.waitForFunction((wanted) => location.hash === wanted, `#${race}.s1`);
  await page.keyboard.press('k');
  assert.equal(await chosen(page), '#0');
  await page.keyboard.press(']');
  assert.notEqual(await chosen(page), '#0');
  await page.keyboard.press('[');
  assert.equal(await chosen(page), '#0');
  await page.keyboard.press('f');
  assert.equal(await chosen(page), end);
  await page.keyboard.press('r');
  assert.notEqual(await chosen(page), end);
  assert.equal(await page.evaluate(() => document.querySelector('.violation.shown .chosen .racing') !== null), true);
});

test('a deep link opens its step; a stale read shows the newer value and what was missed', async () => {
  const page = await shelf.at('recorded', `${stale}.s46`);
  assert.equal(await chosen(page), '#46');
  assert.match(await page.textContent('.violation.shown .step-panel .why'), /Stale: this read returned null, although #43 wrote/);
  assert.match(await page.textContent('.violation.shown .step-panel .values .mine'), /#36: null/);
  assert.deepEqual(await texts(page, '.violation.shown .lane-rows text'), ['reads from', 'newer value not seen']);
  await page.focus('.violation.shown .lanes');
  await page.keyboard.press('s');
  assert.equal(await chosen(page), '#45');
  const read = (await page.textContent('.violation.shown .step-panel .values .mine')).split(':')[0];
  await page.click('.violation.shown .step-panel .values .mine');
  assert.equal(await chosen(page), read);
});

test('a variable can be looked at alone, and repeats unfold', async () => {
  const page = await shelf.at('recorded', race);
  const height = () => page.$eval('.violation.shown .lane-rows', (box) => parseInt(box.style.height, 10));
  const all = await height();
  await page.selectOption('.violation.shown .viewer-tools select', { label: 'first_' });
  assert.ok(await height() < all);
  await page.selectOption('.violation.shown .viewer-tools select', { label: 'every variable' });
  await page.uncheck('.violation.shown .viewer-tools input');
  assert.ok(await height() >= all);
  await page.check('.violation.shown .viewer-tools input');
});

test('20,000 events open in 0.3 s, and a step and a far jump redraw in a frame', async () => {
  const page = await shelf.at('long', 'reading');
  // The processor's time of the page's own thread, for script, style, layout and paint: what else the machine does is no
  // property of the page.
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => (await session.send('Performance.getMetrics')).metrics
    .find((one) => one.name === 'TaskDuration').value * 1000;
  const closed = await spent();
  await page.evaluate(async () => {
    location.hash = 'ticket_lock.relacy.mutual_exclusion';
    await new Promise((done) => { addEventListener('hashchange', () => requestAnimationFrame(done), { once: true }); });
  });
  const opened = await spent() - closed;
  const each = async (action) => {
    const begun = await spent();
    await page.evaluate(async (name) => {
      const viewer = viewers.get(document.querySelector('.violation.shown .viewer'));
      for (let at = 1; at <= 20; at += 1) {
        if (name === 'step') viewer.move(-1);
        else if (name === 'jump') viewer.select((at * 997) % 20000);
        else viewer.panel.show(viewer.trace.events[(at * 997) % 20000]);
        await new Promise(requestAnimationFrame);
      }
    }, action);
    return (await spent() - begun) / 20;
  };
  // The least of some: beside other work caches are cold, and the first ones compile the script. Of a jump the panel is
  // drawn in the frame after, unless another one follows.
  const least = async (action) => Math.min(await each(action), await each(action), await each(action));
  const [step, jump, panel] = [await least('step'), await least('jump'), await least('panel')];
  console.log(`opened in ${opened.toFixed(0)} ms; a step takes ${step.toFixed(1)} ms, a far jump ${jump.toFixed(1)} ms `
    + `and its panel ${panel.toFixed(1)} ms`);
  assert.equal(await page.evaluate(() => viewers.get(document.querySelector('.violation.shown .viewer')).trace.events.length), 20000);
  assert.ok(opened > 0 && opened < 300, `${opened} ms`);
  assert.ok(step < 16, `${step} ms`);
  assert.ok(jump < 16 && panel < 16, `${jump} and ${panel} ms`);
});

test('printing gives the interleaving as a table', async () => {
  const page = await shelf.at('recorded', race, { viewport: { width: 1000, height: 700 } });
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.ok(await page.isVisible('.shown .as-table table'));
  assert.ok(await page.isHidden('.violation.shown .viewer-body'));
  const rows = await page.$$eval('.shown .as-table tbody tr', (all) => all.map((row) => row.innerText));
  assert.ok(rows.some((row) => /lock_\.held_/.test(row)));
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal(await page.$$eval('.shown details[open]', (all) => all.length), 0);
  await page.emulateMedia({ media: 'screen' });
});

test('benchmarks and trends are drawn, with their numbers as tables', async () => {
  const page = await shelf.at('recorded', 'trend');
  assert.match(await page.textContent('#trend .trend figcaption'), /(within|above|below) the noise of the 4 runs before it/);
  assert.equal((await texts(page, '#trend > .trends .trend:first-child circle')).length, 5);
  const rows = await page.$$eval('#trend tbody tr', (all) => all.map((row) => row.className));
  assert.ok(rows.includes('ahead') && rows.includes('behind') && rows.includes('level'));
  const [ahead, behind] = await page.evaluate(() => ['ahead', 'behind'].map((name) => {
    const row = document.querySelector(`#trend tr.${name}`);
    return row.querySelector('rect:not(.band)').getBoundingClientRect().right
      <= row.querySelector('line').getBoundingClientRect().right + 1;
  }));
  assert.deepEqual([ahead, behind], [true, false]);
});

test('a bounded proof says in words what it is bounded by', async () => {
  const page = await shelf.at('recorded', 'explored.event');
  const rows = await texts(page, '.page.shown tbody tr');
  assert.ok(rows.some((row) => row.includes('complete (2 threads × 2 operations, 1 time-out, 1 spurious wake-up)')));
});

test('outcomes are graded, the unseen among them, and fairness has its bars', async () => {
  const page = await shelf.at('grades', 'explored.spin_lock');
  const rows = await texts(page, '.shown .outcomes tbody tr');
  assert.ok(rows.some((row) => /forbidden/.test(row)) && rows.some((row) => /never seen: below 1 in/.test(row)), rows.join('|'));
  assert.match(await page.textContent('.shown'), /others got in before it at most 41 times/);
});
