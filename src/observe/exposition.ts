/*
 * Counters that cost an addition on the way and are turned into Prometheus' text format (version 0.0.4) only when they
 * are scraped. A label set beyond `mostSeries` is counted under "other", so that no traffic can make memory grow.
 */

export type Counter = (labels: readonly string[], by?: number) => void;
/** Counts a value under these labels. */
export type Histogram = (labels: readonly string[], value: number) => void;
/** Read at scrape time; each sample is its labels and its value. */
export type Reading = readonly { labels: readonly string[]; value: number }[];

export type Exposition = {
  counter(name: string, help: string, labels: readonly string[]): Counter;
  histogram(name: string, help: string, labels: readonly string[], bounds: readonly number[]): Histogram;
  gauge(name: string, help: string, labels: readonly string[], read: () => Reading): void;
  /** Quantiles of what was seen since the last scrape, under the label `quantile`: Prometheus knows it of summaries alone. */
  summary(name: string, help: string, read: () => readonly { quantile: number; value: number }[]): void;
  /** A counter that somebody else keeps. */
  reading(name: string, help: string, labels: readonly string[], read: () => Reading): void;
  /** Every name that `text` can show, histogram suffixes included. */
  names(): string[];
  text(): string;
};

type Metric = {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  lines: () => string[];
};

const mostSeries = 500;

/** A page without metrics yet. */
export function createExposition(): Exposition {
  const metrics: Metric[] = [];
  const read = (type: Metric['type']): Exposition['gauge'] => {
    return (name, help, labels, reading) => {
      const lines = () => reading().map((sample) => `${name}${braces(labels, sample.labels)} ${sample.value}`);
      metrics.push({ name, help, type, lines });
    };
  };
  return {
    counter(name, help, labels) {
      const series = createSeries(() => ({ value: 0 }));
      const lines = () => series.all().map(({ labels: values, of }) => `${name}${braces(labels, values)} ${of.value}`);
      metrics.push({ name, help, type: 'counter', lines });
      return (values, by = 1) => {
        series.at(values).value += by;
      };
    },
    histogram(name, help, labels, bounds) {
      const series = createSeries(() => ({ buckets: new Float64Array(bounds.length + 1), sum: 0 }));
      const lines = () =>
        series.all().flatMap(({ labels: values, of }) => histogramLines(name, labels, values, bounds, of));
      metrics.push({ name, help, type: 'histogram', lines });
      return (values, value) => {
        const one = series.at(values);
        const at = bounds.findIndex((bound) => value <= bound);
        const bucket = at === -1 ? bounds.length : at;
        one.buckets[bucket] = (one.buckets[bucket] ?? 0) + 1;
        one.sum += value;
      };
    },
    gauge: read('gauge'),
    summary(name, help, reading) {
      read('summary')(name, help, ['quantile'], () =>
        reading().map(({ quantile, value }) => ({ labels: [String(quantile)], value })),
      );
    },
    reading: read('counter'),
    names: () =>
      metrics.flatMap(({ name, type }) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    text: () =>
      metrics
        .map(({ name, help, type, lines }) =>
          [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines()].join('\n'),
        )
        .join('\n')
        .concat('\n'),
  };
}

type Series<T> = { at(labels: readonly string[]): T; all(): { labels: readonly string[]; of: T }[] };

function createSeries<T>(make: () => T): Series<T> {
  const series = new Map<string, { labels: readonly string[]; of: T }>();
  return {
    at(labels) {
      const known = series.get(labels.join('\0'));
      if (known) return known.of;
      const kept = series.size < mostSeries ? labels : labels.map(() => 'other');
      const key = kept.join('\0');
      const one = series.get(key) ?? { labels: kept, of: make() };
      series.set(key, one);
      return one.of;
    },
    all: () => [...series.values()],
  };
}

type Distribution = { buckets: Float64Array; sum: number };

function histogramLines(
  name: string,
  labels: readonly string[],
  values: readonly string[],
  bounds: readonly number[],
  { buckets, sum }: Distribution,
): string[] {
  let below = 0;
  const lines = [...buckets].map((count, at) => {
    below += count;
    return `${name}_bucket${braces([...labels, 'le'], [...values, String(bounds[at] ?? '+Inf')])} ${below}`;
  });
  const set = braces(labels, values);
  return [...lines, `${name}_sum${set} ${sum}`, `${name}_count${set} ${below}`];
}

function braces(labels: readonly string[], values: readonly string[]): string {
  if (labels.length === 0) return '';
  return `{${labels.map((label, at) => `${label}="${escaped(values[at] ?? '')}"`).join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}
