// Not a contestant: Node with no Python at all, the part of a cold start that nobody can save.
export const firstResult = () => Math.sqrt(2);
