import { spanText } from '../base/span-text.ts';
import type { BudgetState, LimitState } from '../http/ui-state.ts';
import { bytes, count, dollars, share } from './figures.ts';
import { now, state } from './store.ts';

const soonMs = 20 * 60_000;

/** The credential clock: whose calls these are, and until when. */
export function Credential() {
  const credential = state.value?.credential;
  const left = credential?.expiresAt === undefined ? undefined : credential.expiresAt - now.value;
  const isOver = credential?.state === 'signed-out' || (left !== undefined && left <= 0);
  const tone = isOver ? 'bad' : left !== undefined && left < soonMs ? 'warn' : 'good';
  return (
    <section class="panel" aria-label="Credentials">
      <div class="heading">
        <h2>Credentials</h2>
        <span class={`tone ${tone}`}>
          {!credential
            ? 'asking…'
            : isOver
              ? 'sign-in needed'
              : left === undefined
                ? 'no end'
                : `${spanText(left)} left`}
        </span>
      </div>
      {credential && (
        <p class="quiet">
          {credential.what}
          {credential.region !== undefined && ` · ${credential.region}`}
        </p>
      )}
      {credential?.fix !== undefined && (
        <p>
          Run <code>{credential.fix}</code>; no restart is needed.
        </p>
      )}
    </section>
  );
}

/** What both caches have saved. */
export function Savings() {
  if (!state.value) return null;
  const { cache, history } = state.value;
  const { savings } = history;
  const looked = cache.hits + cache.shared + cache.misses;
  return (
    <section class="panel" aria-label="Savings">
      <div class="heading">
        <h2>Saved in 30 days</h2>
        <span class="number">{dollars(savings.responseCacheUsd + savings.promptCacheUsd)}</span>
      </div>
      <dl class="lines">
        <dt>Prompt cache of Bedrock</dt>
        <dd>{dollars(savings.promptCacheUsd)}</dd>
        <dd class="quiet">
          {savings.promptTokens === 0
            ? 'no prompt was sent yet'
            : `${share(savings.promptTokensRead, savings.promptTokens)} of prompt tokens were read from it`}
        </dd>
        <dt>Response cache</dt>
        <dd>{dollars(savings.responseCacheUsd)}</dd>
        <dd class="quiet">
          {cache.mode === 'off'
            ? 'off; set cache.mode to turn it on'
            : `${count(savings.responseCacheCalls)} answers; now ${bytes(cache.bytes)}${looked === 0 ? '' : `, ${share(cache.hits + cache.shared, looked)} hits`}`}
        </dd>
      </dl>
    </section>
  );
}

const limitWords: Record<string, string> = {
  requestsPerMinute: 'requests a minute',
  requestsPerHour: 'requests an hour',
  tokensPerMinute: 'tokens a minute',
  concurrent: 'at the same time',
};

/** What is used of each budget and limit. */
export function Limits() {
  const { limits = [], budgets = [] } = state.value ?? {};
  return (
    <section class="panel" aria-label="Budgets and limits">
      <div class="heading">
        <h2>Budgets and limits</h2>
      </div>
      {limits.length + budgets.length === 0 && (
        <p class="empty">
          None is set. <code>[[budgets]]</code> with <code>period = "day"</code> and <code>usd = 10</code> in the config
          file tells you before it hurts.
        </p>
      )}
      <ul class="bars">
        {budgets.map((budget) => (
          <Budget key={`${budget.scope} ${budget.period} ${budget.limitUsd} ${budget.action}`} budget={budget} />
        ))}
        {limits.map((limit) => (
          <Limit key={`${limit.whose} ${limit.name}`} limit={limit} />
        ))}
      </ul>
    </section>
  );
}

function Budget({ budget: { scope, period, limitUsd, spentUsd, resetsAt, action } }: { budget: BudgetState }) {
  const part = limitUsd === 0 ? 1 : spentUsd / limitUsd;
  const then = { notice: 'notice only', clamp: 'then short answers', refuse: 'then no answers' }[action];
  return (
    <li>
      <span class="name">
        {scope}, this {period}
      </span>
      <span class="number">
        {dollars(spentUsd)} <span class="quiet">of {dollars(limitUsd)}</span>
      </span>
      <meter
        class={part >= 1 ? 'bad' : part >= 0.8 ? 'warn' : ''}
        aria-label={`${scope}, spent`}
        min={0}
        max={1}
        value={Math.min(1, part)}
      />
      <span class="quiet wide">
        resets in {spanText(resetsAt - now.value)} · {then}
      </span>
    </li>
  );
}

function Limit({ limit: { name, whose, limit, left } }: { limit: LimitState }) {
  const used = Math.max(0, Math.min(limit, limit - left));
  return (
    <li>
      <span class="name">
        {whose}, {limitWords[name] ?? name}
      </span>
      <span class="number">
        {count(used)} <span class="quiet">of {count(limit)}</span>
      </span>
      <meter class={used >= limit ? 'bad' : ''} aria-label={`${whose}, used`} min={0} max={limit} value={used} />
    </li>
  );
}
