const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Shows on stderr that `work` goes on, once it took a second, and only on a terminal; the line is gone afterwards. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const { stderr } = process;
  if (!stderr.isTTY) return work();
  const startedAt = performance.now();
  let shown = false;
  let turn = 0;
  const timer = setInterval(() => {
    const ms = performance.now() - startedAt;
    if (ms < 1_000) return;
    shown = true;
    stderr.write(`\r${frames[turn++ % frames.length]} ${what} ${Math.floor(ms / 1_000)} s\u001b[K`);
  }, 100);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (shown) stderr.write('\r\u001b[K');
  }
}
