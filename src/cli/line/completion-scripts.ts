/** Each asks the program itself what may follow, so that a script never knows less than the program. An empty answer that exits 4 stands for a file. */
export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_eden_skills() {
  local answer
  if answer=$(eden-skills completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); then
    mapfile -t COMPREPLY <<< "$answer"
    [[ -n $answer ]] || COMPREPLY=()
  else
    mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
}
complete -o filenames -F _eden_skills eden-skills
`,
  zsh: `#compdef eden-skills
_eden_skills() {
  local answer
  if answer=$(eden-skills completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null); then
    [[ -z $answer ]] || compadd -- \${(f)answer}
  else
    _files
  fi
}
if [[ $funcstack[1] == _eden_skills ]]; then _eden_skills; else compdef _eden_skills eden-skills; fi
`,
  fish: `function __eden_skills_words
  set -l typed (commandline -opc)[2..] (commandline -ct)
  eden-skills completion words -- $typed 2>/dev/null; or __fish_complete_path (commandline -ct)
end
complete -c eden-skills -f -a '(__eden_skills_words)'
`,
};
