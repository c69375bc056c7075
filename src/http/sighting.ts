import { isObject } from '../base/json.ts';
import type { Sighting } from '../config/sightings.ts';
import type { Exchange } from './exchange.ts';

/** What a request's head and the names of its body's fields tell of the client; nothing of what was said. */
export function sightingOf({ incoming, remote }: Exchange, now: number, body?: unknown): Sighting {
  const sighting: Sighting = {
    client: productOf(incoming.headers['user-agent']),
    at: now,
    through: remote ? 'tunnel' : 'local',
    path:
      (incoming.url ?? '')
        .split('?')[0]
        ?.slice(0, 100)
        .replaceAll(/[^\x20-\x7e]/g, '?') ?? '',
  };
  if (!isObject(body)) return sighting;
  const { model, tools, functions, stream } = body;
  const offered = Array.isArray(tools) ? tools : Array.isArray(functions) ? functions : [];
  return {
    ...sighting,
    ...(typeof model === 'string' ? { model: model.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?') } : {}),
    shape: shapeOf(body, offered),
    tools: offered.length,
    stream: stream === true,
  };
}

function productOf(userAgent: string | undefined): string {
  return /^[\w!#$%&'*+.^`|~/-]{1,64}/.exec(userAgent ?? '')?.[0] ?? 'unknown';
}

type Shape = NonNullable<Sighting['shape']>;

/** Cursor mixes the three dialects in one body: the fields tell, never the path or the model's name. */
function shapeOf(body: Record<string, unknown>, tools: readonly unknown[]): Shape {
  const { messages, input } = body;
  const stub = !Array.isArray(messages) || messages.length === 0;
  const outer: Shape = stub && input !== undefined && input !== null ? 'responses' : 'chat';
  const shapes = new Set(tools.map((tool) => toolShape(tool, outer)));
  if (shapes.size === 0) return outer;
  const [only] = shapes;
  if (shapes.size > 1 || only === undefined) return 'mixed';
  return outer === 'responses' && only !== 'responses' ? 'mixed' : only;
}

function toolShape(tool: unknown, outer: Shape): Shape {
  if (!isObject(tool)) return outer;
  if ('input_schema' in tool) return 'messages';
  if (isObject(tool['function']) || isObject(tool['custom'])) return 'chat';
  return 'type' in tool && 'name' in tool ? 'responses' : outer;
}
