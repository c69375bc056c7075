import type { Call } from '../converse/call.ts';
import type { BudgetedCall, Budgets } from '../policy/budget.ts';
import { failed } from './failed.ts';
import type { Layer } from './layer.ts';
import { tellStart } from './tell-start.ts';

/** How a budget names a call. */
export function budgeted(call: Call): BudgetedCall {
  return { keyId: call.principal.id, modelId: call.target.info.id };
}

/** Refuses calls, or keeps their answers short, once a budget is spent; what calls cost is counted where records are made. */
export function withBudget(budgets: Budgets): Layer {
  return (next) => (call) => {
    const verdict = budgets.check(budgeted(call));
    if (!verdict.allow) return failed(verdict.error);
    return next('maxTokens' in verdict ? shortened(call, verdict.maxTokens, verdict.rule.limitUsd) : call);
  };
}

/** Tells whoever is bound by a budget when it is nearly spent, of answers from memory too. Until then it costs nothing. */
export function withBudgetTold(budgets: Budgets): Layer {
  return (next) => (call) => {
    const near = budgets.nearlySpent(budgeted(call));
    if (!near) return next(call);
    const { period, limitUsd } = near.rule;
    const budget = { percent: Math.floor(near.percent), period, limitUsd };
    return tellStart(next(call), (served) => ({ ...served, budget }));
  };
}

function shortened(call: Call, most: number, limitUsd: number): Call {
  const asked = call.request.inferenceConfig?.maxTokens;
  if (asked !== undefined && asked <= most) return call;
  return {
    ...call,
    request: { ...call.request, inferenceConfig: { ...call.request.inferenceConfig, maxTokens: most } },
    changes: [
      ...call.changes,
      { what: `max_tokens ${asked ?? 'default'} -> ${most}`, why: `The budget of $${limitUsd.toFixed(2)} is spent.` },
    ],
  };
}
