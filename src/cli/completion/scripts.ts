// What a shell must be told so that it asks `contrail` for what can follow.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The word by which scripts ask; each line of the answer is a word, a tab and what it is. */
export const COMPLETE_VERB = '__complete';

/** `program` is for shells that find no command by the word that was typed: an alias of npx, a PATH without it. */
export function completionScript(shell: Shell, program: readonly string[]): string {
  const words = program.map((word) => quoted(shell, word)).join(' ');
  switch (shell) {
    case 'bash':
      return bash(words);
    case 'zsh':
      return zsh(words);
    case 'fish':
      return fish(words);
  }
}

function bash(program: string): string {
  return `_contrail_complete() {
  local IFS=$'\\n' line
  local -a program=("\${COMP_WORDS[0]}")
  case "$(type -t "\${program[0]}")" in
    file | function) ;;
    *) program=(${program}) ;;
  esac
  COMPREPLY=()
  while read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${program[@]}" ${COMPLETE_VERB} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _contrail_complete contrail
`;
}

function zsh(program: string): string {
  return `#compdef contrail
_contrail() {
  local line
  local -a found program=("\${words[1]}")
  case "$(whence -w -- "\${words[1]}")" in
    *': command' | *': function') ;;
    *) program=(${program}) ;;
  esac
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${program[@]}" ${COMPLETE_VERB} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe 'contrail' found; else _files; fi
}
compdef _contrail contrail
`;
}

function fish(program: string): string {
  return `function __contrail_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l program $words[1]
  type -q $program; or set program ${program}
  $program ${COMPLETE_VERB} $words[2..-1] 2>/dev/null
end
complete -c contrail -f -a '(__contrail_complete)'
`;
}

/** One word, whatever stands in it. */
function quoted(shell: Shell, word: string): string {
  const inner = shell === 'fish' ? word.replace(/[\\']/g, '\\$&') : word.replaceAll("'", "'\\''");
  return `'${inner}'`;
}
