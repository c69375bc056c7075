import { isObject, parsedJson } from '../base/json.ts';
import type { ConverseBody, ToolSpec } from './converse-body.ts';

type Edit = { path: string; old: string; new: string };
type Step = { tool: ToolSpec; input: Record<string, unknown> };

/**
 * The part of a coding agent, for trying out editors: `demo:edit {"path":"a.txt","old":"x","new":"y"}` in a user turn
 * makes the demo model look at the file and then change it with whatever tools the client offers, one call a turn.
 * `done` once that is over; undefined when nobody asked, or no tool would do.
 */
export function editStep(body: ConverseBody): Step | 'done' | undefined {
  const at = body.messages.findLastIndex(({ role, content }) => role === 'user' && content.some(asksForEdit));
  const text = body.messages[at]?.content.find(asksForEdit)?.text;
  const edit = text === undefined ? undefined : editAskedFor(text);
  const steps = edit ? stepsFor(edit, body) : [];
  if (steps.length === 0) return undefined;
  const taken = body.messages.slice(at + 1).flatMap(({ content }) => content.filter(({ toolResult }) => toolResult));
  return steps[taken.length] ?? 'done';
}

const command = /demo:edit\s*(\{[^{}]*\})/;

const asksForEdit = ({ text }: { text?: string }): boolean => text !== undefined && editAskedFor(text) !== undefined;

/** Some clients hand the prompt on inside a JSON string: then its quotes come with backslashes. */
function editAskedFor(text: string): Edit | undefined {
  const json = command.exec(text)?.[1];
  if (json === undefined) return undefined;
  for (const candidate of [json, json.replaceAll('\\"', '"')]) {
    const edit = parsedJson(candidate);
    if (!isObject(edit)) continue;
    const { path, old, new: changed } = edit;
    if (typeof path === 'string' && typeof old === 'string' && typeof changed === 'string')
      return { path, old, new: changed };
  }
  return undefined;
}

/** A look at the file, because careful editors refuse a change without one; then the change. */
function stepsFor(edit: Edit, body: ConverseBody): Step[] {
  const specs = (body.toolConfig?.tools ?? []).flatMap(({ toolSpec }) => toolSpec ?? []);
  const first = (make: (tool: ToolSpec) => Step | undefined): Step[] => {
    for (const tool of specs) {
      const step = make(tool);
      if (step) return [step];
    }
    return [];
  };
  const shell = (line: string) => first((tool) => shellCall(tool, line));
  const looks = [...first((tool) => readCall(tool, edit)), ...shell(`cat ${quoted(edit.path)}`)];
  const changes = [
    ...first((tool) => editCall(tool, edit)),
    ...first((tool) => patchCall(tool, edit)),
    ...shell(sedLine(edit)),
  ];
  return changes.length === 0 ? [] : [...looks.slice(0, 1), ...changes.slice(0, 1)];
}

const pathNames = /^(?:file_?path|path|target_file|filename)$/i;

function readCall(tool: ToolSpec, { path }: Edit): Step | undefined {
  if (!/read/i.test(tool.name)) return undefined;
  const name = nameOf(tool, pathNames);
  if (name !== undefined) return { tool, input: { [name]: path } };
  // Cline and Roo Code read several files in one call.
  return nameOf(tool, /^files$/) === undefined ? undefined : { tool, input: { files: [{ path }] } };
}

function editCall(tool: ToolSpec, edit: Edit): Step | undefined {
  const path = nameOf(tool, pathNames);
  const before = nameOf(tool, /^old_?(?:string|str|text)$/i);
  const after = nameOf(tool, /^new_?(?:string|str|text)$/i);
  if (path === undefined || before === undefined || after === undefined) return undefined;
  return { tool, input: { [path]: edit.path, [before]: edit.old, [after]: edit.new } };
}

/** The patch language of Codex (openai/codex codex-rs/apply-patch). */
function patchCall(tool: ToolSpec, edit: Edit): Step | undefined {
  const name = /apply_?patch/i.test(tool.name) ? nameOf(tool, /^(?:input|patch|patch_?text)$/i) : undefined;
  if (name === undefined) return undefined;
  const lines = ['*** Begin Patch', `*** Update File: ${edit.path}`, '@@', `-${edit.old}`, `+${edit.new}`];
  return { tool, input: { [name]: `${lines.join('\n')}\n*** End Patch` } };
}

function shellCall(tool: ToolSpec, line: string): Step | undefined {
  if (!/shell|bash|exec|terminal|command/i.test(tool.name)) return undefined;
  const name = nameOf(tool, /^(?:command|cmd)$/i);
  if (name === undefined) return undefined;
  const { required } = tool.inputSchema.json;
  const described = Array.isArray(required) && required.includes('description') ? { description: 'demo edit' } : {};
  return { tool, input: { [name]: takesList(tool, name) ? ['bash', '-lc', line] : line, ...described } };
}

function nameOf(tool: ToolSpec, wanted: RegExp): string | undefined {
  const { properties } = tool.inputSchema.json;
  return isObject(properties) ? Object.keys(properties).find((name) => wanted.test(name)) : undefined;
}

function takesList(tool: ToolSpec, name: string): boolean {
  const { properties } = tool.inputSchema.json;
  const property = isObject(properties) ? properties[name] : undefined;
  return isObject(property) && property['type'] === 'array';
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const sedLine = (edit: Edit): string =>
  `sed -i.bak ${quoted(`s/${escaped(edit.old)}/${edit.new.replaceAll(/[/&\\]/g, '\\$&')}/`)} ${quoted(edit.path)}`;
const escaped = (text: string): string => text.replaceAll(/[/.*[\]^$\\]/g, '\\$&');
