import type { Settings } from '../config/schema.ts';
import type { PolicySettings } from './policies.ts';

/** The policies' settings as the config file has them, in the policies' own units. */
export function policySettings({ cache, limits, budgets, masking }: Settings): PolicySettings {
  const { promptChars, images, documents, maxTokensLeast: least, maxTokensMost: most } = limits;
  return {
    cache: { mode: cache.mode, ttlMs: cache.seconds * 1000, maxBytes: cache.bytes },
    bounds: present({
      promptChars,
      images,
      documents,
      maxTokens: least === undefined && most === undefined ? undefined : present({ least, most }),
    }),
    masking,
    perKey: present(limits.perKey),
    all: present(limits.all),
    budgets: budgets.map(({ period, usd, action, key, model }) => ({
      period,
      limitUsd: usd,
      action,
      ...present({ keyId: key, modelId: model }),
    })),
  };
}

/** The `max_tokens` of a request that names none: what leaves it out is bound no less. */
export function defaultMaxTokens({ models, limits }: Pick<Settings, 'models' | 'limits'>): number {
  return Math.min(models.defaultMaxTokens, limits.maxTokensMost ?? models.defaultMaxTokens);
}

type Present<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** The members that are set. */
export function present<T extends object>(value: T): Present<T> {
  // Object.fromEntries forgets the names that its argument had.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}
