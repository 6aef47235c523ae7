import { dirname, posix } from 'node:path';

/** One source file, its path from the project's root with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly rule: string;
  readonly detail: string;
}

interface Room {
  /** Files below this folder belong to the room; the longest matching prefix wins. */
  readonly prefix: string;
  /** Folders of this project the room may import from (its own is always allowed). */
  readonly mayImport: readonly string[];
  /** Packages it may import, by prefix; `node:` modules are free for all. */
  readonly packages: readonly string[];
}

const AWS_SDK = '@aws-sdk/';

/** Never the classic build, which would be an eighth of every bundle. */
const ZOD = ['zod/mini', 'zod/locales'] as const;

/** The house rules: who may know whom. */
export const ROOMS: readonly Room[] = [
  { prefix: 'lib/domain/', mayImport: [], packages: [] },
  { prefix: 'lib/ports/', mayImport: ['lib/domain/'], packages: [] },
  { prefix: 'lib/sync/', mayImport: ['lib/ports/', 'lib/domain/'], packages: [] },
  { prefix: 'lib/sources/', mayImport: ['lib/ports/', 'lib/domain/'], packages: [...ZOD] },
  {
    prefix: 'lib/adapters/dynamodb/',
    mayImport: ['lib/ports/', 'lib/domain/', 'lib/config/environment.ts'],
    packages: ['@aws-sdk/client-dynamodb'],
  },
  { prefix: 'lib/adapters/sqs/', mayImport: ['lib/ports/', 'lib/domain/'], packages: ['@aws-sdk/client-sqs', ...ZOD] },
  { prefix: 'lib/adapters/signing/', mayImport: [], packages: ['@smithy/signature-v4'] },
  {
    prefix: 'lib/adapters/ssm/',
    mayImport: ['lib/ports/', 'lib/domain/', 'lib/config/', 'lib/adapters/signing/'],
    packages: [...ZOD],
  },
  { prefix: 'lib/adapters/s3/', mayImport: ['lib/ports/', 'lib/domain/', 'lib/adapters/signing/'], packages: [] },
  { prefix: 'lib/adapters/upstash/', mayImport: ['lib/ports/', 'lib/domain/'], packages: ['@upstash/redis'] },
  {
    prefix: 'lib/adapters/telemetry/',
    mayImport: ['lib/ports/', 'lib/domain/'],
    packages: ['@aws-lambda-powertools/'],
  },
  { prefix: 'lib/adapters/', mayImport: ['lib/ports/', 'lib/domain/'], packages: [] },
  { prefix: 'lib/reader/', mayImport: ['lib/domain/'], packages: ['@upstash/redis'] },
  { prefix: 'lib/config/', mayImport: ['lib/domain/', 'lib/ports/'], packages: [...ZOD] },
  { prefix: 'lib/runtime/', mayImport: ['lib/'], packages: [AWS_SDK] },
  { prefix: 'functions/', mayImport: ['lib/'], packages: [...ZOD, 'aws-lambda', AWS_SDK] },
  { prefix: 'infra/local/', mayImport: ['lib/config/', 'lib/domain/', 'infra/', 'test/simulators/'], packages: ['*'] },
  { prefix: 'infra/', mayImport: ['lib/config/', 'lib/domain/', 'lib/ports/telemetry.ts'], packages: ['*'] },
  { prefix: 'test/', mayImport: ['lib/', 'functions/', 'infra/'], packages: ['*'] },
];

const ENVIRONMENT_ROOMS = ['lib/config/', 'infra/app.ts', 'infra/config.ts', 'infra/local/', 'infra/cli/', 'test/'];
const TIME_AND_CHANCE_ROOMS = ['lib/adapters/system/', 'lib/config/', 'lib/runtime/', 'infra/', 'test/'];

const IMPORT =
  /(?:^|[\n;])\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[\n;])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

/** What a file imports, as written. */
export function importsOf(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Everything the house rules forbid, over all files. */
export function findViolations(files: readonly SourceFile[]): readonly Violation[] {
  return [...files.flatMap((file) => [...importViolations(file), ...textViolations(file)]), ...cycles(files)];
}

function importViolations(file: SourceFile): readonly Violation[] {
  const room = roomOf(file.path);
  if (room === undefined)
    return [{ path: file.path, rule: 'no-room', detail: 'this file stands in no room of the house' }];
  return importsOf(file.text).flatMap((specifier) => {
    const problem = specifier.startsWith('.')
      ? ownProblem(file.path, room, specifier)
      : packageProblem(room, specifier);
    return problem === undefined ? [] : [{ path: file.path, rule: problem, detail: specifier }];
  });
}

function ownProblem(path: string, room: Room, specifier: string): string | undefined {
  const target = resolveImport(path, specifier);
  if (target.startsWith('lib/') && target.endsWith('/index.ts')) return 'no-barrels';
  if (path.startsWith('functions/') && target.startsWith('functions/')) {
    return functionOf(path) === functionOf(target) ? undefined : 'functions-never-import-each-other';
  }
  if (target.startsWith('test/') && !path.startsWith('test/') && !room.mayImport.includes('test/simulators/')) {
    return 'production-never-imports-tests';
  }
  const allowed = target.startsWith(room.prefix) || room.mayImport.some((prefix) => target.startsWith(prefix));
  return allowed ? undefined : 'dependency-direction';
}

function packageProblem(room: Room, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  const allowed = room.packages.some((prefix) => prefix === '*' || specifier.startsWith(prefix));
  return allowed ? undefined : 'package-out-of-its-room';
}

function textViolations({ path, text }: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  if (/\bprocess\.env\b/.test(code) && !inAny(path, ENVIRONMENT_ROOMS)) {
    found.push({ path, rule: 'environment-out-of-its-room', detail: 'process.env' });
  }
  const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|\bperformance\.now\(/.exec(code);
  if (impure !== null && !inAny(path, TIME_AND_CHANCE_ROOMS)) {
    found.push({ path, rule: 'clock-and-chance-through-ports', detail: impure[0] });
  }
  return found;
}

function cycles(files: readonly SourceFile[]): readonly Violation[] {
  const known = new Set(files.map(({ path }) => path));
  const edges = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveImport(path, specifier))
        .filter((target) => known.has(target)),
    ]),
  );
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push({ path, rule: 'no-cycles', detail: [...trail.slice(at), path].join(' → ') });
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

function roomOf(path: string): Room | undefined {
  return ROOMS.filter(({ prefix }) => path.startsWith(prefix)).toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

function resolveImport(path: string, specifier: string): string {
  return posix.normalize(posix.join(dirname(path), specifier));
}

function functionOf(path: string): string | undefined {
  return path.split('/')[1];
}

function inAny(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix));
}
