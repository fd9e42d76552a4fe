// What a shell must be told so that it asks `contrail` for what can follow.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The word by which scripts ask; each line of the answer is a word, a tab and what it is. */
export const COMPLETE_VERB = '__complete';

const BASH = `_contrail_complete() {
  local IFS=$'\\n' line
  COMPREPLY=()
  while read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE_VERB} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _contrail_complete contrail
`;

const ZSH = `#compdef contrail
_contrail() {
  local line
  local -a found
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" ${COMPLETE_VERB} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe 'contrail' found; else _files; fi
}
compdef _contrail contrail
`;

const FISH = `function __contrail_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] ${COMPLETE_VERB} $words[2..-1] 2>/dev/null
end
complete -c contrail -f -a '(__contrail_complete)'
`;

export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return BASH;
    case 'zsh':
      return ZSH;
    case 'fish':
      return FISH;
  }
}
