/** Why a value does not cross, and what to do. */
export const WHAT_CONVERTS: string =
  'What converts: null, undefined, booleans, numbers, bigints, strings, Dates, arrays, plain ' +
  'objects, Map, Set, typed arrays, buffers, tensors and remote Python objects';

export const NO_FUNCTION: string =
  'a function cannot be called from another process. Write it in Python (exec, a helper ' +
  'pack), or use the in-process Python';

export const ELSEWHERE: string =
  'is an object of the Python in this process, and the call runs in another one. Pass ' +
  'its data ($toJS()), or a tensor (py.fromNumpy)';

export const NO_ERROR: string = 'an Error has no counterpart here: pass its message, or throw it';
