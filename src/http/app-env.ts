import type { Context, Hono } from 'hono';
import type { FormatContext, WireFormat } from '../wire/format.ts';
import type { Exchange } from './exchange.ts';
import type { FailedKeys } from './failed-keys.ts';
import type { FormatRoutes } from './formats.ts';
import type { KeyRing } from './key-ring.ts';
import type { Operations, Readiness } from './operations.ts';
import type { Services } from './serve.ts';
import type { Ui } from './ui.ts';

export type AppOptions = {
  formats: FormatRoutes;
  keys: KeyRing;
  failedKeys: FailedKeys;
  readiness: Readiness;
  operations?: Operations;
  /** The dashboard, made when somebody first looks at it. */
  ui?: () => Promise<Ui>;
  services: Services;
};

export type Flavour = FormatContext['flavour'];
export type AppEnv = { Bindings: Exchange; Variables: { format?: WireFormat<unknown> } };
export type App = Hono<AppEnv>;
export type AppContext = Context<AppEnv>;

/** The base URLs that people type; clients append the route's own path to them. */
export const bases: readonly { prefix: string; flavour: Flavour }[] = [
  { prefix: '/v1', flavour: 'plain' },
  { prefix: '', flavour: 'plain' },
  { prefix: '/cursor/v1', flavour: 'cursor' },
  { prefix: '/cursor', flavour: 'cursor' },
];
