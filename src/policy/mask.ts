import { hash } from 'node:crypto';
import type { JsonObject } from '../base/json.ts';
import type { Event } from '../converse/events.ts';
import type { Finding } from './detect/detector.ts';
import { mapJson } from './request-text.ts';

/*
 * A placeholder is one word of letters, digits and underscores, so that no syntax that a model writes it into (JSON,
 * HTML, a URL, a shell) escapes it: MASKED_EMAIL_7Q2F4KPD. It is the same for the same value as long as the process
 * lives, so that a conversation's prefix stays equal, the prompt cache keeps hitting, and signed thinking comes back as
 * it was signed. The way back is known to the one request only.
 */
const lead = 'MASKED_';
/** Without M: the end of a whole placeholder is never taken for the beginning of another. */
const digits = '0123456789ABCDEFGHJKLNPQRSTVWXYZ';
const digestLength = 8;
/** The masks of one request: what stands for what. */
export type Masks = {
  /**
   * A text with its findings replaced, and with whatever was found before, also where its context does not tell it: the
   * model would repeat a password in words, and its signed thinking must come back as it was. The same value gets the same
   * placeholder.
   */
  hide(text: string, findings: readonly Finding[]): string;
  /** A text with its placeholders replaced by what they stand for. */
  show(text: string): string;
  /** As `show`, inside JSON text: what is put back is escaped. */
  showInJson(text: string): string;
  /** Where the end of a text begins that may be the first part of a placeholder; its length when no end may. */
  heldFrom(text: string): number;
};

/** Shorter values, and plain words, would be replaced all over: `postgres://postgres:postgres@localhost`. */
const isTelling = (value: string): boolean => value.length >= 8 && !/^\p{L}+$/u.test(value);

/** Empty masks. `secret` is random and per process, `principalId` keeps people's placeholders apart. */
export function createMasks(secret: string, principalId: string): Masks {
  const originals = new Map<string, string>();
  /** Values that are known again without their context, and their placeholders. */
  const telling = new Map<string, string>();
  let known: RegExp | undefined;
  let again: RegExp | undefined;
  let longest = 0;
  const placeholderFor = (kind: string, value: string): string => {
    const digest = hash('sha256', `${secret}\n${principalId}\n${kind}\n${value}`, 'buffer');
    let word = '';
    for (const byte of digest.subarray(0, digestLength)) word += digits[byte % 32];
    const placeholder = `${lead}${kind}_${word}`;
    originals.set(placeholder, value);
    known = undefined;
    if (isTelling(value) && !telling.has(value)) {
      telling.set(value, placeholder);
      again = undefined;
    }
    longest = Math.max(longest, placeholder.length);
    return placeholder;
  };
  const replaced = (text: string, by: (original: string) => string): string => {
    // Looked for by their whole names: nothing that merely resembles a placeholder is touched.
    known ??= new RegExp([...originals.keys()].join('|'), 'g');
    return originals.size === 0 ? text : text.replace(known, (found) => by(originals.get(found) ?? found));
  };
  const hiddenAgain = (text: string): string => {
    if (telling.size === 0) return text;
    // The longest first: one value may be the beginning of another.
    again ??= new RegExp(
      [...telling.keys()]
        .sort((a, b) => b.length - a.length)
        .map((value) => value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return text.replace(again, (value) => telling.get(value) ?? value);
  };
  return {
    hide(text, findings) {
      const placeholders = findings.map(({ kind, start, end }) => placeholderFor(kind, text.slice(start, end)));
      let hidden = '';
      let at = 0;
      for (const [nth, { start, end }] of findings.entries()) {
        hidden += hiddenAgain(text.slice(at, start)) + placeholders[nth];
        at = end;
      }
      return hidden + hiddenAgain(text.slice(at));
    },
    show: (text) => replaced(text, (original) => original),
    showInJson: (text) => replaced(text, (original) => JSON.stringify(original).slice(1, -1)),
    heldFrom(text) {
      const from = Math.max(0, text.length - longest + 1);
      for (let at = text.indexOf(lead[0] ?? '', from); at !== -1; at = text.indexOf(lead[0] ?? '', at + 1)) {
        const end = text.slice(at);
        for (const placeholder of originals.keys()) if (placeholder.startsWith(end)) return at;
      }
      return text.length;
    },
  };
}

/**
 * Puts originals back into an answer's events, also where a placeholder is split over deltas: the end of a piece that
 * may begin one is held until the next piece or the block's close shows what it is. `json`: the answer's text is JSON too.
 */
export function unmasker(masks: Masks, { json = false } = {}): (batch: readonly Event[]) => Event[] {
  let held: (Event & { type: 'delta' }) | undefined;
  const shown = (kind: 'text' | 'reasoning' | 'tool', text: string) =>
    kind === 'tool' || (json && kind === 'text') ? masks.showInJson(text) : masks.show(text);

  const release = (): Event[] => {
    if (!held) return [];
    const last = { ...held, text: shown(held.kind, held.text) };
    held = undefined;
    return [last];
  };
  const piece = (event: Event & { type: 'delta' }): Event[] => {
    const text = (held?.text ?? '') + event.text;
    const end = masks.heldFrom(text);
    held = end < text.length ? { ...event, text: text.slice(end) } : undefined;
    return end === 0 ? [] : [{ ...event, text: shown(event.kind, text.slice(0, end)) }];
  };
  return (batch) =>
    batch.flatMap((event): Event[] => {
      switch (event.type) {
        case 'delta':
          return piece(event);
        case 'citation':
          return [...release(), { ...event, citation: shownObject(event.citation, masks) }];
        case 'open':
          return [
            event.block.kind === 'other'
              ? { ...event, block: { ...event.block, value: shownObject(event.block.value, masks) } }
              : event,
          ];
        case 'raw':
          return []; // it holds the placeholders; the grammar's events tell the same
        case 'start':
          return [withoutRaw(event)];
        case 'signature':
        case 'close':
        case 'end':
          return [...release(), event];
        default:
          return event satisfies never;
      }
    });
}

function withoutRaw(event: Event & { type: 'start' }): Event {
  if (!event.served.raw) return event;
  const { raw: _, ...served } = event.served;
  return { ...event, served };
}

function shownObject(value: JsonObject, masks: Masks): JsonObject {
  const shown = mapJson(value, masks.show);
  return typeof shown === 'object' && shown !== null && !Array.isArray(shown) ? shown : value;
}
