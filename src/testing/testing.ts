/** `snakepit/testing`: for tests of programs that hold Python objects. */
export {
  LeakError,
  type LeakReport,
  leaks,
  type LeakedType,
  type LeakSite,
  noLeaks,
  type PossibleCycle,
  trackLeaks,
} from './leaks.ts';
