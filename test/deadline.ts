/**
 * The house promises 100 ms for these waits, and the work itself takes two or three. A test machine may be busy with
 * ten other things, so a test allows this many milliseconds: what would wait for a timer of ours takes far longer.
 */
export const deadlineMs = 1_000;
