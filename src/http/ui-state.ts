import type { History } from '../observe/history.ts';
import type { Notice } from '../observe/notice.ts';
import type { CallRow, OpenCall } from '../observe/recent-calls.ts';

/** Everything that the dashboard shows, at one moment: what `GET /ui/api/state` answers with. */
export type UiState = {
  /** Wall time in milliseconds. */
  now: number;
  startedAt: number;
  version: string;
  upstream: 'bedrock' | 'demo';
  open: OpenCall[];
  /** Newest first. */
  calls: CallRow[];
  notices: readonly Notice[];
  history: History;
  /** The day of the price table, YYYY-MM-DD. */
  pricesAsOf: string;
  /** Absent: the upstream was not asked for anything yet. */
  credential?: CredentialState;
  cache: CacheState;
  limits: LimitState[];
  budgets: BudgetState[];
  tunnel: TunnelState;
};

/** Whose calls these are, and for how long. */
export type CredentialState = {
  what: string;
  state: 'signed-in' | 'signed-out';
  region?: string;
  /** Wall time in milliseconds. */
  expiresAt?: number;
  fix?: string;
};

export type CacheState = {
  mode: 'all' | 'deterministic' | 'off';
  ttlMs: number;
  entries: number;
  bytes: number;
  maxBytes: number;
  hits: number;
  misses: number;
  shared: number;
};

export type LimitState = { name: string; whose: string; limit: number; left: number };

export type BudgetState = {
  scope: string;
  period: 'day' | 'month';
  action: 'notice' | 'clamp' | 'refuse';
  limitUsd: number;
  spentUsd: number;
  /** Wall time in milliseconds. */
  resetsAt: number;
};

/** `host`: the public name that leads here; `lastSeenAt`: when a request last came that way. */
export type TunnelState = {
  host?: string;
  lastSeenAt?: number;
  /** `cloudflared`, `ngrok`, `tailscale`, or `own`. */
  program?: string;
  /** Wall time in milliseconds. */
  since?: number;
  /** The outer shape of the last request that came by it. */
  last?: TunnelSighting;
};

export type TunnelSighting = {
  client: string;
  at: number;
  requests: number;
  model?: string;
  shape?: string;
  tools?: number;
  /** Why it was refused before there was a call. */
  refused?: string;
};

/** How a canned request of a call's shape went at the simulator. */
export type Rehearsal = {
  format: string;
  model: string;
  target: string;
  stream: boolean;
  firstEventMs: number;
  durationMs: number;
  outputTokens?: number;
  changes: string[];
};
