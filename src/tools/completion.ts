/** Completion for bash: option names, and values of the options that have a list of choices. */
import { CONTROL_WORDS } from '../shared/control.js';
import { OPTION_NAMES, optionRow } from '../master/options/table.js';
import type { OptionName } from '../master/options/table.js';

const HEAD =
  '# bash completion for clsync; made from the options table, see src/tools/completion.ts\n';

export function bashCompletion(): string {
  const supported = OPTION_NAMES.filter((name) => !optionRow(name).unsupported);
  const withWords = supported.filter((name) => optionRow(name).choices !== undefined);
  const directories = supported.filter((name) => optionRow(name).argument === 'DIR');
  const files = supported.filter((name) =>
    ['FILE', 'PATH', 'PROGRAM'].includes(optionRow(name).argument ?? ''),
  );
  const cases = withWords.map(
    (name) => `    ${pattern(name)}) words='${(optionRow(name).choices ?? []).join(' ')}' ;;`,
  );
  return `${HEAD}_clsync() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD-2]}
  [[ $current == = ]] && current=
  case $previous in
${cases.join('\n')}
    ${directories.map(pattern).join('|')}) COMPREPLY=($(compgen -d -- "$current")); return ;;
    ${files.map(pattern).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ctl) words='${CONTROL_WORDS.join(' ').toLowerCase()} --socket --name --all --json' ;;
  esac
  if [[ -z $words ]]; then
    words='${supported.map((name) => `--${name}`).join(' ')}'
    [[ $current == -* ]] || { COMPREPLY=($(compgen -f -- "$current")); return; }
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
