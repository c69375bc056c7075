import { neutralNames, plainName, spellings } from './model-names.ts';
import type { ShippedModel } from './shipped-models.ts';

/** All names that stand for a model, and the way back. The person's own aliases win over ours. */
export function nameTable(entries: readonly ShippedModel[], own: Readonly<Record<string, string>>) {
  const ids = new Map<string, string>();
  for (const entry of entries) {
    ids.set(entry.id, entry.id);
    for (const spelling of spellings(entry.id)) if (!ids.has(spelling)) ids.set(spelling, entry.id);
    if (entry.mantleId !== '' && !ids.has(entry.mantleId)) ids.set(entry.mantleId, entry.id);
  }
  for (const [name, id] of Object.entries(neutralNames)) ids.set(name, id);
  const idOf = (name: string): string | undefined => {
    const target = Object.hasOwn(own, name) ? (own[name] ?? name) : name;
    return ids.get(target) ?? ids.get(plainName(target)) ?? (target === name ? undefined : target);
  };
  const aliasesOf = (id: string): string[] => {
    const neutral = Object.keys(neutralNames).filter((name) => neutralNames[name] === id);
    const chosen = Object.keys(own).filter((name) => idOf(name) === id);
    const spelt = spellings(id).filter((name) => name.startsWith('claude-') && !/-v\d/.test(name));
    return [...new Set([...neutral, ...chosen, ...spelt])];
  };
  return { idOf, aliasesOf };
}
