// The report's page in a browser, as its readers use it.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { address, launch, open } from './browser.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const race = 'spin_lock_relaxed_unlock.relacy.mutual_exclusion';
const stale = 'treiber_stack_aba.relacy.items_conserved';
let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const shown = (page) => page.evaluate(() => document.querySelector('.page.shown').id);
const chosen = (page) => page.evaluate(() => document.querySelector('.shown .chosen .step')?.textContent);
const hash = (page) => page.evaluate(() => location.hash);

for (const name of ['grades', 'recorded', 'hostile']) {
  test(`every page of ${name} opens in silence and asks for nothing`, async () => {
    const page = await open(browser, name);
    const ids = await page.$$eval('.page, .violation', (parts) => parts.map((part) => part.id));
    assert.ok(ids.length > 10);
    for (const id of ids) {
      await page.evaluate((to) => { location.hash = to; }, encodeURIComponent(id));
      await page.waitForFunction((to) => document.getElementById(to).closest('.page').matches('.shown'), id);
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('the overview leads to a failure, and back', async () => {
  const page = await open(browser, 'recorded');
  assert.match(await page.textContent('.verdict'), /spin_lock_relaxed_unlock on relacy/);
  assert.match(await page.textContent('.changes'), /newly failing spin_lock_relaxed_unlock\.relacy: pass → fail/);
  await page.click('.failures td a');
  assert.match(await shown(page), /^(spin_lock_relaxed_unlock|locked_counter_unlocked_value)\./);
  await page.goBack();
  assert.equal(await shown(page), 'overview');
  await page.context().close();
});

test('every grade is to be seen in the matrix', async () => {
  const page = await open(browser, 'grades');
  const cells = await page.$$eval('.matrix td', (all) => all.map((cell) => cell.innerText.toLowerCase()).join('\n'));
  for (const grade of ['pass', 'fail', 'hang', 'crash', 'inconclusive', 'expected failure', 'missed', 'missing', 'n/a']) {
    assert.ok(cells.includes(grade), grade);
  }
  await page.context().close();
});

test('the filters narrow the matrix and stay in the address', async () => {
  const page = await open(browser, 'grades');
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
  await page.context().close();
});

test('a race opens where it failed, with the edge that is missing', async () => {
  const page = await open(browser, 'recorded', race);
  const last = await page.$$eval('.shown .lane-row .event.last', (all) => all.length);
  assert.equal(last, 1);
  assert.match(await page.textContent('.shown .step-panel .why'), /the two do not synchronize/);
  const words = await page.$$eval('.shown .lane-rows text', (all) => all.map((one) => one.textContent));
  assert.deepEqual(words.sort(), ['nothing orders these', 'read, but not synchronized']);
  assert.match(await page.textContent('.shown .step-panel pre .marked'), /\S/);
  assert.match(await page.textContent('.shown .step-panel .memory'), /lock_\.held_/);
  await page.context().close();
});

test('keys step through an interleaving, and the address follows', async () => {
  const page = await open(browser, 'recorded', race);
  await page.focus('.shown .lanes');
  const end = await chosen(page);
  await page.keyboard.press('Home');
  assert.equal(await chosen(page), '#0');
  await page.keyboard.press('j');
  assert.equal(await chosen(page), '#1');
  await page.waitForFunction((wanted) => location.hash === wanted, `#${race}.s1`);
  await page.keyboard.press('k');
  assert.equal(await chosen(page), '#0');
  await page.keyboard.press(']');
  const next = await chosen(page);
  assert.notEqual(next, '#0');
  await page.keyboard.press('[');
  assert.equal(await chosen(page), '#0');
  await page.keyboard.press('f');
  assert.equal(await chosen(page), end);
  await page.keyboard.press('r');
  assert.notEqual(await chosen(page), end);
  assert.equal(await page.evaluate(() => document.querySelector('.shown .chosen .racing') !== null), true);
  await page.context().close();
});

test('a deep link opens its step; a stale read shows the newer value and what was missed', async () => {
  const page = await open(browser, 'recorded', `${stale}.s46`);
  assert.equal(await chosen(page), '#46');
  assert.match(await page.textContent('.shown .step-panel .why'), /Stale: this read returned null, although #43 wrote/);
  assert.match(await page.textContent('.shown .step-panel .values .mine'), /#36: null/);
  const words = await page.$$eval('.shown .lane-rows text', (all) => all.map((one) => one.textContent));
  assert.deepEqual(words, ['reads from', 'newer value not seen']);
  await page.focus('.shown .lanes');
  await page.keyboard.press('s');
  assert.equal(await chosen(page), '#45');
  await page.context().close();
});

test('a variable can be looked at alone, and repeats unfold', async () => {
  const page = await open(browser, 'recorded', race);
  const height = () => page.$eval('.shown .lane-rows', (box) => parseInt(box.style.height, 10));
  const all = await height();
  await page.selectOption('.shown .viewer-tools select', { label: 'first_' });
  assert.ok(await height() < all);
  await page.selectOption('.shown .viewer-tools select', { label: 'every variable' });
  await page.uncheck('.shown .viewer-tools input');
  assert.ok(await height() >= all);
  await page.context().close();
});

test('20,000 events open in 0.3 s and redraw in a frame', async () => {
  const page = await open(browser, 'long', 'reading');
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
    const before = await spent();
    await page.evaluate(async (name) => {
      const viewer = viewers.get(document.querySelector('.shown .viewer'));
      for (let at = 1; at <= 50; at += 1) {
        if (name === 'step') viewer.move(-1);
        else viewer.select((at * 997) % 20000);
        await new Promise(requestAnimationFrame);
      }
    }, action);
    return (await spent() - before) / 50;
  };
  const [step, jump] = [await each('step'), await each('jump')];
  console.log(`opened in ${opened.toFixed(0)} ms; a step takes ${step.toFixed(1)} ms, a jump ${jump.toFixed(1)} ms`);
  assert.equal(await page.evaluate(() => viewers.get(document.querySelector('.shown .viewer')).trace.events.length), 20000);
  assert.ok(opened > 0 && opened < 300, `${opened} ms`);
  assert.ok(step < 16, `${step} ms`);
  await page.context().close();
});

test('printing gives the interleaving as a table', async () => {
  const page = await open(browser, 'recorded', race);
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.ok(await page.isVisible('.shown .as-table table'));
  assert.ok(await page.isHidden('.shown .viewer-body'));
  const rows = await page.$$eval('.shown .as-table tbody tr', (all) => all.map((row) => row.innerText));
  assert.ok(rows.some((row) => /lock_\.held_/.test(row)));
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal(await page.$$eval('.shown details[open]', (all) => all.length), 0);
  await page.context().close();
});

test('a narrow window scrolls nowhere but inside of its parts', async () => {
  const page = await open(browser, 'recorded', race, { viewport: { width: 420, height: 800 } });
  for (const id of [race, 'overview', 'mutex_lost_wakeup.stress', 'atomic_counter_torn_value.relacy.linearizability']) {
    await page.goto(address('recorded', id));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 420, id);
  }
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong, ${colorScheme}`, async () => {
    const page = await open(browser, 'recorded', '', { colorScheme, bypassCSP: true });
    await page.addScriptTag({ path: axe });
    const ids = ['overview', race, 'treiber_stack_freed_node.asan', stale, 'mutex_lost_wakeup.stress', 'reading',
      'atomic_counter_torn_value.relacy.linearizability', 'explored.treiber_stack_aba', 'environment'];
    for (const id of colorScheme === 'dark' ? ids.slice(0, 3) : ids) {
      await page.evaluate((to) => { location.hash = to; showPage(); }, id);
      // Only colours differ in the dark.
      const rules = colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
      const found = await page.evaluate(async (how) => (await axe.run(document, how)).violations
        .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`),
      { resultTypes: ['violations'], ...rules });
      assert.deepEqual(found, [], id);
    }
    await page.context().close();
  });

  test(`text stands out from what is behind it, ${colorScheme}`, async () => {
    const page = await open(browser, 'grades', '', { colorScheme });
    const found = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const digits = style.getPropertyValue(name).trim().slice(1);
        const full = digits.length === 3 ? [...digits].map((one) => one + one).join('') : digits;
        const [r, g, b] = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16) / 255)
          .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const pairs = ['good', 'bad', 'open', 'caught', 'alert'].map((name) => [`--${name}`, `--${name}-back`]);
      for (const back of ['--page', '--card', '--select', '--open-back', '--bad-back']) pairs.push(['--text', back]);
      for (const text of ['muted', 'link', 'good', 'bad', 'open', 'word', 'type', 'name', 'literal', 'string']) {
        pairs.push([`--${text}`, '--page'], [`--${text}`, '--card']);
      }
      return pairs.map(([text, back]) => {
        const [low, high] = [light(text), light(back)].sort((a, b) => a - b);
        return [text, back, (high + 0.05) / (low + 0.05)];
      });
    });
    assert.deepEqual(found.filter(([, , ratio]) => !(ratio >= 4.5)), []);
    await page.context().close();
  });
}
