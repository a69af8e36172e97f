// Pictures of the report's pages: `screenshots.mjs directory`.
import { launch, open } from './browser.mjs';

const pictures = [
  ['overview', 'grades', ''],
  ['changes', 'recorded', ''],
  ['race_model', 'recorded', 'spin_lock_relaxed_unlock.relacy.mutual_exclusion.s19'],
  ['race_tsan', 'recorded', 'locked_counter_unlocked_value.tsan'],
  ['interleaving_stale', 'recorded', 'treiber_stack_aba.relacy.items_conserved.s46'],
  ['interleaving_dark', 'recorded', 'treiber_stack_aba.relacy.items_conserved.s46', { colorScheme: 'dark' }],
  ['race_rc11', 'recorded', 'spin_lock_relaxed_unlock.rc11.mutual_exclusion'],
  ['lock_order', 'recorded', 'lock_set_argument_order.tsan.circle', { viewport: { width: 1040, height: 1000 } }],
  ['lock_misuse', 'recorded', 'gauntlet_counter_that_unlocks_twice.tsan.no_lost_update'],
  ['livelock', 'recorded', 'clh_lock_reused_node.stress.mutual_exclusion'],
  ['deadlock_native', 'recorded', 'guarded_map_self_deadlock.stress.highest_bid_stays', { viewport: { width: 1040, height: 900 } }],
  ['hang', 'recorded', 'gauntlet_counter_that_hangs.stress.no_lost_update'],
  ['crash', 'recorded', 'gauntlet_counter_that_crashes.stress.no_lost_update'],
  ['leak', 'recorded', 'gauntlet_counter_that_leaks.asan.no_lost_update'],
  ['double_free', 'recorded', 'gauntlet_counter_freed_twice.asan.no_lost_update'],
  ['undefined', 'recorded', 'gauntlet_counter_that_overflows.asan.no_lost_update'],
  ['assertion', 'recorded', 'event_set_clear_lost.behaviour'],
  ['outcomes', 'grades', 'explored.spin_lock', { viewport: { width: 1040, height: 1000 } }],
  ['trend', 'recorded', 'trend', { viewport: { width: 1040, height: 1000 } }],
  ['not_linearizable', 'recorded', 'atomic_counter_torn_value.relacy.linearizability'],
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
