// The page of each class of violation, of a real run: it says what happened in words, and it can be read by everybody.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { Shelf, launch } from './browser.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

// What the page of each class has to say.
const told = {
  'spin_lock_relaxed_unlock.relacy.mutual_exclusion': [/data race/, /nothing orders the two/, /Fails every time/],
  'spin_lock_relaxed_unlock.rc11.mutual_exclusion': [/data race/, /only weakly ordered machines, and compilers, show it/,
    /graphs\/spin_lock_relaxed_unlock\.rc11\.mutual_exclusion\.dot/, /Fails every time/],
  'locked_counter_unlocked_value.tsan.publication': [
    /add writes 8 bytes in T\d+, .+ \(role \d\), while .+value reads them/, /Only one of the two holds M0/,
    /Locks held: M0 taken in mutex::lock/, /Locks held: none/, /How often it fails again was not measured/],
  'barrier_reused_too_early.relacy.lock_step': [/deadlock/, /Who waits for what/, /T0 worker/, /last written by T\d at #\d/],
  'guarded_map_self_deadlock.stress.highest_bid_stays': [
    /deadlock/, /Who waits for what/, /held by worker \(role \d\)/, /What the threads were doing/],
  'clh_lock_reused_node.stress.mutual_exclusion': [/livelock/, /spins/, /Where every thread stands at the end/],
  'mutex_lost_wakeup.stress.mutual_exclusion': [/lost wake-up/, /although the event it waits for has happened/],
  'treiber_stack_aba.relacy.items_conserved': [/assertion|not linearizable/, /Interleaving/],
  'event_set_clear_lost.behaviour': [/assertion/],
  'treiber_stack_freed_node.asan': [/use after free/, /Whose memory it is/, /freed by/],
  'gauntlet_counter_freed_twice.asan.no_lost_update': [/double free/, /freed by thread/, /faulty_counters\.hpp/],
  'gauntlet_counter_that_leaks.asan.no_lost_update': [/leak/, /memory is lost/],
  'atomic_counter_torn_value.relacy.linearizability': [/not linearizable/, /History/, /fits nowhere|gives these results/],
  'lock_set_argument_order.tsan.circle': [/lock-order inversion/, /The circle of locks/, /Edge 4 of 4: M3 → M0/],
  'lock_set_argument_order.relacy.circle': [/deadlock/, /Who waits for what/],
  'gauntlet_counter_that_unlocks_twice.tsan.no_lost_update': [
    /lock misuse/, /a lock is released by a thread that does not hold it/, /faulty_counters\.hpp/],
  'gauntlet_counter_that_hangs.stress.no_lost_update': [/hang/, /runs/, /What the threads were doing/],
  'gauntlet_counter_that_crashes.stress.no_lost_update': [/crash/, /SIGILL/],
  'gauntlet_counter_that_overflows.asan.no_lost_update': [/undefined behaviour/, /signed integer overflow/],
  'thread_join_before_begin.relacy.join_publishes': [/undefined behaviour/, /Interleaving/],
};
const ids = Object.keys(told);
// Of these each has parts that the others have not.
const typical = ['spin_lock_relaxed_unlock.relacy.mutual_exclusion', 'locked_counter_unlocked_value.tsan.publication',
  'guarded_map_self_deadlock.stress.highest_bid_stays', 'atomic_counter_torn_value.relacy.linearizability',
  'lock_set_argument_order.tsan.circle', 'gauntlet_counter_that_crashes.stress.no_lost_update'];
const others = ['overview', 'explored', 'explored.treiber_stack_aba', 'trend', 'reading', 'environment'];
let browser;
let shelf;
before(async () => { browser = await launch(); shelf = new Shelf(browser); });
after(async () => { await browser.close(); });
afterEach(() => { assert.deepEqual(shelf.complaints(), []); });

test('the recorded results hold every class of violation', async () => {
  const page = await shelf.at('recorded', 'overview');
  const classes = new Set(await page.$$eval('.violation > h3', (all) => all.map((one) => one.textContent.split(': ')[1])));
  assert.equal(classes.size, 14, [...classes].join());
});

for (const id of ids) {
  test(`${id} says what happened and how to see it again`, async () => {
    const page = await shelf.at('recorded', id);
    const text = await page.$eval('.violation.shown', (one) => one.innerText.replace(/\s+/g, ' '));
    for (const words of told[id]) assert.match(text, words);
    assert.match(await page.textContent('.violation.shown .command code'), /^make (replay TOKEN|check PRIMITIVE)=/);
    const cut = await page.$$eval('.violation.shown svg.graph', (all) => all.flatMap((svg) => {
      const whole = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('rect, text')].filter((part) => {
        const box = part.getBoundingClientRect();
        return box.left < whole.left || box.right > whole.right || box.top < whole.top || box.bottom > whole.bottom;
      }).map((part) => part.textContent || part.outerHTML);
    }));
    assert.deepEqual(cut, []);
    const over = await page.$$eval('.violation.shown svg.graph g', (all) => all.filter((one) => [...one.querySelectorAll('text')]
      .some((words) => words.getBoundingClientRect().right > one.querySelector('rect').getBoundingClientRect().right))
      .map((one) => one.textContent));
    assert.deepEqual(over, []);
  });
}

test('a narrow window scrolls nowhere but inside of its parts', async () => {
  const page = await shelf.at('recorded', 'overview', { viewport: { width: 420, height: 800 } });
  for (const id of [...ids, ...others]) {
    await shelf.at('recorded', id, { viewport: { width: 420, height: 800 } });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 420, id);
  }
});

test('what is folded prints, and so does every graph', async () => {
  const page = await shelf.at('recorded', 'lock_set_argument_order.tsan.circle', { viewport: { width: 1000, height: 700 } });
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.$$eval('.shown.violation details:not([open])', (all) => all.length), 0);
  assert.ok(await page.isVisible('.violation.shown svg.graph') && await page.isHidden('nav'));
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: 'screen' });
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing wrong, ${colorScheme}`, async () => {
    const options = { colorScheme, bypassCSP: true };
    const page = await shelf.at('recorded', 'overview', options);
    await page.addScriptTag({ path: axe });
    for (const id of colorScheme === 'dark' ? ['overview', ...typical] : [...others, ...typical]) {
      await shelf.at('recorded', id, options);
      // Only colours differ in the dark.
      const rules = colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
      const found = await page.evaluate(async (how) => {
        // Its time is that of the whole document, so what is not shown is taken out meanwhile.
        const out = [...document.querySelectorAll('.page:not(.shown), .page.shown .violation:not(.shown), template')]
          .map((part) => [part, document.createComment('')]);
        for (const [part, mark] of out) part.replaceWith(mark);
        const { violations } = await axe.run(document, how);
        for (const [part, mark] of out) mark.replaceWith(part);
        return violations
          .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`);
      }, { resultTypes: ['violations'], ...rules });
      assert.deepEqual(found, [], id);
    }
  });

  test(`text stands out from what is behind it, ${colorScheme}`, async () => {
    const page = await shelf.at('recorded', 'overview', { colorScheme });
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
      for (const text of ['muted', 'link', 'good', 'bad', 'open', 'caught', 'word', 'type', 'name', 'literal', 'string']) {
        pairs.push([`--${text}`, '--page'], [`--${text}`, '--card']);
      }
      // Words in the boxes of a graph.
      pairs.push(['--muted', '--bad-back'], ['--muted', '--open-back']);
      return pairs.map(([text, back]) => {
        const [low, high] = [light(text), light(back)].sort((a, b) => a - b);
        return [text, back, (high + 0.05) / (low + 0.05)];
      });
    });
    assert.deepEqual(found.filter(([, , ratio]) => !(ratio >= 4.5)), []);
  });
}
