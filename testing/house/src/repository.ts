/** One TypeScript file of the repository. */
export interface SourceFile {
  /** From the repository's root, such as `packages/log/src/log.ts`. */
  readonly path: string;
  readonly text: string;
}

/** What the rules read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly license?: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publishConfig?: {
    readonly access?: string;
    readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

/** One workspace package. */
export interface WorkspacePackage {
  /** Its folder from the root, such as `packages/log`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders that its tsconfig files reference, from the root; those of its own folder left out. */
  readonly references: readonly string[];
  /** Names of its tsconfig files. */
  readonly tsconfigs: readonly string[];
  readonly files: readonly SourceFile[];
  readonly readme: string | undefined;
}

/** Everything that the rules look at. Tests make small ones by hand and plant violations in them. */
export interface Repository {
  readonly packages: readonly WorkspacePackage[];
  readonly rootManifest: Manifest;
  /** What the solution files at the root reference, by file name, as written. */
  readonly rootReferences: Readonly<Record<string, readonly string[]>>;
  /** The decision records. */
  readonly decisions: readonly SourceFile[];
  /** Every Markdown file of the root, of docs and of the packages. */
  readonly documents: readonly SourceFile[];
  /** docs/LIMITS.md. */
  readonly limits: SourceFile;
  /** Whether a file or folder is there, by its path from the root. */
  exists(path: string): boolean;
}

/** A rule that is broken, and where. */
export interface Violation {
  readonly rule: string;
  /** A path, with `:line` where there is one. */
  readonly where: string;
  readonly message: string;
}

/** One line for each, to be compared with an empty list. */
export function describeViolations(violations: readonly Violation[]): string[] {
  return violations.map(({ rule, where, message }) => `${where}: ${message} [${rule}]`);
}

/** Whether a file is a test or serves tests alone. */
export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || /^[^/]+\/[^/]+\/test\//.test(path) || path.startsWith('testing/');
}
