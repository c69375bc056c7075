import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { Message, ToolSpec } from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import { stableHash } from '../converse/stable-hash.ts';
import type { Draft } from './draft.ts';
import type { Restorer } from './restore.ts';

/** The client's names of a tool's properties, by the alias that the model sees. */
export type PropertyNames = ReadonlyMap<string, string>;

const legal = /^[a-zA-Z0-9_.-]{1,64}$/;

/**
 * Gives the properties of a tool that the model refuses an alias, in schemas and history alike, and keeps the way back:
 * "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'" fails the whole request for one `filter[id]` of one tool,
 * at the top of a schema only (aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws#709).
 */
export function aliasProperties(draft: Draft): void {
  const { toolConfig } = draft.request;
  if (!draft.row.plainProperties || !toolConfig) return;
  const tools = rewriteList(toolConfig.tools, (tool) => {
    if (!('toolSpec' in tool)) return tool;
    const names = aliasesOf(tool.toolSpec.inputSchema.json['properties']);
    if (names.size === 0) return tool;
    draft.propertyNames.set(tool.toolSpec.name, names);
    return { toolSpec: renamedSpec(tool.toolSpec, names) };
  });
  if (tools === toolConfig.tools) return;
  draft.note('tool properties aliased', 'the model takes fewer characters in names; answers carry the real ones');
  const messages = rewriteList(draft.request.messages, (message) => renameInputs(message, draft.propertyNames));
  draft.request = { ...draft.request, messages, toolConfig: { ...toolConfig, tools } };
}

function aliasesOf(properties: JsonValue | undefined): PropertyNames {
  const names = new Map<string, string>();
  for (const name in isObject(properties) ? properties : {}) if (!legal.test(name)) names.set(aliasOf(name), name);
  return names;
}

/** It depends on the name alone, so that every turn has the same and the prompt cache keeps its prefix. */
function aliasOf(name: string): string {
  return `${name.replace(/[^a-zA-Z0-9_.-]+/g, '_').slice(0, 54)}_${stableHash(name, 8)}`;
}

function renamedSpec(spec: ToolSpec, names: PropertyNames): ToolSpec {
  const { properties, required, ...rest } = spec.inputSchema.json;
  const json = {
    ...rest,
    properties: renamedKeys(properties as JsonObject, names), // it has names to change
    ...(Array.isArray(required) && {
      required: required.map((name) => (typeof name === 'string' ? toAlias(name, names) : name)),
    }),
  };
  return { ...spec, inputSchema: { json } };
}

function renameInputs(message: Message, tools: ReadonlyMap<string, PropertyNames>): Message {
  const content = rewriteList(message.content, (block) => {
    const names = 'toolUse' in block ? tools.get(block.toolUse.name) : undefined;
    if (!names || !('toolUse' in block) || !isObject(block.toolUse.input)) return block;
    return { toolUse: { ...block.toolUse, input: renamedKeys(block.toolUse.input, names) } };
  });
  return content === message.content ? message : { role: message.role, content };
}

function renamedKeys(object: JsonObject, names: PropertyNames): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [toAlias(name, names), value]));
}

function toAlias(name: string, names: PropertyNames): string {
  const alias = legal.test(name) ? name : aliasOf(name);
  return names.get(alias) === name ? alias : name;
}

/** Gives the arguments of calls the names that the client knows. Those of a tool with aliases are held until they are whole. */
export function restoreProperties(tools: ReadonlyMap<string, PropertyNames>): Restorer {
  let call: { names: PropertyNames; text: string } | undefined;
  return (batch) =>
    batch.flatMap((event) => {
      if (event.type === 'open') {
        const names = event.block.kind === 'tool' ? tools.get(event.block.name) : undefined;
        call = names && { names, text: '' };
      }
      if (!call || event.type === 'open') return [event];
      if (event.type === 'delta') {
        call.text += event.text;
        return [];
      }
      if (event.type !== 'close') return [event];
      const text = withNames(call.text, call.names);
      call = undefined;
      return text === '' ? [event] : [{ type: 'delta', index: event.index, kind: 'tool', text }, event];
    });
}

/** By text and not by value: arguments that were cut off by `max_tokens` are no JSON. */
function withNames(text: string, names: PropertyNames): string {
  return text.replace(/"([a-zA-Z0-9_.-]{1,64})"(?=\s*:)/g, (written, alias: string) => {
    const name = names.get(alias);
    return name === undefined ? written : JSON.stringify(name);
  });
}
