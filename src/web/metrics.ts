/** `/metrics`: the figures of all instances, by prom-client. */
import { Gauge, Registry } from 'prom-client';
import type { Metric } from 'prom-client';
import { metricsOf } from '../shared/metrics.js';
import type { Family } from '../shared/metrics.js';
import type { Seen } from './instances.js';

export async function metricsText(
  instances: readonly Seen[],
): Promise<[type: string, text: string]> {
  const registry = new Registry();
  const up = new Gauge({
    name: 'clsync_up',
    help: '1 where the daemon answers; by the name of its socket.',
    labelNames: ['socket'],
    registers: [registry],
  });
  for (const { name, status } of instances) up.set({ socket: name }, status === undefined ? 0 : 1);
  const answers = instances.flatMap(({ status }) => status ?? []);
  for (const family of metricsOf(answers)) registry.registerMetric(metricOf(family));
  return [registry.contentType, await registry.metrics()];
}

/**
 * prom-client counts by itself, and cannot be told a histogram; it asks whatever has this method.
 */
function metricOf({ name, type, help, samples }: Family): Metric {
  const values = samples.map(({ suffix = '', labels, value }) => ({
    metricName: name + suffix,
    labels,
    value,
  }));
  const metric = { name, type, help, get: () => Promise.resolve({ name, type, help, values }) };
  return metric as unknown as Metric;
}
