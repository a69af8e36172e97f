// Pictures of the report's pages: `screenshots.mjs directory`.
import { launch, open } from './browser.mjs';

const pictures = [
  ['overview', 'grades', ''],
  ['changes', 'recorded', ''],
  ['race_model', 'recorded', 'spin_lock_relaxed_unlock.relacy.mutual_exclusion.s19'],
  ['race_tsan', 'recorded', 'locked_counter_unlocked_value.tsan'],
  ['interleaving_stale', 'recorded', 'treiber_stack_aba.relacy.items_conserved.s46'],
  ['interleaving_dark', 'recorded', 'treiber_stack_aba.relacy.items_conserved.s46', { colorScheme: 'dark' }],
  ['lost_wakeup', 'recorded', 'mutex_lost_wakeup.stress.mutual_exclusion'],
  ['deadlock', 'recorded', 'barrier_reused_too_early.relacy.lock_step'],
  ['use_after_free', 'recorded', 'treiber_stack_freed_node.asan'],
  ['history', 'grades', 'semaphore.stress.permits_are_conserved'],
  ['explored', 'recorded', 'explored.mutex_lost_wakeup'],
  ['narrow', 'recorded', 'spin_lock_relaxed_unlock.relacy', { viewport: { width: 420, height: 800 } }],
];

const browser = await launch();
for (const [name, page, hash, options] of pictures) {
  const shown = await open(browser, page, hash, { viewport: { width: 1040, height: 640 }, ...options });
  await shown.screenshot({ path: `${process.argv[2]}/${name}.png` });
  await shown.context().close();
}
await browser.close();
