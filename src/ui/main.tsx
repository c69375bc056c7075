import { render } from 'preact';
import { Page } from './page.tsx';
import { now } from './store.ts';
import { startTheme } from './theme.ts';
import { keepUp, start } from './wire.ts';

/** Clocks and budgets move without any call. */
const refreshEveryMs = 30_000;

const root = document.getElementById('app');
if (root) {
  startTheme();
  render(<Page />, root);
  void start();
  setInterval(() => {
    now.value = Date.now();
  }, 1_000);
  setInterval(() => {
    if (document.visibilityState === 'visible') void keepUp();
  }, refreshEveryMs);
  // A link that is opened where the page is open already.
  addEventListener('hashchange', () => {
    if (location.hash.startsWith('#link=')) void start();
  });
}
