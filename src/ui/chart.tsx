import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { painted } from './theme.ts';

export type ChartProps = {
  /** What a screen reader says in its place. */
  summary: string;
  data: uPlot.AlignedData;
  /** Made anew when colours change; the size is ours. */
  options: () => Omit<uPlot.Options, 'width' | 'height'>;
  /** In pixels. */
  height: number;
};

/** A canvas that follows its data, its width and the theme. */
export function Chart({ summary, data, options, height }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const paints = painted.value;

  // Made anew for new colours or another number of series, not for new data.
  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const made = new uPlot({ ...options(), width: box.clientWidth, height }, data, box);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [paints, data.length]);
  useEffect(() => plot.current?.setData(data), [data]);

  return <div class="chart" role="img" aria-label={summary} ref={host} />;
}
