// The readings of the system's clocks. Pure rooms, and whoever has one given, take a clock as an argument.
export { monotonicNow, steadyNow } from "./clocks.ts";
