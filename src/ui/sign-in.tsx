import { command } from './command.ts';

/** What a browser sees that is not signed in: the one thing to do. */
export function SignIn({ why }: { why: string }) {
  return (
    <main class="door">
      <h1>claude-bedrock</h1>
      {why !== '' && <p role="alert">{why}</p>}
      <p>To open the dashboard, run this where the proxy runs:</p>
      <pre>
        <code>{command('ui')}</code>
      </pre>
      <p class="quiet">
        It opens a link that lets this browser in once and is good for a minute. No key is ever typed here.
      </p>
    </main>
  );
}
