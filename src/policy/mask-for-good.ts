import { isObject } from '../base/json.ts';
import { finderOf } from './detect/detector.ts';
import { type ScreenSettings, screenRules } from './screen-rules.ts';

/** Members that hold media, signatures or encrypted thinking: their length tells enough. */
const opaque: ReadonlySet<string> = new Set(['bytes', 'data', 'signature', 'redactedContent']);

/**
 * Makes a copy of any JSON value in which every text is free of what the detectors know, secrets and personal data
 * alike, whatever the settings do with requests; there is no way back. Media become their length.
 */
export function maskerForGood({ patterns }: Pick<ScreenSettings, 'patterns'>): (value: unknown) => unknown {
  const own = patterns.map((pattern) => ({ ...pattern, action: 'mask' as const }));
  const rules = screenRules({ secrets: 'mask', personal: 'mask', webInjection: 'off', kinds: [], patterns: own });
  const find = finderOf(rules.map(({ detector }) => detector));

  const masked = (text: string): string => {
    let hidden = '';
    let at = 0;
    for (const { kind, start, end } of find(text)) {
      hidden += `${text.slice(at, start)}[${kind}]`;
      at = end;
    }
    return hidden + text.slice(at);
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return masked(value);
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value)) return value;
    const members = Object.entries(value).map(([name, member]) => [
      masked(name),
      opaque.has(name) && typeof member === 'string' ? `[${member.length} characters]` : walk(member),
    ]);
    return Object.fromEntries(members);
  };
  return walk;
}
