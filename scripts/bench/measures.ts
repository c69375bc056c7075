import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, exchange, type Seen } from './exchange.ts';
import { cpuMs, rssMb, watchPeak } from './process-watch.ts';
import { median, percentile } from './statistics.ts';
import type { Target, Upstream } from './targets.ts';

/** How much of everything one round does. */
export type Size = { singles: number; jsonMs: number; flatChunks: number; pacedChunks: number; openStreams: number };

/** Named figures of one target in one round. */
export type Figures = Record<string, number>;

const bytesPerChunk = 40;

/** Opens connections, lets `use` have them, and closes them. */
export async function withSockets<T>(
  target: Target,
  count: number,
  use: (sockets: Socket[]) => Promise<T>,
): Promise<T> {
  const sockets: Socket[] = [];
  try {
    for (let at = 0; at < count; at += 100)
      sockets.push(
        ...(await Promise.all(Array.from({ length: Math.min(100, count - at) }, () => connect(target.port)))),
      );
    return await use(sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Streams one after the other: time to the first chunk and to the end, and connections that the upstream saw. */
export async function singleStreams(target: Target, upstream: Upstream, size: Size): Promise<Figures> {
  const load = { chunks: 5, delayMs: 4, bytesPerChunk };
  await upstream.shape(load);
  const seen: Seen[] = [];
  const connections = await withSockets(target, 1, async ([socket]) => {
    if (!socket) return Number.NaN;
    await exchange(socket, target.ask(true));
    const before = await upstream.shape(load);
    for (let at = 0; at < size.singles; at++) seen.push(await exchange(socket, target.ask(true)));
    return (await upstream.shape(load)) - before;
  });
  const first = seen.map((each) => each.firstChunkUs / 1000);
  return {
    firstP50: median(first),
    firstP99: percentile(first, 0.99),
    totalP50: median(seen.map((each) => each.totalUs / 1000)),
    connectionsPer100: (connections * 100) / size.singles,
  };
}

/** Non-streaming requests, 64 at once, for a while. */
export async function jsonRequests(target: Target, upstream: Upstream, size: Size): Promise<Figures> {
  await upstream.shape({ chunks: 1, delayMs: 0, bytesPerChunk });
  return withSockets(target, 64, async (sockets) => {
    const [cpu, start] = [cpuMs(target.pid), performance.now()];
    const counts = await Promise.all(
      sockets.map(async (socket) => {
        let count = 0;
        while (performance.now() - start < size.jsonMs) {
          await exchange(socket, target.ask(false));
          count++;
        }
        return count;
      }),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    const seconds = (performance.now() - start) / 1000;
    return { jsonPerSecond: total / seconds, jsonCpuMs: (cpuMs(target.pid) - cpu) / total };
  });
}

/** 200 streams as fast as they go. */
export async function flatOut(target: Target, upstream: Upstream, size: Size): Promise<Figures> {
  await upstream.shape({ chunks: size.flatChunks, delayMs: 0, bytesPerChunk });
  return withSockets(target, 200, async (sockets) => {
    const [cpu, start] = [cpuMs(target.pid), performance.now()];
    const seen = await Promise.all(sockets.map((socket) => exchange(socket, target.ask(true))));
    const chunks = expectAll(seen, size.flatChunks);
    return {
      chunksPerSecond: (chunks * 1000) / (performance.now() - start),
      flatCpuPer1000: ((cpuMs(target.pid) - cpu) * 1000) / chunks,
    };
  });
}

/** 200 streams of a chunk each 25 ms: how long a chunk is on its way. */
export async function paced(target: Target, upstream: Upstream, size: Size): Promise<Figures> {
  await upstream.shape({ chunks: size.pacedChunks, delayMs: 25, bytesPerChunk });
  return withSockets(target, 200, async (sockets) => {
    const lags: number[] = [];
    const cpu = cpuMs(target.pid);
    const streams = sockets.map(async (socket, at) => {
      await sleep((at % 25) + 1);
      return exchange(socket, target.ask(true), (lagUs) => lags.push(lagUs / 1000));
    });
    const chunks = expectAll(await Promise.all(streams), size.pacedChunks);
    return {
      lagP50: median(lags),
      lagP99: percentile(lags, 0.99),
      pacedCpuPer1000: ((cpuMs(target.pid) - cpu) * 1000) / chunks,
    };
  });
}

/** A thousand slow streams open, and one stream after the other beside them. For a fresh process: memory is looked at too. */
export async function manyOpen(target: Target, upstream: Upstream, size: Size): Promise<Figures> {
  await sleep(300);
  const idleMb = rssMb(target.pid);
  const peak = watchPeak(target.pid);
  const chunks = 8;
  await upstream.shape({ chunks, delayMs: 1000, bytesPerChunk });
  return withSockets(target, size.openStreams + 1, async ([single, ...sockets]) => {
    const begun = new Set<number>();
    const open = sockets.map(async (socket, at) => {
      await sleep(at / 2);
      return exchange(socket, target.ask(true), () => begun.add(at));
    });
    // Every stream has its first chunk before the shape changes: a late one would be answered in the new shape.
    while (begun.size < sockets.length) await Promise.race([sleep(50), ...open]);
    await upstream.shape({ chunks: 2, delayMs: 4, bytesPerChunk });
    const first: number[] = [];
    for (let at = 0; at < size.singles && single; at++)
      first.push((await exchange(single, target.ask(true))).firstChunkUs / 1000);
    expectAll(await Promise.all(open), chunks);
    const peakMb = peak.stop();
    return { openFirstP50: median(first), idleMb, peakMb, kbPerStream: ((peakMb - idleMb) * 1024) / size.openStreams };
  });
}

/** A benchmark that loses chunks measures nothing. */
function expectAll(seen: readonly Seen[], each: number): number {
  const short = seen.find((stream) => stream.chunks !== each);
  if (short) throw new Error(`A stream brought ${short.chunks} chunks of ${each}.`);
  return seen.length * each;
}
