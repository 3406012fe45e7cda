// What travels: API schemas, errors, event streams.
export { type ErrorType, errorTypes } from "./error-type.ts";
