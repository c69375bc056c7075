import type { Detector } from './detector.ts';

const word = /script/i;

/** Marks of an attempt to have a page run what a model wrote. Off by default: editors send code, and code holds these. */
export const webInjectionRules: readonly Detector[] = [
  { kind: 'SCRIPT_TAG', group: 'content', pattern: /<script\b/i, anchor: word },
  { kind: 'JAVASCRIPT_URL', group: 'content', pattern: /\bjavascript:/i, anchor: word },
];
