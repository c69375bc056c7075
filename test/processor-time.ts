/** How many milliseconds of processor time `work` takes: a busy machine makes it wait, but not cost more. */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
