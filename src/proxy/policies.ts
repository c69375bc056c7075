import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Call } from '../converse/call.ts';
import type { Served } from '../converse/events.ts';
import type { Price } from '../converse/model.ts';
import type { RecordSink } from '../observe/call-record.ts';
import type { LogEvent } from '../observe/log-event.ts';
import { type BudgetNotice, type BudgetRule, type Budgets, createBudgets } from '../policy/budget.ts';
import type { CacheScope } from '../policy/cache-key.ts';
import { createCacheWatch } from '../policy/cache-watch.ts';
import { costOfAnswer } from '../policy/cost.ts';
import { createLimits, type LimitRules, type Limits } from '../policy/limits.ts';
import { createReasoningStore, type ReasoningStore } from '../policy/reasoning-store.ts';
import type { RequestBounds } from '../policy/request-bounds.ts';
import { type CacheMode, createResponseCache, type ResponseCache } from '../policy/response-cache.ts';
import { retryBudget } from '../policy/retry.ts';
import { type ScreenSettings, screenRules } from '../policy/screen-rules.ts';
import { createScreen } from '../policy/screening.ts';
import { type TextDigest, textDigest } from '../policy/text-digest.ts';
import type { Layer } from './layer.ts';
import { layersOf } from './stack.ts';
import type { UsualOutput } from './with-throttle-advice.ts';

/** What the settings say of the policies. */
export type PolicySettings = {
  cache: { mode: CacheMode; ttlMs: number; maxBytes: number };
  bounds: RequestBounds;
  perKey: LimitRules;
  all: LimitRules;
  budgets: readonly BudgetRule[];
  masking: ScreenSettings;
};

/** What the policies need of the world. */
export type PolicyPorts = {
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  /** Where every event goes: the log, the audit, the counters. */
  tell: (event: LogEvent) => void;
  /** Who gets each call's record besides `tell`. */
  sinks: readonly RecordSink[];
  /** Told of each call when it sets out. */
  onBegin?: (call: Call) => void;
  /**
   * Names the AWS identity that answers; a changed one shares no cached answer with its predecessor. Undefined while it is
   * not known.
   */
  account: () => string | undefined;
  /** Finds out who calls, so that the process's first answer is found again. Never throws. */
  identify: () => Promise<void>;
  /** Dollars spent under a rule since a moment, from the ledger; nothing is remembered without one. */
  spentSince?: (rule: BudgetRule, from: number) => number;
  /** The price of a profile or model other than the one that was dialled: a Region or a profile may have stood in. */
  priceOf?: (model: string) => Price | undefined;
  /** How long a model's answers usually are, from the ledger. */
  usualOutput?: UsualOutput;
  /** The `max_tokens` of a request that names none, as the settings stand now. */
  defaultMaxTokens?: () => number;
};

/** The policies of one process: the layers, and the states that commands and pages look at. */
export type Policies = {
  layers: readonly Layer[];
  cache: ResponseCache;
  reasoning: ReasoningStore;
  limits: Limits;
  budgets: Budgets;
  /** Forgets every answer and every thought: for sign-out, key rotation and a changed account. */
  forget(): void;
  /** Lets go of answers and thoughts that are too old; to be called every half minute or so. */
  sweep(): void;
};

/** The policies of the settings, and the layers that apply them. */
export function createPolicies(settings: PolicySettings, ports: PolicyPorts): Policies {
  const { clock, random, tell, account, identify } = ports;
  const cache = createResponseCache({ clock, maxBytes: settings.cache.maxBytes, ttlMs: settings.cache.ttlMs });
  const reasoning = createReasoningStore({ clock });
  const { perKey, all } = settings;
  const limits = createLimits({ perKey, global: all, clock, onLimit: (hit) => tell({ type: 'limit', ...hit }) });
  const budgets = createBudgets({
    rules: settings.budgets,
    clock,
    spentSince: ports.spentSince ?? (() => 0),
    onNotice: (notice) => tell(noticeEvent(notice)),
  });
  const spend: RecordSink = ({ principal, modelId, cost }) => {
    if (cost) budgets.add({ keyId: principal.id, modelId }, cost.usd);
  };
  const secret = randomBytes(32).toString('base64url');
  const digestOf = textDigest(secret);
  const rules = screenRules(settings.masking);
  const layers = layersOf({
    retry: {
      clock,
      random,
      budget: retryBudget(clock),
      onRetry: (notice) => tell({ type: 'retry', ...notice }),
    },
    cacheWatch: createCacheWatch({ clock, onUnread: (notice) => tell({ type: 'cache-unread', ...notice }) }),
    throttleAdvice: ports.usualOutput && {
      usualOutput: ports.usualOutput,
      defaultMaxTokens: ports.defaultMaxTokens,
    },
    reasoning,
    budgets: settings.budgets.length > 0 ? budgets : undefined,
    cache:
      settings.cache.mode === 'off'
        ? undefined
        : { cache, clock, mode: settings.cache.mode, scope: () => scopeOf(secret, account(), digestOf), identify },
    masking:
      rules.length === 0
        ? undefined
        : {
            screen: createScreen(rules, secret, digestOf),
            onHit: (hit) => tell({ type: 'content-policy', ...hit }),
            // A megabyte takes milliseconds, which the first token need not wait for.
            later: rules.every(({ action }) => action === 'report') ? (search) => void setImmediate(search) : undefined,
          },
    bounds: hasRules(settings.bounds) ? settings.bounds : undefined,
    limits: hasRules(perKey) || hasRules(all) ? limits : undefined,
    record: {
      clock,
      sinks: [(record) => tell({ type: 'call', record }), spend, ...ports.sinks],
      cost: (call, served, end) => costOfAnswer(served, end, priceFor(call, served, ports.priceOf)),
      onBegin: ports.onBegin,
    },
  });
  const forget = () => {
    cache.clear();
    reasoning.clear();
  };
  const sweep = () => {
    cache.sweep();
    reasoning.sweep();
  };
  return { layers, cache, reasoning, limits, budgets, forget, sweep };
}

const scopeOf = (secret: string, account: string | undefined, digestOf: TextDigest): CacheScope | undefined =>
  account === undefined ? undefined : { secret, account, digestOf };

/** The price of what really answered. */
function priceFor({ target }: Call, { model }: Served, priceOf: PolicyPorts['priceOf']): Price | undefined {
  return model === target.modelId ? target.price : priceOf?.(model);
}

function hasRules(rules: object): boolean {
  return Object.values(rules).some((rule) => rule !== undefined);
}

function noticeEvent({ rule, percent, spentUsd }: BudgetNotice): LogEvent {
  const scope = rule.keyId ?? rule.modelId ?? 'all';
  return { type: 'budget', scope, period: rule.period, percent, spentUsd, limitUsd: rule.limitUsd };
}
