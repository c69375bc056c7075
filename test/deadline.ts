/**
 * The house promises 100 ms for these waits, and the work itself takes two or three. A test machine may be busy with
 * ten other things, so a test allows this many milliseconds: what would wait for a timer of ours takes 5 s and more.
 */
export const deadlineMs = 3_000;

/** How many milliseconds a test waits for what has no time of its own, before it calls it missing. */
export const patienceMs = 15_000;
