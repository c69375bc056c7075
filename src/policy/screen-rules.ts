import { ProxyError } from '../base/errors.ts';
import { webInjectionRules } from './detect/content.ts';
import type { Detector } from './detect/detector.ts';
import { personalDetectors } from './detect/personal.ts';
import { secretDetectors } from './detect/secrets.ts';
import type { ScreenAction, ScreenRule } from './screening.ts';

type Choice = 'off' | ScreenAction;

export type ScreenSettings = {
  secrets: Choice;
  personal: Choice;
  webInjection: Choice;
  /** A detector's kind, e.g. `EMAIL`, that is treated otherwise than its group. */
  kinds: readonly { kind: string; action: Choice }[];
  /** The person's own patterns; `pattern` is the source of a JavaScript regular expression. */
  patterns: readonly { name: string; pattern: string; action: Choice }[];
};

/** The detectors that the settings switch on, with what each does. Throws for a pattern that is no regular expression and for a kind that there is not. */
export function screenRules({ secrets, personal, webInjection, kinds, patterns }: ScreenSettings): ScreenRule[] {
  const exceptions = new Map(kinds.map(({ kind, action }) => [kind, action]));
  const chosen = (detectors: readonly Detector[], group: Choice): ScreenRule[] =>
    detectors.flatMap((detector) => ruled(detector, exceptions.get(detector.kind) ?? group));
  const known = [...secretDetectors, ...personalDetectors, ...webInjectionRules];
  for (const { kind } of kinds) {
    if (!known.some((detector) => detector.kind === kind)) throw badSetting(`There is no kind "${kind}" to mask.`);
  }
  return [
    ...chosen(secretDetectors, secrets),
    ...chosen(personalDetectors, personal),
    ...chosen(webInjectionRules, webInjection),
    ...patterns.flatMap(({ name, pattern, action }) => ruled(ownDetector(name, pattern), action)),
  ];
}

function ruled(detector: Detector, action: Choice): ScreenRule[] {
  return action === 'off' ? [] : [{ detector, action }];
}

/** One endless repetition takes the square of a text's length at most, which a short one can bear; two, or a repeated group, take anything. */
function guardedFrom(pattern: string): number | undefined {
  const endless = pattern.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
  if (endless > 1 || /\)[*+?{]/.test(pattern)) return 0;
  return endless === 1 ? 4_096 : undefined;
}

function ownDetector(name: string, pattern: string): Detector {
  const kind = `X_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`.slice(0, 30);
  try {
    return { kind, group: 'content', pattern: new RegExp(pattern), guardedFrom: guardedFrom(pattern) };
  } catch {
    throw badSetting(`The pattern "${name}" is not a regular expression.`);
  }
}

function badSetting(what: string): ProxyError {
  return new ProxyError('internal', what, { fix: 'correct [masking] in the config file: claude-bedrock config path' });
}
