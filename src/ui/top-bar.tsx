import { spanText } from '../base/span-text.ts';
import { keysShown } from './key-list.tsx';
import { live, now, state } from './store.ts';
import { nextTheme, theme } from './theme.ts';
import { signOut } from './wire.ts';

/** The bar with the proxy's state and the page's buttons. */
export function TopBar() {
  const { upstream = 'bedrock', version = '', startedAt = 0, credential } = state.value ?? {};
  return (
    <header class="bar">
      <h1>
        <span class="mark" aria-hidden="true" />
        claude-bedrock
      </h1>
      <p class="facts">
        <span class={`dot ${live.value ? 'good pulse' : 'warn'}`} aria-hidden="true" />
        <span>{live.value ? 'Live' : 'Reconnecting…'}</span>
        <span>{upstream === 'demo' ? 'Simulated Bedrock' : (credential?.region ?? 'Bedrock')}</span>
        <span>up {spanText(now.value - startedAt)}</span>
        <span class="quiet">{version}</span>
      </p>
      <div class="acts">
        <button type="button" onClick={nextTheme} title="Key: t">
          {{ auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' }[theme.value]}
        </button>
        <button type="button" onClick={() => (keysShown.value = true)} title="Key: ?">
          Keys
        </button>
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}
