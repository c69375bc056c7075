/** What a detector finds: a secret, something about a person, or content that the settings name. */
export type DetectorGroup = 'secret' | 'personal' | 'content';

/** A pattern as data. `kind` is upper case and underscores: it becomes part of the placeholder. */
export type Detector = {
  kind: string;
  group: DetectorGroup;
  /** With no flag but `i`, and without back-references; group 1, where there is one, is the value itself and the rest its context. */
  pattern: RegExp;
  /** Says whether the value is one, by its checksum or its issuer's rules. */
  valid?: (value: string) => boolean;
};

/** A place in a text: from `start` up to `end`. */
export type Finding = { kind: string; group: DetectorGroup; start: number; end: number };

type Probe = (text: string) => Finding[];

/** Finds everything that its detectors know, in order, no finding inside or across another. */
export type Finder = (text: string) => Finding[];

/**
 * Makes detectors ready to run over many texts. Nearly every text holds nothing, so all patterns are first tried as one:
 * that costs half of trying each.
 */
export function finderOf(detectors: readonly Detector[]): Finder {
  const glances = [...new Set(detectors.map(({ pattern }) => pattern.flags))].map((flags) => {
    const sources = detectors.filter(({ pattern }) => pattern.flags === flags).map(({ pattern }) => pattern.source);
    return new RegExp(sources.map((source) => `(?:${source})`).join('|'), flags);
  });
  const probes = detectors.map(probeOf);
  return (text) => {
    if (!glances.some((glance) => glance.test(text))) return [];
    return untangled(probes.flatMap((probe) => probe(text)));
  };
}

function probeOf({ kind, group, pattern, valid }: Detector): Probe {
  const search = new RegExp(pattern.source, `${pattern.flags}gd`);
  return (text) => {
    // The indices that `d` asks for cost ten times as much as a plain search.
    if (!pattern.test(text)) return [];
    const findings: Finding[] = [];
    for (const match of text.matchAll(search)) {
      const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [0, 0];
      if (start < end && (!valid || valid(text.slice(start, end)))) findings.push({ kind, group, start, end });
    }
    return findings;
  };
}

const ranks: Record<DetectorGroup, number> = { secret: 0, personal: 1, content: 2 };

/** Of findings that overlap, the one that begins first stays, then a secret (`password@host` is no mailbox), then the longer. */
function untangled(findings: Finding[]): Finding[] {
  if (findings.length < 2) return findings;
  findings.sort((a, b) => a.start - b.start || ranks[a.group] - ranks[b.group] || b.end - a.end);
  let free = 0;
  return findings.filter(({ start, end }) => {
    if (start < free) return false;
    free = end;
    return true;
  });
}
