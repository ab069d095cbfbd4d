/**
 * What Python gives where no wrapper was generated. The contract promises `any`, so that such a
 * value can be used like JavaScript's own; here is the one place that says so.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Untyped = any;
