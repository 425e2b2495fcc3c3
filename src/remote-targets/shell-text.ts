import { quoted } from "../system/shell-word.js";

/** A path there; a leading `~/` is the home directory there. */
export function quotedPath(path: string): string {
  return path.startsWith("~/") ? `"$HOME"${quoted(path.slice(1))}` : quoted(path);
}

/**
 * The functions that look. They need a POSIX shell, `sha256sum`, and `readlink` for links. A script
 * runs to its end even if the connection is cut: only a kill stops it.
 *
 * `look NUMBER DIRECTORY ID…` prints the records of a directory, and these entries of it.
 */
export const LOOKING = shell`
LC_ALL=C; export LC_ALL; unset CDPATH
trap '' PIPE HUP INT TERM
entry() {
  if [ -h "$1" ]; then printf 'link\n> %s\n' "$(readlink "$1")"
  elif [ -d "$1" ]; then printf 'directory\n'; tree "$1" ''
  elif [ -e "$1" ]; then printf 'file\n'
  else printf 'absent\n'; fi
}
tree() (
  p=$2
  cd "$1" || exit 1
  set --
  for f in * .[!.]* ..?*; do
    if [ -h "$f" ]; then printf 'l %s\n> %s\n' "$p$f" "$(readlink "./$f")"
    elif [ -d "$f" ]; then printf 'd %s\n' "$p$f"
    elif [ -f "$f" ]; then
      if [ -x "$f" ]; then printf 'x %s\n' "$p$f"; else printf 'f %s\n' "$p$f"; fi
      set -- "$@" "./$f"
    elif [ -e "$f" ]; then printf 'o %s\n' "$p$f"; fi
  done
  [ $# = 0 ] || sha256sum "$@"
  for f in * .[!.]* ..?*; do
    if [ -d "$f" ] && ! [ -h "$f" ]; then tree "./$f" "$p$f/"; fi
  done
)
look() {
  printf '%s root %s\n' "$mark" "$1"
  d=$2; shift 2
  for r in "$d"/.eden-skills/*.json; do
    [ -f "$r" ] && { printf '%s record\n' "$mark"; cat "$r"; }
  done
  for i; do printf '%s entry %s\n' "$mark" "$i"; entry "$d/$i"; done
}
for t in tar sha256sum mkdir mv rm cat ln; do
  command -v $t >/dev/null 2>&1 || printf '%s missing %s\n' "$mark" "$t"
done
[ -n "$HOME" ] || printf '%s missing %s\n' "$mark" 'a home directory'
`;

/**
 * The functions that change targets; those that look come before them. `$run` names the change; everything of ours is in
 * `.eden-skills` of the target directory, so that it can be renamed into place:
 *
 *   <skill>.json         the record of a target
 *   lock                 held while targets of the directory are renamed; names its holder
 *   <run>/holder         the process of the change
 *   <run>/<number>/      a target: new, before and after (its records), and the entry that was there:
 *                        old.<skill> is replaced, gone.<skill> removed, keep.<skill> goes to the backups
 *
 * A lock of a process that has ended is removed at once. The process of another machine cannot be
 * seen; its lock is removed after a minute without a change of the holder.
 */
export const CHANGING = shell`
host=$(uname -n)
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo -)
birth() {
  if [ -r "/proc/$1/stat" ]; then
    b=$(cat "/proc/$1/stat" 2>/dev/null); set -- $\{b##*) }; echo "$\{20}"
  elif kill -0 "$1" 2>/dev/null; then echo -; fi
}
ended() {
  set -- $1
  [ "$1 $2" = "$host $boot" ] || return 1
  [ "$(birth "$3")" != "$4" ]
}
digest() { entry "$1" | sha256sum; }
result() { printf '%s result %s\n' "$mark" "$*"; }
failed() { result "$1" failed; printf '%s\n' "$why"; }
begin() {
  d=$1/.eden-skills/$run
  # Another run may remove the empty directory in between.
  why=$({ { mkdir -p "$d" || mkdir -p "$d"; } && echo "$host $boot $$ $(birth $$) $run" >"$d/holder"; } 2>&1) || return 1
  [ -n "$first" ] || first=$1
}
receive() {
  [ -n "$first" ] || { cat >/dev/null; return 1; }
  tarred=$(tar -xof - -C "$first/.eden-skills/$run" 2>&1)
}
lock() {
  n=0; last=
  until why=$(ln "$1/$run/holder" "$1/lock" 2>&1); do
    h=$(cat "$1/lock" 2>/dev/null)
    [ "$h" = "$last" ] || { last=$h; n=0; }
    if [ -z "$h" ]; then [ $n -lt 5 ] || return 1
    elif ended "$h" || [ $n -ge 60 ]; then
      if mkdir "$1/lock.after" 2>/dev/null; then
        [ "$(cat "$1/lock" 2>/dev/null)" != "$h" ] || rm -f "$1/lock"
        rmdir "$1/lock.after"
        continue
      fi
      [ $n -lt 60 ] || rmdir "$1/lock.after"
    fi
    n=$((n + 1)); sleep 1
  done
}
rescue() {
  for o in "$2"/*/old.* "$2"/*/keep.*; do
    [ -e "$o" ] || [ -h "$o" ] || continue
    n=$\{o##*/}; t=$1/$\{n#*.}
    if ! [ -e "$t" ] && ! [ -h "$t" ]; then mv "$o" "$t" || return 1
    elif [ "$\{n%%.*}" = keep ]; then mv "$o" "$1/.eden-skills/kept-$\{2##*/}-$\{n#*.}" || return 1; fi
  done
  rm -rf "$2"
}
enter() {
  why=
  [ -f "$1/.eden-skills/$run/holder" ] || return 1
  lock "$1/.eden-skills" || return 1
  for s in "$1"/.eden-skills/*/; do
    s=$\{s%/}
    [ "$s" = "$1/.eden-skills/$run" ] || ! ended "$(cat "$s/holder" 2>/dev/null)" || rescue "$1" "$s"
  done
}
leave() {
  d=$1/.eden-skills
  for r in "$d"/*.json; do
    t=$\{r##*/}; t=$1/$\{t%.json}
    [ -e "$t" ] || [ -h "$t" ] || rm -f "$r"
  done
  [ "$(cat "$d/lock" 2>/dev/null)" != "$(cat "$d/$run/holder")" ] || rm -f "$d/lock"
  rescue "$1" "$d/$run"
  rmdir "$d" 2>/dev/null
}
aside() {
  [ "$(digest "$1")" = "$3  -" ] || return 1
  [ -e "$1" ] || [ -h "$1" ] || return 0
  why=$(mv "$1" "$2" 2>&1) || return 2
  [ "$(digest "$2")" = "$3  -" ] || { mv "$2" "$1"; return 1; }
}
keep() {
  [ -z "$2" ] || { mkdir -p "$\{2%/*}" && mv "$1" "$2" || mv "$1" "$d/kept-$run-$\{1##*/keep.}"; } 2>/dev/null
}
swap() {
  if ! [ -e "$1" ] && ! [ -h "$1" ]; then mv "$2" "$1"
  elif [ "$4" = '' ] && mv -T --exchange "$2" "$1" 2>/dev/null; then mv "$2" "$3"
  else mv "$1" "$3" && { mv "$2" "$1" || { mv "$3" "$1"; return 1; }; }; fi
}
put() {
  d=$2/.eden-skills; t=$2/$3; s=$d/$run/$1
  [ "$first" = "$2" ] || why=$(mv "$first/.eden-skills/$run/$1" "$s" 2>&1) || { failed "$1"; return; }
  [ "$(digest "$s/new")" = "$5  -" ] || { why=$tarred; result "$1" damaged; printf '%s\n' "$why"; return; }
  [ "$(digest "$t")" = "$4  -" ] || { result "$1" changed; return; }
  o=$s/old.$3; [ -z "$6" ] || o=$s/keep.$3
  why=$({ { ! [ -e "$d/$3.json" ] || ln "$d/$3.json" "$s/record"; } && mv -f "$s/before" "$d/$3.json" && swap "$t" "$s/new" "$o" "$6"; } 2>&1) || { failed "$1"; return; }
  # It was changed after it was looked at.
  [ "$(digest "$o")" = "$4  -" ] || {
    mv "$t" "$s/new" && mv "$o" "$t"
    if [ -e "$s/record" ]; then mv -f "$s/record" "$d/$3.json"; else rm -f "$d/$3.json"; fi
    result "$1" changed; return
  }
  why=$(mv -f "$s/after" "$d/$3.json" 2>&1) || { failed "$1"; return; }
  keep "$o" "$6"
  result "$1" done; entry "$t"
}
remove() {
  d=$2/.eden-skills; t=$2/$3; s=$d/$run/$1
  why=$(mkdir -p "$s" 2>&1) || { failed "$1"; return; }
  o=$s/gone.$3; [ -z "$5" ] || o=$s/keep.$3
  aside "$t" "$o" "$4"
  case $? in 1) result "$1" changed; return ;; 2) failed "$1"; return ;; esac
  rm -f "$d/$3.json"
  keep "$o" "$5"
  result "$1" done; entry "$t"
}
`;

/** The text as it is, with `${` for `$\{`, which would end the text. */
function shell(text: TemplateStringsArray): string {
  return text.raw.join("").replaceAll("$\\{", "${");
}
