/** What an instance did in the last minutes, from its status asked again and again. */
import type { InstanceStatus } from './control-status.js';
import { NO_DURATIONS, since, sumOf, quantile } from './histogram.js';
import type { Histogram } from './histogram.js';

/** Milliseconds over which rates are taken. */
const MINUTE = 60_000;

export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly pending: number;
  readonly events: number;
  readonly paths: number;
  /** Undefined: the mode does not count them. */
  readonly bytes: number | undefined;
  readonly latency: Histogram;
}

/** Each second, in the last minute; latencies in seconds. */
export interface Rates {
  readonly events: number;
  readonly paths: number;
  readonly bytes: number | undefined;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

export class Past {
  private all: Sample[] = [];
  /** When the daemon started. */
  private begun = '';

  /** @param kept milliseconds */
  constructor(private readonly kept = MINUTE) {}

  /** The oldest first. */
  get samples(): readonly Sample[] {
    return this.all;
  }

  add(status: InstanceStatus, at: number): void {
    if (status.since !== this.begun) this.all = [];
    this.begun = status.since;
    this.all.push(sampleOf(status, at));
    while ((this.all[0]?.at ?? at) < at - this.kept) this.all.shift();
  }

  /** Undefined: it was asked only once. */
  get rates(): Rates | undefined {
    const now = this.all.at(-1);
    const first = this.all.find(({ at }) => at >= (now?.at ?? 0) - MINUTE);
    if (now === undefined || first === undefined || first === now) return undefined;
    return between(first, now);
  }

  /** The rates from each sample to the next. */
  get course(): readonly (Rates & { readonly at: number; readonly pending: number })[] {
    return this.all.slice(1).map((now, index) => ({
      at: now.at,
      pending: now.pending,
      ...between(this.all[index] as Sample, now),
    }));
  }
}

function sampleOf({ pending, events, destinations }: InstanceStatus, at: number): Sample {
  const bytes = destinations.flatMap((one) => one.bytes ?? []);
  return {
    at,
    pending,
    events,
    paths: sum(destinations.map(({ paths }) => paths)),
    bytes: bytes.length === 0 ? undefined : sum(bytes),
    latency: destinations.reduce((all, { latency }) => sumOf(all, latency), NO_DURATIONS),
  };
}

function between(first: Sample, now: Sample): Rates {
  const seconds = Math.max(0.001, (now.at - first.at) / 1000);
  const latency = since(first.latency, now.latency);
  const rate = (of: (sample: Sample) => number): number =>
    Math.max(0, of(now) - of(first)) / seconds;
  return {
    events: rate(({ events }) => events),
    paths: rate(({ paths }) => paths),
    bytes: now.bytes === undefined ? undefined : rate(({ bytes }) => bytes ?? 0),
    p50: quantile(latency, 0.5),
    p95: quantile(latency, 0.95),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
