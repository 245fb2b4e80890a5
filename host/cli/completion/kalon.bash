# bash completion for kalon. Everything is asked of the program's own --help, so that it never lags behind.
_kalon_options() { # of a help text
  sed -nE 's/^ +((-[a-zA-Z0-9])(,|[ =]|$))?(--[a-z][a-z-]*)?.*/\4/p' <<<"$1" | grep .
}
_kalon_commands() {
  sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z_-]*\).*/\1/p' <<<"$1"
}
_kalon_type() { # what the option $2 takes, in the help text $1; empty for a flag
  sed -nE "s/^ +(-[a-zA-Z0-9],)?$2 ([^ ]+)( .*)?\$/\2/p" <<<"$1" | head -n 1
}
_kalon() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} word type
  local -a command=()
  COMPREPLY=()
  local overall help
  overall=$("$program" --help 2>/dev/null) || return
  help=$overall
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    if _kalon_commands "$help" | grep -qx -- "$word"; then
      command+=("$word")
      help=$("$program" "${command[@]}" --help 2>/dev/null)
    fi
  done
  if [[ $previous == -* ]]; then
    type=$(_kalon_type "$help" "$previous")
    [[ -n $type ]] || type=$(_kalon_type "$overall" "$previous")
    case $type in
      ID) COMPREPLY=($(compgen -W "$("$program" models 2>/dev/null | sed -n 's/^\([^ ][^ ]*\) .*/\1/p')" -- "$current")); return ;;
      DIR) compopt -o dirnames; return ;;
      FILE* | PATH*) compopt -o default; return ;;
      *[a-z]*\|*) COMPREPLY=($(compgen -W "${type//|/ }" -- "$current")); return ;;
      [A-Z]*) return ;;
    esac
  fi
  local commands
  commands=$(_kalon_commands "$help")
  if [[ $current == -* || -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands $(_kalon_options "$help") $(_kalon_options "$overall" | grep -vx -- "$([[ ${#command[@]} -gt 0 ]] && echo --version)")" -- "$current"))
  else
    compopt -o default
  fi
}
complete -F _kalon kalon
