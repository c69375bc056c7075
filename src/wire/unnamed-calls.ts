import type { Change } from '../converse/changes.ts';
import { report } from '../converse/notes.ts';
import { stableHash } from '../converse/stable-hash.ts';
import { invalid } from './refuse.ts';

/** One tool call or result of a history, in its order. `name`: gives it its id; `param`: where that would stand. */
export type CallTrace = {
  kind: 'call' | 'result';
  id: string | undefined;
  param: string;
  name(id: string): void;
};

/**
 * Gives calls and results that came without an id theirs: within a round (calls, then their results) the n-th lost result
 * answers the n-th call that nobody else answers. Throws `invalid_request` where the numbers do not fit, because a guess
 * could put one call's result under another.
 */
export function nameCalls(traces: readonly CallTrace[], changes: Change[]): void {
  if (traces.every(({ id }) => id)) return;
  for (const [at, round] of roundsOf(traces).entries()) nameRound(round, at);
  report(changes, {
    what: 'tool call ids added',
    why: 'Some calls or results had none; they are paired by their order.',
  });
}

type Round = { calls: CallTrace[]; results: CallTrace[] };

/** A call behind a result opens the next round. */
function roundsOf(traces: readonly CallTrace[]): Round[] {
  const rounds: Round[] = [];
  for (const trace of traces) {
    let round = rounds.at(-1);
    if (!round || (trace.kind === 'call' && round.results.length > 0)) {
      round = { calls: [], results: [] };
      rounds.push(round);
    }
    round[trace.kind === 'call' ? 'calls' : 'results'].push(trace);
  }
  return rounds;
}

function nameRound({ calls, results }: Round, round: number): void {
  const lost = [...calls, ...results].find(({ id }) => !id);
  if (!lost) return;
  const called = new Set(calls.map(({ id }) => id));
  const answered = new Set(results.map(({ id }) => id));
  const hasUnnamedCall = calls.some(({ id }) => !id);
  const open = calls.filter(({ id }) => !id || !answered.has(id));
  // A result of an unknown id may belong to a call without one.
  const loose = results.filter(({ id }) => !id || (hasUnnamedCall && !called.has(id)));
  const isClear = open.length === loose.length && open.every(({ id }, at) => !id || !loose[at]?.id);
  if (loose.length > 0 && !isClear) throw unclear(lost);
  for (const [at, call] of open.entries()) {
    const result = loose[at];
    const id = call.id || result?.id || `call_${stableHash(`${round}:${at}`, 22)}`;
    if (!call.id) call.name(id);
    if (result && !result.id) result.name(id);
  }
}

function unclear({ kind, param }: CallTrace): Error {
  const said = kind === 'call' ? 'it must identify the call' : 'it must name the call that it answers';
  return invalid(
    param,
    `'${param}' is missing: ${said}, because calls and results are not equal in number and cannot be paired by their order.`,
  );
}
