import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What happens at one call of `mv` on a host: its connection or its shell is killed before it. */
type FarFault = { kills: "connection" | "shell"; at: number };

/** Programs of a host that fail at a chosen moment, first on its PATH. */
export interface FarFaults {
  /** The directory for PATH. */
  readonly bin: string;
  /** The next fault; null for none. Calls are counted from here. */
  set(fault: FarFault | null): void;
  /** Calls of `mv` since then. */
  moves(): number;
  /** Seconds that were waited for there, without waiting. */
  slept(): number;
  /** A command of the shell that is run there at the nth of these seconds. */
  atSecond(second: number, command: string): void;
  /** Whether its `mv` can exchange two paths in one step, as that of GNU since 9.5. */
  exchanges(can: boolean): void;
}

/** Python calls `renameat2` with RENAME_EXCHANGE: the `mv` of this machine may be too old. */
const EXCHANGE =
  "import ctypes, os, sys; libc = ctypes.CDLL(None, use_errno=True); " +
  "sys.exit(libc.renameat2(-100, os.fsencode(sys.argv[1]), -100, os.fsencode(sys.argv[2]), 2) != 0)";

/** @param directory of its own, on this machine, which is the host as well. */
export function farFaults(directory: string): FarFaults {
  const bin = join(directory, "bin");
  const file = (name: string) => join(directory, name);
  mkdirSync(bin, { recursive: true });
  const real = execFileSync("sh", ["-c", "command -v mv"], { encoding: "utf8" }).trim();
  const mv = `#!/bin/sh
n=$(($(cat '${file("moves")}') + 1)); echo $n >'${file("moves")}'
read -r at kills <'${file("fault")}'
if [ "$n" = "$at" ]; then
  p=$$; shells=
  while p=$(awk '{print $4}' /proc/$p/stat) && [ "$p" -gt 1 ]; do
    case $(cat /proc/$p/comm) in sshd*) break ;; esac
    shells="$shells $p"
  done
  case $kills in
    shell) kill -9 $shells; exit 1 ;;
    connection) kill -9 $p ;;
  esac
fi
if [ "$1 $2" = "-T --exchange" ]; then
  [ -e '${file("exchange")}' ] || exit 1
  exec python3 -c '${EXCHANGE}' "$3" "$4"
fi
exec ${real} "$@"
`;
  const sleep = `#!/bin/sh
n=$(($(cat '${file("slept")}') + 1)); echo $n >'${file("slept")}'
! [ -e '${directory}/second-'$n ] || . '${directory}/second-'$n
`;
  for (const [name, text] of Object.entries({ mv, sleep })) writeFileSync(join(bin, name), text, { mode: 0o755 });
  const faults: FarFaults = {
    bin,
    set(fault) {
      writeFileSync(file("moves"), "0\n");
      writeFileSync(file("slept"), "0\n");
      writeFileSync(file("fault"), fault === null ? "0 nothing\n" : `${fault.at} ${fault.kills}\n`);
    },
    moves: () => Number(readFileSync(file("moves"), "utf8")),
    slept: () => Number(readFileSync(file("slept"), "utf8")),
    atSecond: (second, command) => writeFileSync(file(`second-${second}`), command),
    exchanges(can) {
      if (can) writeFileSync(file("exchange"), "");
      else rmSync(file("exchange"), { force: true });
    },
  };
  faults.set(null);
  return faults;
}
