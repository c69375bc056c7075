import { isObject } from '../base/json.ts';
import type { Sighting } from '../config/sightings.ts';
import type { Exchange } from './exchange.ts';
import { productOf } from './product.ts';
import { shownText } from './shown-text.ts';

/** What a request's head and the names of its body's fields tell of the client; nothing of what was said. */
export function sightingOf({ incoming, remote }: Exchange, now: number, body?: unknown): Sighting {
  const url = incoming.url ?? '';
  const query = url.indexOf('?');
  const sighting: Sighting = {
    client: productOf(incoming.headers['user-agent']) ?? 'unknown',
    at: now,
    through: remote ? 'tunnel' : 'local',
    path: shownText(query === -1 ? url : url.slice(0, query)),
  };
  if (!isObject(body)) return sighting;
  const { model, tools, functions, stream } = body;
  const offered = Array.isArray(tools) ? tools : Array.isArray(functions) ? functions : [];
  if (typeof model === 'string') sighting.model = shownText(model);
  sighting.shape = shapeOf(body, offered);
  sighting.tools = offered.length;
  sighting.stream = stream === true;
  return sighting;
}

type Shape = NonNullable<Sighting['shape']>;

/** Cursor mixes the three dialects in one body: the fields tell, never the path or the model's name. */
function shapeOf(body: Record<string, unknown>, tools: readonly unknown[]): Shape {
  const { messages, input } = body;
  const stub = !Array.isArray(messages) || messages.length === 0;
  const outer: Shape = stub && input !== undefined && input !== null ? 'responses' : 'chat';
  const [first] = tools;
  if (first === undefined) return outer;
  const shape = toolShape(first, outer);
  if (tools.some((tool) => toolShape(tool, outer) !== shape)) return 'mixed';
  return outer === 'responses' && shape !== 'responses' ? 'mixed' : shape;
}

function toolShape(tool: unknown, outer: Shape): Shape {
  if (!isObject(tool)) return outer;
  if ('input_schema' in tool) return 'messages';
  if (isObject(tool['function']) || isObject(tool['custom'])) return 'chat';
  return 'type' in tool && 'name' in tool ? 'responses' : outer;
}
