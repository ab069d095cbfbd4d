/**
 * The key under which native code recognises what belongs to the bridge: a proxy answers with its
 * handle's id, a Tensor with `'tensor'`. Not registered: nobody outside can spell it.
 */
export const BRIDGE: unique symbol = Symbol('snakepit.bridge');
