import { useEffect } from 'preact/hooks';
import { Calls } from './calls.tsx';
import { Charts } from './charts.tsx';
import { KeyList } from './key-list.tsx';
import { listenToKeys } from './keys.ts';
import { Notices } from './notices.tsx';
import { SignIn } from './sign-in.tsx';
import { Spend } from './spend.tsx';
import { Credential, Limits, Savings } from './states.tsx';
import { door, spoken } from './store.ts';
import { TopBar } from './top-bar.tsx';
import { Tunnel } from './tunnel.tsx';
import { Vitals } from './vitals.tsx';

/** The whole dashboard, or the door before it. */
export function Page() {
  useEffect(listenToKeys, []);
  if (door.value.is === 'opening') return <main class="door" aria-busy="true" />;
  if (door.value.is === 'shut') return <SignIn why={door.value.why} />;
  return (
    <>
      <a class="skip" href="#requests">
        Skip to requests
      </a>
      <TopBar />
      <main>
        <Vitals />
        <Charts />
        <div class="columns">
          <Calls />
          <aside aria-label="Cost and state">
            <Credential />
            <Spend />
            <Savings />
            <Limits />
            <Tunnel />
            <Notices />
          </aside>
        </div>
      </main>
      <KeyList />
      <p class="unseen" role="status" aria-live="polite">
        {spoken}
      </p>
    </>
  );
}
