import { timeGuard } from './in-time.ts';
import { inNarrowString } from './narrow-string.ts';

/** What a detector finds: a secret, something about a person, or content that the settings name. */
export type DetectorGroup = 'secret' | 'personal' | 'content';

/** A pattern as data. `kind` is upper case and underscores: it becomes part of the placeholder. */
export type Detector = {
  kind: string;
  group: DetectorGroup;
  /**
   * With no flag but `i`, and without back-references. Group 1, where there is one, is the value itself and the rest its
   * context; a group named `head` is the value's beginning, and the value goes on to the match's end.
   */
  pattern: RegExp;
  /**
   * Something ASCII that stands in every text with such a value and is cheap to look for, whatever stands round it:
   * other characters may look like any there (`inNarrowString`). Detectors may share one. Without it the pattern is its own.
   */
  anchor?: Anchor;
  /** What stands in every text with one of several anchors: they are looked for only where this is found. */
  gate?: Anchor;
  /**
   * From how many characters on nobody knows how long its search may take: it ends in time, and a text that is not searched
   * to its end counts as found. The guard itself costs a thread.
   */
  guardedFrom?: number | undefined;
  /** Says whether the value is one, by its checksum or its issuer's rules. */
  valid?: (value: string) => boolean;
};

/**
 * A piece of text, or a pattern that begins with a class of few rare characters: V8 jumps from one such character to the
 * next many at a time, and what stands before it is looked at only there.
 */
export type Anchor = string | RegExp;

/** A place in a text: from `start` up to `end`. */
export type Finding = { kind: string; group: DetectorGroup; start: number; end: number };

/** Adds what it finds. */
type Probe = (text: string, findings: Finding[]) => void;

/** Finds everything that its detectors know, in order. */
export type Finder = (text: string) => Finding[];

/**
 * Makes detectors ready to run over many texts. Nearly every text holds nothing: its cost is that of the gates. No finding
 * stands inside or across another of its class: what is only reported must not hide what is to be masked.
 */
export function finderOf(detectors: readonly Detector[], classOf: (kind: string) => unknown = () => undefined): Finder {
  const bare: Probe[] = [];
  const gates = new Map<Anchor, Map<Anchor, Probe[]>>();
  for (const detector of detectors) {
    const anchor = detector.anchor ?? detector.gate;
    const gate = detector.gate ?? anchor;
    if (anchor === undefined || gate === undefined) {
      bare.push(probeOf(detector));
      continue;
    }
    const behind = gates.get(gate) ?? new Map<Anchor, Probe[]>();
    gates.set(gate, behind.set(anchor, [...(behind.get(anchor) ?? []), probeOf(detector)]));
  }
  const gated = [...gates].map(([gate, behind]) => ({
    gate,
    behind: [...behind].map(([anchor, probes]) => ({ anchor, probes })),
  }));
  return (text) => {
    const findings: Finding[] = [];
    for (const probe of bare) probe(text, findings);
    const narrow = inNarrowString(text);
    for (const { gate, behind } of gated) {
      if (!stands(gate, narrow)) continue;
      for (const { anchor, probes } of behind) {
        if (anchor === gate || stands(anchor, narrow)) for (const probe of probes) probe(text, findings);
      }
    }
    return untangled(findings, classOf);
  };
}

const stands = (anchor: Anchor, text: string): boolean =>
  typeof anchor === 'string' ? text.includes(anchor) : anchor.test(text);

/** Ten megabytes are searched in less, by a pattern that is no trap. */
const longestSearchMs = 500;

function probeOf(detector: Detector): Probe {
  const { kind, group, guardedFrom } = detector;
  const search = searchOf(detector);
  if (guardedFrom === undefined) return search;
  const inTime = timeGuard(longestSearchMs);
  return (text, findings) => {
    if (text.length < guardedFrom) search(text, findings);
    else if (!inTime(() => search(text, findings))) findings.push({ kind, group, start: 0, end: text.length });
  };
}

function searchOf({ kind, group, pattern, valid }: Detector): Probe {
  const search = new RegExp(pattern.source, `${pattern.flags}g`);
  // The indices that `d` asks for make a search ten times as dear: they are asked for at a match, and there only.
  const measure = new RegExp(pattern.source, `${pattern.flags}dy`);
  return (text, findings) => {
    search.lastIndex = 0;
    for (let match = search.exec(text); match; match = search.exec(text)) {
      measure.lastIndex = match.index;
      const indices = measure.exec(text)?.indices;
      const whole = indices?.[0] ?? [0, 0];
      const head = indices?.groups?.['head'];
      const [start, end] = head ? [head[0], whole[1]] : (indices?.[1] ?? whole);
      if (start < end && (!valid || valid(text.slice(start, end)))) findings.push({ kind, group, start, end });
      if (match[0] === '') search.lastIndex++; // a person's own pattern may match nothing at all
    }
  };
}

const ranks: Record<DetectorGroup, number> = { secret: 0, personal: 1, content: 2 };

/**
 * Of findings that overlap, the one that begins first stays, then a secret (`password@host` is no mailbox), then the
 * longer. Where another goes on beyond it, the rest of that one stays too.
 */
function untangled(findings: Finding[], classOf: (kind: string) => unknown): Finding[] {
  if (findings.length < 2) return findings;
  findings.sort((a, b) => a.start - b.start || ranks[a.group] - ranks[b.group] || b.end - a.end);
  const lasts = new Map<unknown, Finding>();
  return findings.flatMap((finding) => {
    const ofClass = classOf(finding.kind);
    const last = lasts.get(ofClass);
    if (last && (finding.end <= last.end || finding.start === last.start)) return [];
    const kept = last && finding.start < last.end ? { ...finding, start: last.end } : finding;
    lasts.set(ofClass, kept);
    return [kept];
  });
}
