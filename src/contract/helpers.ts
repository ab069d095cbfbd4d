/** A helper pack: one Python file, whose functions are called by the pack's and their own name. */
export interface HelperPack {
  readonly name: string;
  readonly file: string;
  /** Whose it is: `the project`, a package's name, or `snakepit`. */
  readonly owner: string;
}

/** The packs that a project can use. */
export interface HelperPacks {
  /** Sorted. */
  names(): readonly string[];
  /** The pack's file; throws where there is none of that name, or more than one. */
  file(name: string): string;
}
