/**
 * Prints the paragraphs of a Debian copyright file for the npm packages that are bundled with the
 * programs: of what esbuild says in its metafiles, the files that are the arguments.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { FILES } from '../shared/layout.js';
import { print } from '../master/surface/print.js';

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

/** As Debian calls them, and where their text is. */
const LICENCES: Readonly<Record<string, string>> = { MIT: 'Expat' };
const COMMON = '/usr/share/common-licenses';
const IN_COMMON = ['Apache-2.0'];

class Package {
  private readonly manifest: Manifest;
  readonly text: string;

  constructor(directory: string) {
    this.manifest = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8')) as Manifest;
    const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
    this.text = file === undefined ? '' : readFileSync(`${directory}/${file}`, 'utf8');
  }

  get name(): string {
    return `${this.manifest.name} ${this.manifest.version}`;
  }

  get licence(): string {
    const { license } = this.manifest;
    return LICENCES[license] ?? license;
  }

  /** The Apache licence has examples of such lines. */
  get holders(): readonly string[] {
    const { author, name } = this.manifest;
    const lines = IN_COMMON.includes(this.licence)
      ? []
      : [...this.text.matchAll(/^ *Copyright (?:\([cC]\) )?(\S.*?)\s*$/gm)];
    const known = lines.flatMap(([, holder]) => holder ?? []);
    if (known.length > 0) return known;
    return [(typeof author === 'string' ? author : author?.name) ?? `authors of ${name}`];
  }
}

/** The directories of npm packages of which something is in the outputs. */
function bundled(files: readonly string[]): string[] {
  const inputs = files.flatMap((file) =>
    Object.values((JSON.parse(readFileSync(file, 'utf8')) as Metafile).outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [input] : [],
      ),
    ),
  );
  const directories = inputs.flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
  );
  return [...new Set(directories)].sort().map((directory) => `${FILES.root}${directory}`);
}

/** A text as the value of a field. */
function field(text: string): string {
  const lines = text.trim().split('\n');
  return lines.map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)).join('\n');
}

function paragraphs(packages: readonly Package[]): string {
  const licences = [...new Set(packages.map(({ licence }) => licence))].sort();
  const first = [
    'Files: usr/lib/clsync/dist/roles/*',
    `Copyright:\n${field([...new Set(packages.flatMap(({ holders }) => holders))].sort().join('\n'))}`,
    `License: ${licences.join(' and ')}`,
    `Comment: has parts of the npm packages\n${field(packages.map(({ name, licence }) => `${name} (${licence})`).join('\n'))}`,
  ].join('\n');
  const texts = licences
    .filter((licence) => licence !== 'Expat') // as clsync, whose paragraph has the text
    .map((licence) => {
      const text = IN_COMMON.includes(licence)
        ? `On Debian systems the text is in ${COMMON}/${licence}.`
        : (packages.find((one) => one.licence === licence)?.text ?? '');
      return `License: ${licence}\n${field(text)}`;
    });
  return [first, ...texts].join('\n\n') + '\n';
}

print(paragraphs(bundled(process.argv.slice(2)).map((directory) => new Package(directory))));
