/** `snakepit/testing`: for tests of programs that hold Python objects. */
export {
  LeakError,
  type LeakReport,
  leaks,
  type LeakedType,
  type LeakSite,
  noLeaks,
  trackLeaks,
} from './leaks.ts';
