import { type CallSettings, readCallOptions } from '../contract/options.ts';

/** What is nobody's call has no options. */
export const NO_OPTIONS_AT_ALL: CallSettings = readCallOptions({});
