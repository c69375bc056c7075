/** What a detector finds: a secret, something about a person, or content that the settings name. */
export type DetectorGroup = 'secret' | 'personal' | 'content';

/** A pattern as data. `kind` is upper case and underscores: it becomes part of the placeholder. */
export type Detector = {
  kind: string;
  group: DetectorGroup;
  /** Without flags; group 1, where there is one, is the value itself and the rest its context. */
  pattern: RegExp;
  /** Says whether the value is one, by its checksum or its issuer's rules. */
  valid?: (value: string) => boolean;
};

/** A place in a text: from `start` up to `end`. */
export type Finding = { kind: string; group: DetectorGroup; start: number; end: number };

/** A detector made ready to run over many texts. */
export type Probe = (text: string) => Finding[];

export function probeOf({ kind, group, pattern, valid }: Detector): Probe {
  const search = new RegExp(pattern.source, `${pattern.flags.replace(/[gd]/g, '')}gd`);
  // A plain search first: the indices that `d` asks for cost ten times as much, and most texts hold nothing.
  const glance = new RegExp(pattern.source, pattern.flags.replace(/[gd]/g, ''));
  return (text) => {
    if (!glance.test(text)) return [];
    const findings: Finding[] = [];
    for (const match of text.matchAll(search)) {
      const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [0, 0];
      if (start < end && (!valid || valid(text.slice(start, end)))) findings.push({ kind, group, start, end });
    }
    return findings;
  };
}

const ranks: Record<DetectorGroup, number> = { secret: 0, personal: 1, content: 2 };

/**
 * All findings of all probes, in order, none inside or across another: the one that begins first wins, then a secret
 * (`password@host` is no mailbox), then the longer.
 */
export function findAll(text: string, probes: readonly Probe[]): Finding[] {
  const all = probes.flatMap((probe) => probe(text));
  if (all.length < 2) return all;
  all.sort((a, b) => a.start - b.start || ranks[a.group] - ranks[b.group] || b.end - a.end);
  let free = 0;
  return all.filter(({ start, end }) => {
    if (start < free) return false;
    free = end;
    return true;
  });
}
