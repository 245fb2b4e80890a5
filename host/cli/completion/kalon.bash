# bash completion for kalon
_kalon() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} word command= sub= options=
  local commands="index list info similar sort export exclude undo plugins models doctor"
  local common="--help --library --json --quiet --threads --plugins --verbose"
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -z $command && " $commands " == *" $word "* ]]; then command=$word
    elif [[ $command == export && ( $word == list || $word == vectors ) ]]; then sub=$word
    elif [[ $command == doctor && ( $word == check || $word == compact || $word == backup ) ]]; then sub=$word
    fi
  done
  case $previous in
    --by) COMPREPLY=($(compgen -W "similarity name date size" -- "$current")); return ;;
    --link) COMPREPLY=($(compgen -W "hardlink symlink copy" -- "$current")); return ;;
    --crop) COMPREPLY=($(compgen -W "centre squash pad more_scan" -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "jsonl csv" -- "$current")); return ;;
    --precision) COMPREPLY=($(compgen -W "float32 float16" -- "$current")); return ;;
    --model) COMPREPLY=($(compgen -W "$(kalon models 2>/dev/null | sed -n 's/^\([^ ][^ ]*\) .*/\1/p')" -- "$current")); return ;;
    --library|--plugins) compopt -o dirnames; return ;;
    --to) [[ $command == sort ]] && compopt -o dirnames || compopt -o default; return ;;
    --where|--limit|--threads|--seconds|--seed|--reason|-k) return ;;
  esac
  case $command in
    "") options="$commands --version" ;;
    index) options="--follow-links --retry-failed --model --crop" ;;
    list) options="--where --limit --after --count" ;;
    similar) options="-k --in --where --model --crop" ;;
    sort) options="--to --by --link --dry-run --no-sheet --seconds --seed --where --model --crop --vectors" ;;
    export)
      case $sub in
        "") options="list vectors" ;;
        list) options="--to --overwrite --where --format" ;;
        vectors) options="--to --overwrite --where --precision --model --crop" ;;
      esac ;;
    exclude) options="--reason --include" ;;
    undo) options="--forget" ;;
    doctor) [[ -z $sub ]] && options="check compact backup" ;;
  esac
  if [[ $current == -* || -z $command || ( $command == export && -z $sub ) || ( $command == doctor && -z $sub ) ]]; then
    COMPREPLY=($(compgen -W "$options $common" -- "$current"))
  else
    compopt -o default
  fi
}
complete -F _kalon kalon
