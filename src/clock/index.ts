// The readings of the system's clocks, and the one timer by them. Pure rooms, and whoever has one given, take a clock as an
// argument.
export { monotonicNow, steadyNow } from "./clocks.ts";
export { Deadlines, deadlines, type Timed } from "./deadlines.ts";
