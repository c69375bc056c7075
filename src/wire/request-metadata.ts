import type { Change } from '../converse/changes.ts';

/** Limits of `requestMetadata` in the Converse API reference. */
const maxPairs = 16;
const lawful = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/**
 * The pairs that Bedrock's invocation log may carry (case 103). What breaks its limits is left out and reported;
 * numbers and booleans become text. Undefined when nothing is left.
 */
export function requestMetadata(
  pairs: Iterable<readonly [string, unknown]>,
  changes: Change[],
): Record<string, string> | undefined {
  const kept: Record<string, string> = {};
  let left = 0;
  for (const [key, value] of pairs) {
    if (value === null || value === undefined) continue;
    const text = typeof value === 'object' ? undefined : String(value);
    const isLawful = text !== undefined && key !== '' && lawful.test(key) && lawful.test(text);
    if (isLawful && Object.keys(kept).length < maxPairs) kept[key] = text;
    else left++;
  }
  if (left > 0) {
    changes.push({
      what: `metadata: ${left} left out`,
      why: 'Bedrock takes at most 16 pairs of at most 256 characters out of letters, digits, spaces and :_@$#=/+,.-',
    });
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}
