import { anycall, sys, type i64, type u32 } from "anycall";

/** Asks for the process id `n` times; returns the sum, so that no call can be left out unseen. */
export const burst = anycall((n: u32): i64 => {
  let sum: i64 = 0;
  for (let i: u32 = 0; i < n; i++) sum += sys.getpid();
  return sum;
});
