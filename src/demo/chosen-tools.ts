import { isObject } from '../base/json.ts';
import type { ConverseBody, ToolSpec } from './converse-body.ts';
import { lastResults, lastUserText } from './prompt.ts';

/**
 * The tools that the demo model calls: the forced one; those that the last user turn names, by a word of their name; or
 * the first, when the turn speaks of a tool. After a tool's result it answers in words or, where a call is forced, by a
 * tool that has not answered it yet, such as the one that takes an agent's final answer.
 */
export function chosenTools(body: ConverseBody): ToolSpec[] {
  const specs = (body.toolConfig?.tools ?? []).flatMap((tool) => tool.toolSpec ?? []);
  const extra = body.additionalModelRequestFields['tool_choice'];
  if (isObject(extra) && extra['type'] === 'none') return [];
  const { toolChoice } = body.toolConfig ?? {};
  if (toolChoice?.tool) return specs.filter((spec) => spec.name === toolChoice.tool?.name);
  const results = lastResults(body);
  const named = results.length > 0 ? [] : namedTools(specs, lastUserText(body));
  const wanted =
    named.length === 0 && toolChoice?.any ? (results.length > 0 ? unused(specs, body) : specs).slice(0, 1) : named;
  return isObject(extra) && extra['disable_parallel_tool_use'] === true ? wanted.slice(0, 1) : wanted;
}

function unused(specs: readonly ToolSpec[], { messages }: ConverseBody): readonly ToolSpec[] {
  const asked = messages.findLastIndex(({ role, content }) => role === 'user' && content.some(({ text }) => text));
  const since = messages.slice(asked + 1);
  const called = new Set(since.flatMap(({ content }) => content.flatMap(({ toolUse }) => toolUse?.name ?? [])));
  const left = specs.filter(({ name }) => !called.has(name));
  return left.length > 0 ? left : specs;
}

function namedTools(specs: readonly ToolSpec[], prompt: string): ToolSpec[] {
  const asked = prompt.toLowerCase();
  const named = specs.filter(
    (spec) => asked.includes(spec.name.toLowerCase()) || wordsOf(spec.name).some((word) => asked.includes(word)),
  );
  if (named.length > 0) return named;
  return /\btools?\b/.test(asked) ? specs.slice(0, 1) : [];
}

/** `getCurrent_weather` → `current`, `weather`: short words are in every sentence. */
function wordsOf(name: string): string[] {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.filter((word) => word.length >= 4);
}
