import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { BlockKind } from './events.ts';

/** A block that can be opened only when it is complete: its deltas are gathered until its stop. */
export type LateBlock =
  | { kind: 'redacted'; parts: string[] }
  /** `toolUse` here is a tool that the service itself runs (`server_tool_use`): the client must not run it. */
  | { kind: 'toolUse' | 'toolResult' | 'image'; start: Record<string, unknown>; parts: unknown[] };

/** The late block that a `contentBlockStart` begins; undefined for plain tool use and for kinds without a name here. */
export function lateBlock(start: Record<string, unknown>): LateBlock | undefined {
  const { toolUse, toolResult, image } = start;
  if (isObject(toolUse) && toolUse['type'] !== undefined) return { kind: 'toolUse', start: toolUse, parts: [] };
  if (isObject(toolResult)) return { kind: 'toolResult', start: toolResult, parts: [] };
  if (isObject(image)) return { kind: 'image', start: image, parts: [] };
  return undefined;
}

/** The whole block, as the service would have written it in a Converse response. */
export function completed(late: LateBlock): BlockKind {
  switch (late.kind) {
    case 'redacted':
      return { kind: 'redacted', data: joinBase64(late.parts) };
    case 'toolUse':
      return other('toolUse', { ...late.start, input: late.parts.map(inputText).join('') });
    case 'toolResult':
      return other('toolResult', { ...late.start, content: late.parts.flat() });
    case 'image':
      return other('image', Object.assign({ ...late.start }, ...late.parts.filter(isObject)));
    default:
      return late satisfies never;
  }
}

function other(name: string, value: Record<string, unknown>): BlockKind {
  // Everything in it came out of JSON.parse.
  return { kind: 'other', value: { [name]: value as JsonObject } satisfies Record<string, JsonValue> };
}

const inputText = (part: unknown): string => (isObject(part) && typeof part['input'] === 'string' ? part['input'] : '');

/** Pieces of base64 may each carry their own padding, so they are joined as bytes. */
function joinBase64(parts: readonly string[]): string {
  const [first = ''] = parts;
  if (parts.length < 2) return first;
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))).toString('base64');
}
