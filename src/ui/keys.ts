import { keysShown } from './key-list.tsx';
import { selected, words } from './store.ts';
import { nextTheme } from './theme.ts';

/** `/` to filter, arrows or j and k between rows, Escape back, t for the theme, ? for all of them. Enter opens a row, as on any button. Returns how to stop. */
export function listenToKeys(): () => void {
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // The dialog has its own Escape, and nothing behind it should move.
  if (keysShown.value) {
    if (event.key === '?') keysShown.value = false;
    return;
  }
  const field = document.activeElement instanceof HTMLInputElement ? document.activeElement : undefined;
  if (event.key === 'Escape') {
    back(field);
    return;
  }
  if (field?.type === 'search') {
    if (event.key === 'ArrowDown') step(1, event);
    return;
  }
  if (event.key === '/') {
    event.preventDefault();
    document.getElementById('filter')?.focus();
  } else if (event.key === '?') keysShown.value = true;
  else if (event.key === 't') nextTheme();
  else if (event.key === 'j' || (event.key === 'ArrowDown' && onRow())) step(1, event);
  else if (event.key === 'k' || (event.key === 'ArrowUp' && onRow())) step(-1, event);
}

function back(field: HTMLInputElement | undefined): void {
  if (selected.value !== undefined) selected.value = undefined;
  else if (words.value !== '') words.value = '';
  else field?.blur();
}

const onRow = (): boolean => document.activeElement?.matches('tr.row button') ?? false;

function step(by: 1 | -1, event: KeyboardEvent): void {
  const buttons: Element[] = [...document.querySelectorAll('tr.row button')];
  const at = document.activeElement ? buttons.indexOf(document.activeElement) : -1;
  event.preventDefault();
  const next = buttons[at === -1 ? 0 : Math.min(buttons.length - 1, Math.max(0, at + by))];
  if (next instanceof HTMLElement) next.focus();
}
