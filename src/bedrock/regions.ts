/** The beginnings of inference-profile ids: where the request may be served (AWS user guide, 2026-08). */
const profilePrefixes = ['us', 'eu', 'apac', 'au', 'jp', 'ca', 'in', 'us-gov', 'global', 'sa', 'amer'] as const;

/** Profile prefixes by the beginning of a Region's name, nearest first; the longest beginning wins. */
const geographies: readonly (readonly [string, readonly string[]])[] = [
  ['us-gov-', ['us-gov']],
  ['us-', ['us', 'amer']],
  ['eu-', ['eu']],
  ['ca-', ['ca', 'us', 'amer']],
  ['sa-', ['sa', 'amer']],
  ['ap-northeast-1', ['jp', 'apac']],
  ['ap-northeast-3', ['jp', 'apac']],
  ['ap-southeast-2', ['au', 'apac']],
  ['ap-southeast-4', ['au', 'apac']],
  ['ap-southeast-6', ['au', 'apac']],
  ['ap-south-', ['in', 'apac']],
  ['ap-', ['apac']],
];

/** Which inference profile stands for a model: of the Region's geography, another, or the global one. */
export type ProfileWish = { region: string; geography?: string | undefined; preferGlobal?: boolean | undefined };

/** Prefixes to try for a Region, best first. A geography that is set stands alone: data stays where the person said. */
export function prefixesFor({ region, geography, preferGlobal }: ProfileWish): readonly string[] {
  if (geography !== undefined) return [geography];
  const near = geographies.find(([beginning]) => region.startsWith(beginning))?.[1] ?? [];
  if (region.startsWith('us-gov-')) return near;
  return preferGlobal === true ? ['global', ...near] : [...near, 'global'];
}

/** Splits `eu.anthropic.claude-…` into prefix and bare id; undefined when there is no known prefix. */
export function splitProfile(id: string): { prefix: string; bare: string } | undefined {
  const prefix = id.slice(0, id.indexOf('.'));
  const known = profilePrefixes.some((candidate) => candidate === prefix);
  return known ? { prefix, bare: id.slice(prefix.length + 1) } : undefined;
}
