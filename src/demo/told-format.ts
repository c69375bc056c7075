import { parsedJson } from '../base/json.ts';
import type { ConverseBody, ToolSpec } from './converse-body.ts';

/** How a prompt says that the answer must be JSON: any object, a value by a schema, or the input of one tool. */
export type ToldFormat = { kind: 'object' } | { kind: 'schema'; schema: unknown } | { kind: 'tool'; tool: ToolSpec };

/** The demo model does as it is told, like the real ones: undefined when nobody asked for JSON in words. */
export function toldFormat(body: ConverseBody): ToldFormat | undefined {
  // A model without system prompts is told in the first turn.
  for (const { text } of [...body.system, ...(body.messages[0]?.content ?? [])]) {
    if (text === undefined) continue;
    const schema = parsedJson(/by this JSON schema: (\{[^\n]*\})/.exec(text)?.[1] ?? '');
    if (schema !== undefined) return { kind: 'schema', schema };
    if (text.includes('one JSON object and nothing else')) return { kind: 'object' };
    const name = /only by calling the tool ([\w-]+)/.exec(text)?.[1];
    const tool = body.toolConfig?.tools.find(({ toolSpec }) => toolSpec?.name === name)?.toolSpec;
    if (name !== undefined && tool) return { kind: 'tool', tool };
  }
  return undefined;
}

/** An object for who asked for JSON without a schema, with the members that the prompt names: “with 'setup' and 'punchline' keys”. */
export function plainObject(prompt: string, words: string): Record<string, string> {
  const named = /((?:["'`]\w+["'`][\s,]*(?:and\s+)?)+)keys?\b/.exec(prompt)?.[1]?.match(/(?<=["'`])\w+(?=["'`])/g);
  return Object.fromEntries((named ?? ['answer']).map((name) => [name, words]));
}
