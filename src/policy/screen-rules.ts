import { contentRules } from './detect/content.ts';
import type { Detector } from './detect/detector.ts';
import { personalDetectors } from './detect/personal.ts';
import { secretDetectors } from './detect/secrets.ts';
import type { ScreenAction, ScreenRule } from './screening.ts';

type Choice = 'off' | ScreenAction;

export type ScreenSettings = {
  secrets: Choice;
  personal: Choice;
  /** By a detector's kind, e.g. `EMAIL`; wins over its group. */
  kinds: Readonly<Record<string, Choice>>;
  /** By the name of a rule set, e.g. `web-injection`. */
  content: Readonly<Record<string, Choice>>;
  /** The person's own patterns; `pattern` is the source of a JavaScript regular expression. */
  patterns: readonly { name: string; pattern: string; action: ScreenAction }[];
};

/** The detectors that the settings switch on, with what each does. Throws `SyntaxError` for a pattern that is no regular expression. */
export function screenRules({ secrets, personal, kinds, content, patterns }: ScreenSettings): ScreenRule[] {
  const chosen = (detectors: readonly Detector[], group: Choice): ScreenRule[] =>
    detectors.flatMap((detector) => {
      const action = kinds[detector.kind] ?? group;
      return action === 'off' ? [] : [{ detector, action }];
    });
  return [
    ...chosen(secretDetectors, secrets),
    ...chosen(personalDetectors, personal),
    ...Object.entries(contentRules).flatMap(([name, detectors]) => chosen(detectors, content[name] ?? 'off')),
    ...patterns.map(
      ({ name, pattern, action }): ScreenRule => ({
        detector: {
          kind: name.toUpperCase().replace(/[^A-Z0-9]+/g, '_'),
          group: 'content',
          pattern: new RegExp(pattern),
        },
        action,
      }),
    ),
  ];
}
