import { spanText } from '../base/span-text.ts';
import { count } from './figures.ts';
import { notices, now } from './store.ts';

const most = 8;
const tones = { info: 'idle', warn: 'warn', alarm: 'bad' } as const;

/** What concerns safety and money, newest first. */
export function Notices() {
  return (
    <section class="panel" aria-label="Security events">
      <div class="heading">
        <h2>Security events</h2>
      </div>
      {notices.value.length === 0 && (
        <p class="empty">Nothing since the start: no wrong key, no foreign page, no limit.</p>
      )}
      <ol class="notices">
        {notices.value.slice(0, most).map(({ at, severity, what, about, times = 1 }) => (
          <li key={`${what} ${about}`}>
            <span class={`dot ${tones[severity]}`} aria-hidden="true" />
            <span>
              {what}{' '}
              <span class="quiet">
                {about}
                {times > 1 && `, ${count(times)} times`}
              </span>
            </span>
            <time class="quiet" dateTime={new Date(at).toISOString()}>
              {spanText(now.value - at)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
