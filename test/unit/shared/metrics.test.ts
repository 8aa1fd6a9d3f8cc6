import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceStatus } from '../../../src/shared/control-status.js';
import {
  BOUNDS,
  decodeDurations,
  durationOf,
  encodeCounts,
  NO_DURATIONS,
  quantile,
  since,
  sumOf,
} from '../../../src/shared/histogram.js';
import type { Histogram } from '../../../src/shared/histogram.js';
import { metricsOf, metricsText } from '../../../src/shared/metrics.js';
import { statusOf } from '../../../src/master/surface/status.js';
import { initialState, newExecutor } from '../../../src/master/state.js';
import { fromText } from '../../../src/shared/bytes.js';
import { FACTS } from '../../harness/status.js';

const of = (...seconds: readonly number[]): Histogram =>
  seconds.map(durationOf).reduce(sumOf, NO_DURATIONS);

test('a share of the durations is found between the bounds of its bucket', () => {
  assert.equal(quantile(NO_DURATIONS, 0.5), undefined);
  assert.equal(quantile(of(0.3, 0.3, 0.3, 0.3), 0.5), 0.375);
  assert.equal(quantile(of(0.02, 0.02, 0.02, 0.9), 0.875), 0.75);
  assert.equal(quantile(of(9999), 0.5), 1800);
});

test('what has been added since; after a restart, all', () => {
  const [earlier, now] = [of(0.25), of(0.25, 2)];
  assert.deepEqual(since(earlier, now), of(2));
  assert.deepEqual(since(of(0.3, 0.3), now), now);
});

test('counts of another length are none', () => {
  const some = of(0.001, 4000);
  assert.deepEqual(decodeDurations(encodeCounts(some.counts), some.sum), some);
  for (const length of [0, 3, BOUNDS.length * 4, (BOUNDS.length + 2) * 4])
    assert.equal(decodeDurations(Buffer.alloc(length), 1), NO_DURATIONS);
});

function status(label: string): InstanceStatus {
  const [instance, destination] = [
    { block: fromText('default'), label: fromText(label), flags: 0n, given: 0n },
    'host:"a\\b',
  ];
  const executor = { ...newExecutor(1000), paths: 7, latency: of(0.3, 9999) };
  const state = {
    ...initialState(1000, instance),
    executors: new Map([['executor', executor]]),
    refused: new Map([['watcher' as const, new Map([[1, 2]])]]),
  };
  return statusOf(state, { ...FACTS, destination }, true);
}

test('metrics: a head for each, the values of all instances, labels escaped', () => {
  const text = metricsText(metricsOf([status('one'), status('two')]));
  assert.equal(text.match(/^# TYPE clsync_paused gauge$/gm)?.length, 1);
  assert.match(text, /^clsync_paused\{name="one"\} 0\nclsync_paused\{name="two"\} 0$/m);
  const labels = String.raw`name="one",destination="host:\"a\\b"`;
  const value = (name: string, more = ''): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}{${labels}${more}}`))
      ?.split(' ')
      .at(-1);
  assert.equal(value('clsync_synced_paths_total'), '7');
  assert.equal(value('clsync_latency_seconds_bucket', ',le="0.25"'), '0');
  assert.equal(value('clsync_latency_seconds_bucket', ',le="1800"'), '1');
  assert.equal(value('clsync_latency_seconds_bucket', ',le="+Inf"'), '2');
  assert.equal(value('clsync_latency_seconds_count'), '2');
  assert.equal(value('clsync_latency_seconds_sum'), '9999.3');
  assert.match(
    text,
    /^clsync_process_refused_calls_total\{name="one",role="watcher",call="\w+"\} 2$/m,
  );
  // What there is none of at present is left out.
  assert.doesNotMatch(text, /clsync_last_sync_time_seconds/);
});
