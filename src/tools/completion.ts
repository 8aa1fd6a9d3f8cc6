/**
 * Completion for bash, zsh and fish: the options table's names, short texts, and values where a row
 * has a list of choices; and the words of `clsync ctl`.
 */
import { CONTROL_WORDS } from '../shared/control.js';
import { FIRST_WORDS } from '../master/options/commands.js';
import { OPTION_NAMES, optionRow } from '../master/options/table.js';
import type { OptionName } from '../master/options/table.js';

const MADE = 'made from the options table, see src/tools/completion.ts';
const WORDS = CONTROL_WORDS.map((word) => word.toLowerCase());
const FLAGS = ['--socket', '--name', '--all', '--json'];
const SUPPORTED = OPTION_NAMES.filter((name) => !optionRow(name).unsupported);
const PATHS: readonly string[] = ['FILE', 'PATH', 'PROGRAM'];

/** What the value of an option is. */
interface Value {
  readonly kind: 'none' | 'directory' | 'file' | 'text' | 'words';
  readonly words?: readonly string[];
}

function valueOf(name: OptionName): Value {
  const { argument, choices } = optionRow(name);
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (argument === undefined) return { kind: 'none' };
  if (argument === 'DIR') return { kind: 'directory' };
  return { kind: PATHS.includes(argument) ? 'file' : 'text' };
}

/** Whether it may stand without a value, which then follows `=` only. */
function isOptional(name: OptionName): boolean {
  const { kind, bare } = optionRow(name);
  return kind === 'flag' || kind === 'counter' || bare !== undefined;
}

export function bashCompletion(): string {
  const withKind = (kind: Value['kind']): OptionName[] =>
    SUPPORTED.filter((name) => valueOf(name).kind === kind);
  const cases = withKind('words').map(
    (name) => `    ${pattern(name)}) words='${(optionRow(name).choices ?? []).join(' ')}' ;;`,
  );
  return `# bash completion for clsync; ${MADE}
_clsync() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD-2]}
  [[ $current == = ]] && current=
  case $previous in
${cases.join('\n')}
    ${withKind('directory').map(pattern).join('|')}) COMPREPLY=($(compgen -d -- "$current")); return ;;
    ${withKind('file').map(pattern).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ctl) words='${[...WORDS, ...FLAGS].join(' ')}' ;;
  esac
  if [[ -z $words ]]; then
    words='${SUPPORTED.map((name) => `--${name}`).join(' ')}'
    [[ $current == -* ]] || {
      COMPREPLY=($(compgen -f -- "$current"))
      ((COMP_CWORD > 1)) || COMPREPLY+=($(compgen -W '${Object.keys(FIRST_WORDS).join(' ')}' -- "$current"))
      return
    }
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _clsync clsync
`;
}

function pattern(name: OptionName): string {
  const { short } = optionRow(name);
  return short === undefined ? `--${name}` : `-${short}|--${name}`;
}

export function zshCompletion(): string {
  const first = Object.entries(FIRST_WORDS).map(([word, does]) => `    '${word}:${does}'`);
  return `#compdef clsync
# zsh completion for clsync; ${MADE}
_clsync() {
  local -a first
  first=(
${first.join('\n')}
  )
  if (( CURRENT > 2 )) && [[ $words[2] == ctl ]]; then
    _arguments '--socket=[control socket]:file:_files' '--name=[name of the instance]:name:' \\
      '--all[all instances in /run/clsync]' '--json[answers for programs]' \\
      '2:command:(${WORDS.join(' ')})' '*:argument:_files'
    return
  fi
  (( CURRENT > 2 )) || _describe -t commands command first
  _arguments -S \\
${SUPPORTED.flatMap(zshSpecs)
  .map((spec) => `    ${spec} \\`)
  .join('\n')}
    '*:file:_files'
}
_clsync "$@"
`;
}

/** The long option, and the short one. */
function zshSpecs(name: OptionName): string[] {
  const { short, help, argument = 'VALUE' } = optionRow(name);
  const text = `[${help.replace(/[[\]\\]/g, String.raw`\$&`)}]`;
  const { kind, words = [] } = valueOf(name);
  const action = {
    none: '',
    text: '',
    directory: '_files -/',
    file: '_files',
    words: `(${words.join(' ')})`,
  }[kind];
  const optional = isOptional(name);
  const rest = `${optional ? '::' : ':'}${argument}:${action}`;
  const long = `--${name}${optional ? '=-' : '='}${text}${rest}`;
  const both =
    short === undefined ? [long] : [long, `-${short}${optional ? '-' : '+'}${text}${rest}`];
  return both.map((spec) => `'${spec.replaceAll("'", String.raw`'\''`)}'`);
}

export function fishCompletion(): string {
  const ctl = "-n '__fish_seen_subcommand_from ctl'";
  const first = Object.entries(FIRST_WORDS).map(
    ([word, does]) => `complete -c clsync -n __fish_is_first_arg -a ${word} -d '${does}'`,
  );
  return `# fish completion for clsync; ${MADE}
${first.join('\n')}
complete -c clsync ${ctl} -a '${WORDS.join(' ')}'
complete -c clsync ${ctl} -l name -x -d 'name of the instance'
complete -c clsync ${ctl} -l all -d 'all instances in /run/clsync'
complete -c clsync ${ctl} -l json -d 'answers for programs'
${SUPPORTED.map(fishLine).join('\n')}
`;
}

function fishLine(name: OptionName): string {
  const { short, help } = optionRow(name);
  const { kind, words = [] } = valueOf(name);
  const takes = {
    none: '',
    text: ' -x',
    directory: " -x -a '(__fish_complete_directories)'",
    file: ' -r -F',
    words: ` -x -a '${words.join(' ')}'`,
  }[kind];
  // Behind a blank stands no value of an option that may be without one.
  const shown = isOptional(name) ? takes.replace(' -x', ' -f').replace(' -r', '') : takes;
  const letter = short === undefined ? '' : ` -s ${short}`;
  return `complete -c clsync -l ${name}${letter}${shown} -d '${help.replace(/['\\]/g, String.raw`\$&`)}'`;
}
