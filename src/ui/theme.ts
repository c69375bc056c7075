import { signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const themes: readonly Theme[] = ['auto', 'light', 'dark'];
const place = 'claude-bedrock-theme';

/** As the person chose; `auto` follows the system. */
export const theme = signal<Theme>('auto');
/** Counts what changes colours: charts are painted anew. */
export const painted = signal(0);

/** Takes up the theme of the last visit, and follows the system. */
export function startTheme(): void {
  const kept = localStorage.getItem(place);
  choose(themes.find((each) => each === kept) ?? 'auto');
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => painted.value++);
}

/** Shows a theme and remembers it in this browser. */
export function choose(next: Theme): void {
  theme.value = next;
  if (next === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
  localStorage.setItem(place, next);
  painted.value++;
}

/** Auto, light, dark, and round again. */
export function nextTheme(): void {
  choose(themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto');
}

/** A colour of the style sheet as the canvas needs it. */
export function colour(name: string): string {
  const probe = document.createElement('i');
  // High contrast would make all series one colour; lines and letters are the person's own.
  if (name.startsWith('series')) probe.style.setProperty('forced-color-adjust', 'none');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
