import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ProxyError } from '../base/errors.ts';
import type { Call, Native } from '../converse/call.ts';
import type { ConverseRequest } from '../converse/request.ts';
import { type Detector, type Finder, type Finding, finderOf } from './detect/detector.ts';
import { createMasks, type Masks } from './mask.ts';
import { mapMetadata, mapNativeText, mapRequestText, type TextMap } from './request-text.ts';
import { longText, type TextDigest, textDigest } from './text-digest.ts';

/** What is done with a finding. */
export type ScreenAction = 'report' | 'mask' | 'block';

/** A detector and what is done with what it finds. */
export type ScreenRule = { detector: Detector; action: ScreenAction };

/** How often a kind was found in one call. */
export type ScreenHit = { kind: string; action: ScreenAction; hits: number };

/** A call after its screening. */
export type Screened = {
  /** The request to send on; the same object when nothing was masked. */
  request: ConverseRequest;
  /** A native body with the same parts masked; absent when there is none, or nothing was masked. */
  native?: Native;
  /** What was masked; absent when nothing was. */
  masks?: Masks | undefined;
  /** What was masked, and of what is only reported what this principal did not send before. */
  hits: readonly ScreenHit[];
};

/** Looks through one call; what is blocked is in it still, and the caller refuses it (`blockedError`). */
export type Screen = (call: Call) => Screened;

/** A conversation sends its whole history again and again: a finding is reported once. */
const mostRemembered = 5_000;
/** And a text that held nothing holds nothing the next time. */
const mostClean = 5_000;

/** Looks through everything a request says. `secret` is random and per process. */
export function createScreen(
  rules: readonly ScreenRule[],
  secret: string,
  digestOf: TextDigest = textDigest(secret),
): Screen {
  const actions = new Map(rules.map(({ detector, action }) => [detector.kind, action]));
  const detectors = rules.map(({ detector }) => detector);
  const find = findUnlessClean(
    finderOf(detectors, (kind) => actions.get(kind)),
    digestOf,
  );
  const reported = new LRUCache<string, true>({ max: mostRemembered });

  const isNews = (principalId: string, kind: string, value: string): boolean => {
    const key = hash('sha256', `${secret}\n${principalId}\n${kind}\n${value}`, 'base64url');
    if (reported.has(key)) return false;
    reported.set(key, true);
    return true;
  };
  return ({ principal, request, native }) => {
    let masks: Masks | undefined;
    const counts = new Map<string, number>();
    const hide = (text: string, findings: readonly Finding[]): string => {
      const masked = findings.filter(({ kind }) => actions.get(kind) === 'mask');
      if (masked.length === 0) return masks ? masks.hide(text, []) : text;
      masks ??= createMasks(secret, principal.id);
      return masks.hide(text, masked);
    };
    const counted = (text: string, holder?: object): string => {
      const findings = find(text, holder);
      for (const { kind, start, end } of findings) {
        const action = actions.get(kind) ?? 'report';
        if (action !== 'report' || isNews(principal.id, kind, text.slice(start, end)))
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      return findings.length === 0 && !masks ? text : hide(text, findings);
    };
    // What goes out is counted; the request beside a native body is a view of it that need not show everything.
    const sent = native && mapNativeText(native, counted);
    const map: TextMap = sent ? (text, holder) => hide(text, find(text, holder)) : counted;
    const mapped = mapMetadata(mapRequestText(request, map), map);
    const hits = [...counts].map(([kind, hits]): ScreenHit => ({ kind, hits, action: actions.get(kind) ?? 'report' }));
    return { request: mapped, ...(sent && masks && { native: sent }), masks, hits };
  };
}

/** The same, but a text that was found clean is not searched again. Of the text only its digest is kept. */
function findUnlessClean(find: Finder, digestOf: TextDigest): (text: string, holder?: object) => Finding[] {
  const clean = new LRUCache<string, true>({ max: mostClean });
  return (text, holder) => {
    if (text.length < longText) return find(text);
    const digest = digestOf(text, holder);
    if (clean.get(digest)) return [];
    const findings = find(text);
    if (findings.length === 0) clean.set(digest, true);
    return findings;
  };
}

/** The refusal for a request that holds something blocked: it names the kind and never the value. */
export function blockedError(hits: readonly ScreenHit[]): ProxyError {
  const kinds = hits.filter(({ action }) => action === 'block').map(({ kind, hits: count }) => `${kind} (${count})`);
  return new ProxyError(
    'invalid_request',
    `The request holds what the settings of this proxy do not let out: ${kinds.join(', ')}.`,
    {
      fix: 'take it out of the conversation, or change [masking] in the config file: claude-bedrock config path',
    },
  );
}
