import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** Whether the list of keys is shown. */
export const keysShown = signal(false);

const keys: readonly (readonly [string, string])[] = [
  ['/', 'go to the filter'],
  ['j  k', 'the next request, the one before (arrows too, on a row)'],
  ['Enter', 'open or close the request'],
  ['Esc', 'close it, then clear the filter, then leave it'],
  ['t', 'theme: as the system, light, dark'],
  ['?', 'this list'],
];

/** A modal dialog of the browser's own: it keeps the focus inside and gives it back. */
export function KeyList() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (keysShown.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [keysShown.value]);
  const hide = () => {
    keysShown.value = false;
  };
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys" onClose={hide}>
      <div class="heading">
        <h2 id="keys">Keys</h2>
        <button type="button" onClick={hide}>
          Close
        </button>
      </div>
      <dl>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              {key.split('  ').map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
