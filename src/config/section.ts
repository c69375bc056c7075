import * as z from 'zod';

/** A table of the file: absent is the same as empty, a name it does not know is an error. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  // `never`: that every member has a default or is optional is true of each section, and unknown to this line.
  z.strictObject(shape).prefault({} as never);
