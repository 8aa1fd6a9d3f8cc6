/**
 * The figures of `InstanceStatus` as metrics of Prometheus, for the file of `--metrics-file` and
 * for `clsync web`. One table. Pure.
 */
import type {
  DestinationStatus,
  Durations,
  InstanceStatus,
  ProcessStatus,
} from './control-status.js';
import { STATUSES } from './settings.js';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Added to the name of the metric. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** A metric with all its values. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A value; undefined: there is none at present. */
type Value = number | undefined;
type Row<T> = readonly [
  name: string,
  type: Family['type'],
  help: string,
  samples: (of: T) => Value | readonly Sample[],
];

const INSTANCE: readonly Row<InstanceStatus>[] = [
  [
    'clsync_info',
    'gauge',
    'Always 1; the labels say what runs.',
    ({ clsync, mode, monitor, source }) => [
      { labels: { version: clsync, mode, monitor, source }, value: 1 },
    ],
  ],
  ['clsync_start_time_seconds', 'gauge', 'When the daemon started.', ({ since }) => time(since)],
  [
    'clsync_status',
    'gauge',
    '1 for the status that the daemon has, 0 for all others.',
    ({ status }) =>
      STATUSES.map((one) => ({ labels: { status: one }, value: one === status ? 1 : 0 })),
  ],
  [
    'clsync_status_since_seconds',
    'gauge',
    'When the daemon got its status.',
    ({ statusSince }) => time(statusSince),
  ],
  ['clsync_paused', 'gauge', '1 while the user has syncing paused.', (one) => (one.paused ? 1 : 0)],
  ['clsync_directories', 'gauge', 'Watched directories.', (one) => one.directories],
  ['clsync_pending_paths', 'gauge', 'Paths that wait or are being synced.', (one) => one.pending],
  [
    'clsync_events_total',
    'counter',
    'Changes that the kernel has reported; those of one name that came together count as one.',
    (one) => one.events,
  ],
  [
    'clsync_overflows_total',
    'counter',
    'How often the queue of the kernel overflowed, after which the tree is compared.',
    (one) => one.overflows,
  ],
  ['clsync_rescans_total', 'counter', 'Walks through the tree again.', (one) => one.rescans],
  [
    'clsync_restarts_total',
    'counter',
    'How often all processes were started again after one had failed.',
    (one) => one.restarts,
  ],
  [
    'clsync_last_error_time_seconds',
    'gauge',
    'When the last error was logged; missing: none was.',
    ({ lastError }) => time(lastError?.at),
  ],
];

const DESTINATION: readonly Row<DestinationStatus>[] = [
  [
    'clsync_destination_up',
    'gauge',
    '1 while syncs to the destination can be made; 0: it is away or out of reach, or its handler fails.',
    (one) => (one.up ? 1 : 0),
  ],
  [
    'clsync_queue_paths',
    'gauge',
    'Paths that wait, by queue.',
    ({ queues }) =>
      Object.entries(queues).map(([queue, value]: [string, number]) => ({
        labels: { queue },
        value,
      })),
  ],
  ['clsync_waiting_paths', 'gauge', 'Paths that wait to be synced.', (one) => one.waiting],
  ['clsync_syncing_paths', 'gauge', 'Paths that are being synced.', (one) => one.syncing],
  [
    'clsync_failing_paths',
    'gauge',
    'Paths that have failed and wait to be tried again.',
    (one) => one.failing,
  ],
  [
    'clsync_oldest_change_seconds',
    'gauge',
    'Age of the oldest change that waits in a queue; 0: none does.',
    (one) => one.oldest,
  ],
  ['clsync_syncs_total', 'counter', 'Syncs that did something.', (one) => one.syncs],
  ['clsync_synced_paths_total', 'counter', 'Paths that were synced.', (one) => one.paths],
  [
    'clsync_copied_bytes_total',
    'counter',
    'Bytes written at the destination; only mode mirror counts them.',
    (one) => one.bytes,
  ],
  ['clsync_failures_total', 'counter', 'Syncs that failed.', (one) => one.failures],
  [
    'clsync_last_sync_time_seconds',
    'gauge',
    'When the last sync that did something ended; missing: none has.',
    ({ lastSync }) => time(lastSync?.at),
  ],
  [
    'clsync_last_failure_time_seconds',
    'gauge',
    'When a sync failed last; missing: none has.',
    ({ lastFailure }) => time(lastFailure?.at),
  ],
  [
    'clsync_held_paths',
    'gauge',
    'Paths whose deletion is held until somebody approves it.',
    ({ held }) => held?.paths ?? 0,
  ],
  [
    'clsync_running_program_start_time_seconds',
    'gauge',
    'When the handler began that has been running for a minute or more; missing: none has.',
    ({ running }) => time(running?.since),
  ],
  [
    'clsync_latency_seconds',
    'histogram',
    'From the first change of a path until it was synced.',
    ({ latency }) => histogram(latency),
  ],
  [
    'clsync_sync_duration_seconds',
    'histogram',
    'How long syncs took.',
    ({ duration }) => histogram(duration),
  ],
];

const PROCESS: readonly Row<ProcessStatus>[] = [
  [
    'clsync_process_resident_memory_bytes',
    'gauge',
    'Resident memory of a process of the daemon, where it can be seen.',
    (one) => one.memory,
  ],
  [
    'clsync_process_starts_total',
    'counter',
    'How often a process of the daemon was started.',
    (one) => one.starts,
  ],
  [
    'clsync_process_refused_calls_total',
    'counter',
    'System calls that a process of the daemon asked for and its filter refused, by call.',
    ({ refusedCalls = {} }) =>
      Object.entries(refusedCalls).map(([call, value]) => ({ labels: { call }, value })),
  ],
];

/** All metrics, in their order. */
export const METRICS: readonly Omit<Family, 'samples'>[] = [
  ...INSTANCE,
  ...DESTINATION,
  ...PROCESS,
].map(([name, type, help]) => ({ name, type, help }));

/** Those of several instances, each told apart by its label. */
export function metricsOf(instances: readonly InstanceStatus[]): readonly Family[] {
  const every = instances.map((of) => ({ of, labels: { name: of.label } }));
  const destinations = every.flatMap(({ of, labels }) =>
    of.destinations.map((one) => ({
      of: one,
      labels: { ...labels, destination: one.destination ?? one.name },
    })),
  );
  const processes = every.flatMap(({ of, labels }) =>
    of.processes.map((one) => ({ of: one, labels: { ...labels, role: one.role } })),
  );
  return [
    ...families(INSTANCE, every),
    ...families(DESTINATION, destinations),
    ...families(PROCESS, processes),
  ];
}

/** In Prometheus's text format. */
export function metricsText(families: readonly Family[]): string {
  return families
    .map(({ name, type, help, samples }) =>
      [
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`,
        ...samples.map(
          ({ suffix = '', labels, value }) => `${name}${suffix}${inBraces(labels)} ${value}\n`,
        ),
      ].join(''),
    )
    .join('');
}

function families<T>(
  rows: readonly Row<T>[],
  all: readonly { readonly of: T; readonly labels: Labels }[],
): Family[] {
  return rows.flatMap(([name, type, help, samples]) => {
    const found = all.flatMap(({ of, labels }) => {
      const values = samples(of);
      if (values === undefined) return [];
      return typeof values === 'number'
        ? [{ labels, value: values }]
        : values.map((one) => ({ ...one, labels: { ...labels, ...one.labels } }));
    });
    return found.length === 0 ? [] : [{ name, type, help, samples: found }];
  });
}

function histogram({ bounds, counts, sum }: Durations): Sample[] {
  let below = 0;
  const buckets = counts.map((count, index): Sample => {
    below += count;
    const le = index < bounds.length ? String(bounds[index]) : '+Inf';
    return { suffix: '_bucket', labels: { le }, value: below };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels: {}, value: sum },
    { suffix: '_count', labels: {}, value: below },
  ];
}

function time(text: string | undefined): Value {
  return text === undefined ? undefined : Date.parse(text) / 1000;
}

function inBraces(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/["\\\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
}
