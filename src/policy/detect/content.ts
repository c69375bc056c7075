import type { Detector } from './detector.ts';

/** Rule sets that settings name. All are off by default: editors send code, and code holds these. */
export const contentRules: Readonly<Record<string, readonly Detector[]>> = {
  'web-injection': [
    { kind: 'SCRIPT_TAG', group: 'content', pattern: /<script\b/i },
    { kind: 'JAVASCRIPT_URL', group: 'content', pattern: /\bjavascript:/i },
  ],
};
