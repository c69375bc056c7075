import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';

/** A soft limit in dollars: it is checked before a call and counted after it, so the last call may go over it. */
export type BudgetRule = {
  period: 'day' | 'month';
  limitUsd: number;
  /** What happens to calls once it is spent. */
  action: 'notice' | 'clamp' | 'refuse';
  /** Only calls of this key, or of this model (its bare id); absent: all. */
  keyId?: string;
  modelId?: string;
};

/** A mark that a budget has passed. */
export type BudgetNotice = { rule: BudgetRule; percent: number; spentUsd: number };

/** What the budgets say of a call before it is made. */
export type BudgetVerdict =
  | { allow: true }
  | { allow: true; maxTokens: number; rule: BudgetRule }
  | { allow: false; error: ProxyError };

/** All budgets of a process. */
export type Budgets = {
  check(call: BudgetedCall): BudgetVerdict;
  /** Counts what a call cost; tells when a rule passes 80, 95 or 100 %, once per period each. */
  add(call: BudgetedCall, usd: number): void;
  /** Of the rules that concern a call, the fullest, once 80 % of it is spent. */
  nearlySpent(call: BudgetedCall): { rule: BudgetRule; percent: number } | undefined;
  /** Each rule with what is spent of it, for `status`. */
  state(): { rule: BudgetRule; spentUsd: number; resetsAt: number }[];
};

/** What of a call decides which budgets it concerns. */
export type BudgetedCall = { keyId: string; modelId: string };

export type BudgetOptions = {
  rules: readonly BudgetRule[];
  clock: Pick<Clock, 'now'>;
  /** What the ledger knows of a rule's running period; asked at each period's first use. */
  spentSince: (rule: BudgetRule, from: number) => number;
  onNotice?: (notice: BudgetNotice) => void;
};

/** With a spent budget an answer may still be this long: enough to say something, not enough to hurt. */
const clampTokens = 1024;
const marks = [80, 95, 100] as const;

type Account = { rule: BudgetRule; from: number; to: number; spent: number; told: number };

/** Budgets that begin with what `spentSince` says was spent in the current periods. */
export function createBudgets({ rules, clock, spentSince, onNotice }: BudgetOptions): Budgets {
  const accounts: Account[] = rules.map((rule) => ({ rule, from: 0, to: 0, spent: 0, told: 0 }));
  const current = (account: Account): Account => {
    const now = clock.now();
    if (now >= account.to || now < account.from) {
      Object.assign(account, periodOf(account.rule.period, now));
      account.spent = spentSince(account.rule, account.from);
      account.told = percentOf(account);
    }
    return account;
  };
  function* concerned(call: BudgetedCall): Generator<Account> {
    for (const account of accounts) if (concerns(account.rule, call)) yield current(account);
  }
  return {
    check(call) {
      let verdict: BudgetVerdict = { allow: true };
      for (const account of concerned(call)) {
        const { rule, spent } = account;
        if (spent < rule.limitUsd || rule.action === 'notice') continue;
        if (rule.action === 'refuse') return { allow: false, error: refusal(account, clock.now()) };
        verdict = { allow: true, maxTokens: clampTokens, rule };
      }
      return verdict;
    },
    add(call, usd) {
      for (const account of concerned(call)) {
        account.spent += usd;
        const percent = percentOf(account);
        const mark = marks.findLast((each) => percent >= each && account.told < each);
        if (mark === undefined) continue;
        account.told = mark;
        onNotice?.({ rule: account.rule, percent: mark, spentUsd: account.spent });
      }
    },
    nearlySpent(call) {
      let fullest: { rule: BudgetRule; percent: number } | undefined;
      for (const account of concerned(call)) {
        const percent = percentOf(account);
        if (percent >= marks[0] && percent > (fullest?.percent ?? 0)) fullest = { rule: account.rule, percent };
      }
      return fullest;
    },
    state: () => accounts.map(current).map(({ rule, spent, to }) => ({ rule, spentUsd: spent, resetsAt: to })),
  };
}

function concerns({ keyId, modelId }: BudgetRule, call: BudgetedCall): boolean {
  return (keyId === undefined || keyId === call.keyId) && (modelId === undefined || modelId === call.modelId);
}

function percentOf({ spent, rule }: Account): number {
  return rule.limitUsd > 0 ? (100 * spent) / rule.limitUsd : 100;
}

/** The day or month that holds `now`, by the local calendar, as the person who pays counts it. */
function periodOf(period: BudgetRule['period'], now: number): { from: number; to: number } {
  const date = new Date(now);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return period === 'day'
    ? { from: new Date(year, month, day).getTime(), to: new Date(year, month, day + 1).getTime() }
    : { from: new Date(year, month, 1).getTime(), to: new Date(year, month + 1, 1).getTime() };
}

function refusal({ rule, spent, to }: Account, now: number): ProxyError {
  const whose = rule.keyId ? ' for this key' : rule.modelId ? ` for ${rule.modelId}` : '';
  const when = rule.period === 'day' ? 'midnight' : 'the first of next month';
  return new ProxyError(
    'limited',
    `The ${rule.period === 'day' ? 'daily' : 'monthly'} budget of $${rule.limitUsd.toFixed(2)}${whose} is spent ($${spent.toFixed(2)}). It starts anew at ${when}.`,
    { exhausted: true, retryAfterMs: to - now, fix: 'raise the budget in the config file: claude-bedrock config path' },
  );
}
