import type { ReasoningCapabilities } from '../converse/model.ts';
import type { Effort, Thinking } from '../converse/options.ts';
import type { Message } from '../converse/request.ts';
import { type Draft, modestMaxTokens } from './draft.ts';
import { effortLadder, leastBudget, nearestEffort } from './effort.ts';

/** Thinking budgets that stand for an effort, in tokens; the least that Claude takes is 1024. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

/** Finds the wish for thinking and effort its field, or says that the model has none (cases 50–54). */
export function askForReasoning(draft: Draft): void {
  const { row, options, effort } = draft;
  const { thinking } = options;
  if (!thinking && effort === undefined) return;
  const off = thinking?.type === 'disabled' || (thinking === undefined && effort === 'none');
  const can = row.reasoning;
  if (!can || can.field === 'none') {
    if (!off) draft.note('thinking dropped', 'the model has no switch for it');
    else if (can !== false && can.defaultOn) draft.note('thinking stays on', 'the model cannot switch it off');
    return;
  }
  if (off) switchOff(draft, can);
  else switchOn(draft, can, thinking);
}

function switchOff(draft: Draft, can: ReasoningCapabilities): void {
  switch (can.field) {
    case 'thinking':
      if (!can.defaultOn) break;
      if (can.modes.includes('disabled')) draft.fields.thinking = { type: 'disabled' };
      else leastThinking(draft, can);
      break;
    case 'reasoningConfig':
      draft.fields.reasoningConfig = { type: 'disabled' };
      return;
    case 'reasoning_effort':
    case 'reasoning':
      if (can.efforts.includes('none')) setEffort(draft, can, 'none');
      else if (can.defaultOn) leastThinking(draft, can);
      return;
    case 'none':
      return;
    default:
      can.field satisfies never;
  }
  if (draft.effort && draft.effort !== 'none' && can.efforts.length > 0) {
    const cap = can.disabledCapsEffort ? can.efforts.filter((level) => rank(level) <= rank('high')) : can.efforts;
    draft.fields.output_config = { effort: nearest(draft, draft.effort, cap) };
  }
}

function leastThinking(draft: Draft, can: ReasoningCapabilities): void {
  draft.note('thinking kept at its least', 'the model cannot switch it off');
  if (can.modes.includes('between_tools')) draft.fields.thinking = { type: 'between_tools' };
  else setEffort(draft, can, can.efforts[0] ?? 'low');
}

function switchOn(draft: Draft, can: ReasoningCapabilities, thinking: Thinking | undefined): void {
  const effort = wishedEffort(draft, thinking);
  if (can.field !== 'thinking') {
    if (effort !== undefined || can.field === 'reasoningConfig') setEffort(draft, can, effort ?? 'medium');
    draft.thinking = true;
    return;
  }
  const budgeted = can.modes.includes('enabled') && (thinking?.type === 'enabled' || !can.modes.includes('adaptive'));
  if (budgeted) think(draft, thinking, effort);
  else {
    if (thinking?.type === 'enabled')
      draft.note('thinking budget sent as effort', 'the model takes adaptive thinking only');
    draft.fields.thinking = { type: 'adaptive', ...display(draft, can, thinking) };
    draft.thinking = true;
  }
  const spoken = draft.effort ?? (budgeted ? undefined : effort);
  if (spoken && spoken !== 'none' && can.efforts.length > 0) setEffort(draft, can, spoken);
}

/** The effort that was asked for, in words or as a budget. */
function wishedEffort(draft: Draft, thinking: Thinking | undefined): Effort | undefined {
  if (draft.effort && draft.effort !== 'none') return draft.effort;
  const budget = thinking?.type === 'enabled' ? thinking.budgetTokens : undefined;
  return budget === undefined
    ? undefined
    : (effortLadder.find((level) => level !== 'none' && budgets[level] >= budget) ?? 'max');
}

function display(
  draft: Draft,
  can: ReasoningCapabilities,
  thinking: Thinking | undefined,
): { display?: 'summarized' | 'omitted' } {
  const wish = thinking && thinking.type !== 'disabled' ? thinking.display : undefined;
  if (can.display) return { display: wish ?? 'summarized' };
  if (wish) draft.note('thinking display dropped', 'the model always shows its thinking');
  return {};
}

/** Thinking with a budget: at least 1024 tokens and less than maxTokens, which is raised only where the client set none. */
function think(draft: Draft, thinking: Thinking | undefined, effort: Effort | undefined): void {
  if (lacksThought(draft.request.messages)) {
    draft.note('thinking off for this turn', 'the tool call being continued came back without its thinking');
    return;
  }
  const most = draft.info.maxOutputTokens ?? modestMaxTokens;
  const limit = Math.min(draft.request.inferenceConfig?.maxTokens ?? most, most);
  const asked = thinking?.type === 'enabled' ? thinking.budgetTokens : undefined;
  const budget = Math.min(Math.max(leastBudget, asked ?? budgets[effort ?? 'medium']), limit - 1);
  if (budget < leastBudget) {
    draft.note('thinking dropped', 'maxTokens leaves no room for the least budget of 1024 tokens');
    return;
  }
  if (asked !== undefined && asked !== budget) {
    draft.note('thinking budget adjusted', 'it must be at least 1024 and below maxTokens');
  }
  draft.fields.thinking = { type: 'enabled', budget_tokens: budget };
  draft.thinking = true;
}

/**
 * A tool loop whose last call has lost its thinking: "Expected `thinking` … found `tool_use`" (case 55). Adaptive models
 * call without thinking too, so for them only the refusal shows that something is missing (`repairAfter`).
 */
function lacksThought(messages: readonly Message[]): boolean {
  const turn = messages.findLast((message) => message.role === 'assistant')?.content ?? [];
  return turn.some((block) => 'toolUse' in block) && turn[0] !== undefined && !('reasoningContent' in turn[0]);
}

function setEffort(draft: Draft, can: ReasoningCapabilities, wish: Effort): void {
  const effort = nearest(draft, wish, can.efforts);
  switch (can.field) {
    case 'thinking':
      draft.fields.output_config = { effort };
      break;
    case 'reasoningConfig':
      draft.fields.reasoningConfig = { type: 'enabled', maxReasoningEffort: effort };
      break;
    case 'reasoning_effort':
      draft.fields.reasoning_effort = effort;
      break;
    case 'reasoning':
      draft.fields.reasoning = { effort };
      break;
    case 'none':
      break;
    default:
      can.field satisfies never;
  }
}

/** The model's level nearest to the wish. */
function nearest(draft: Draft, wish: Effort, levels: readonly Effort[]): Effort {
  if (levels.includes(wish)) return wish;
  draft.note('effort adjusted', 'the model does not know the level asked for');
  return nearestEffort(wish, levels) ?? wish;
}

function rank(effort: Effort): number {
  return effortLadder.indexOf(effort);
}
