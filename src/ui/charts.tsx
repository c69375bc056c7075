import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import { Chart } from './chart.tsx';
import { cost, count, dollars, duration } from './figures.ts';
import { shortModel } from './names.ts';
import { type CostStack, costStack, firstTokens, type Series, speeds } from './series.ts';
import { calls, state } from './store.ts';
import { colour } from './theme.ts';

/** The charts of speed and cost. */
export function Charts() {
  const first = useMemo(() => firstTokens(calls.value), [calls.value]);
  const speed = useMemo(() => speeds(calls.value), [calls.value]);
  const history = state.value?.history;
  const costs = useMemo(() => costStack(history ?? { from: '1970-01-02', until: '1970-01-01', days: [] }), [history]);
  const unpriced = (history?.models ?? []).reduce((sum, row) => sum + row.unpriced, 0);
  const firstMs = first.median === undefined ? undefined : first.median * 1000;
  return (
    <section class="charts" aria-label="Charts">
      <Panel name="Time to first token" figure={firstMs === undefined ? '' : `${duration(firstMs)} median`}>
        {first.x.length < 2 ? (
          <Empty />
        ) : (
          <Points series={first} unit={(y) => duration(y * 1000)} name="Time to first token" />
        )}
      </Panel>
      <Panel name="Tokens per second" figure={speed.median === undefined ? '' : `${count(speed.median)} median`}>
        {speed.x.length < 2 ? <Empty /> : <Points series={speed} unit={(y) => count(y)} name="Tokens per second" />}
      </Panel>
      <Panel name="Cost per day" figure={`${cost(costs.sum, unpriced)} in 30 days`}>
        {costs.models.length === 0 ? (
          <p class="empty">Nothing was billed yet. Demo answers cost nothing.</p>
        ) : (
          <Costs stack={costs} />
        )}
      </Panel>
    </section>
  );
}

function Panel({ name, figure, children }: { name: string; figure: string; children: ComponentChildren }) {
  return (
    <figure class="panel">
      <figcaption>
        <h2>{name}</h2>
        <span class="quiet">{figure}</span>
      </figcaption>
      {children}
    </figure>
  );
}

function Empty() {
  return <p class="empty">Two answers make a chart. Send a request to see the first point.</p>;
}

function Points({ series, unit, name }: { series: Series; unit: (y: number) => string; name: string }) {
  const { x, y, middle, median } = series;
  const values = y.filter((value) => value !== null);
  const summary = `${name}: ${values.length} answers, median ${unit(median ?? 0)}, from ${unit(Math.min(...values))} to ${unit(Math.max(...values))}.`;
  const data = useMemo(() => [x, y, middle] as uPlot.AlignedData, [series]);
  const options = () => ({
    ...frame(unit),
    scales: { y: { range: (_: uPlot, __: number, most: number): [number, number] => [0, most * 1.12 || 1] } },
    series: [
      {},
      { stroke: 'transparent', points: { show: true, size: 4.5, width: 0, fill: colour('accent-soft') } },
      { stroke: colour('accent'), width: 1.75, points: { show: false } },
    ],
  });
  return <Chart summary={summary} data={data} options={options} height={190} />;
}

/** `2026-11-04` → `4 Nov`; noon, so that no time zone makes it another day. */
const dayWords = (day: string): string =>
  new Date(`${day}T12:00:00`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });

const places = ['series-1', 'series-2', 'series-3', 'series-4'] as const;

function Costs({ stack }: { stack: CostStack }) {
  const { days, models, tops, sum } = stack;
  // The highest top is drawn first, the lower ones over it.
  const data = useMemo(() => [days.map((_, at) => at), ...[...tops].reverse()] as uPlot.AlignedData, [stack]);
  const day = (at: number) => {
    const name = days[at];
    return name === undefined ? '' : dayWords(name);
  };
  const options = () => ({
    ...frame(dollars),
    scales: {
      x: { time: false, range: (): [number, number] => [-0.6, days.length - 0.4] },
      y: { range: (_: uPlot, __: number, most: number): [number, number] => [0, most * 1.12 || 1] },
    },
    axes: [
      { ...axis(), values: (_: uPlot, at: number[]) => at.map(day) },
      { ...axis(), size: 66, space: 26, values: (_: uPlot, at: number[]) => at.map(dollars) },
    ],
    series: [
      {},
      ...models.map((_, at) => ({
        fill: colour(places[models.length - 1 - at] ?? 'series-4'),
        stroke: 'transparent',
        width: 0,
        paths: bars,
        points: { show: false },
      })),
    ],
  });
  return (
    <>
      <Chart
        summary={`Cost per day: ${dollars(sum)} in ${days.length} days. The list beside gives it by model.`}
        data={data}
        options={options}
        height={168}
      />
      <ul class="legend">
        {models.map((model, at) => (
          <li key={model}>
            <i class={`swatch ${places[at]}`} />
            {shortModel(model)}
          </li>
        ))}
      </ul>
    </>
  );
}

const bars: uPlot.Series.PathBuilder = (plot, series, from, to) =>
  uPlot.paths.bars?.({ size: [0.72, 26], radius: 0.12 })(plot, series, from, to) ?? null;

function axis(): uPlot.Axis {
  return {
    stroke: colour('quiet'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
}

function frame(unit: (y: number) => string): Pick<uPlot.Options, 'legend' | 'cursor' | 'axes' | 'padding'> {
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 16, 0, 0],
    axes: [
      { ...axis(), grid: { show: false }, size: 28, values: (_: uPlot, at: number[]) => at.map(timeOfDay) },
      { ...axis(), size: 54, space: 26, values: (_: uPlot, at: number[]) => at.map(unit) },
    ],
  };
}

const timeOfDay = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
