import { once } from '../base/once.ts';
import type { WireFormat } from '../wire/format.ts';
import type { Serve } from './serve.ts';

/** A POST route of a wire format. `path` is what follows the base URL. */
export type FormatRoute = {
  path: string;
  /** Also served as `/openai/deployments/{name}{path}`. */
  azure?: true;
  /** Loaded when first used, so that start-up does not pay for schemas; also shapes the route's errors. */
  format(): Promise<WireFormat<unknown>>;
  /** Absent: the format's requests are answered by way of Converse, see `serve-format.ts`. */
  serve?(): Promise<Serve>;
};

/** The first also shapes the errors of routes that belong to none. */
export type FormatRoutes = readonly [FormatRoute, ...FormatRoute[]];

/** Every dialect that is spoken here. An import that is asked for again still costs a walk through the loader, so each is asked once. */
export const formatRoutes: FormatRoutes = [
  {
    path: '/chat/completions',
    azure: true,
    format: once(async () => (await import('../wire/openai-chat/format.ts')).openaiChat),
  },
  {
    path: '/responses',
    format: once(async () => (await import('../wire/openai-responses/format.ts')).openaiResponses),
  },
  {
    path: '/messages',
    format: once(async () => (await import('../wire/anthropic-messages/format.ts')).anthropicMessages),
  },
];
