import type { Upstream } from '../converse/call.ts';

/** A policy wrapped round an upstream. */
export type Layer = (next: Upstream) => Upstream;

/** Wraps `upstream` in `layers`, the first listed innermost. */
export function stack(upstream: Upstream, layers: readonly Layer[]): Upstream {
  return layers.reduce((inner, layer) => layer(inner), upstream);
}
