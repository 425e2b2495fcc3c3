import { formatBytes } from "../terms/bytes.js";
import type { RepositoryState } from "./repository-state.js";

const ACTIVITIES = {
  asking: "asking for refs",
  fetching: "fetching",
  reading: "reading",
  writing: "writing to the store",
} as const;

/** What a repository does, how much it has received and how long that has taken. */
export function activityText({ doing, bytes, startedAt, attempt }: RepositoryState, now: number): string {
  const received = bytes === 0 ? "" : ` · ${formatBytes(bytes)}`;
  const seconds = startedAt === null ? 0 : Math.floor((now - startedAt) / 1000);
  const time = seconds < 2 ? "" : ` · ${spanText(seconds)}`;
  switch (doing.kind) {
    case "active": {
      const again = attempt > 1 ? ` · attempt ${attempt}` : "";
      return `${ACTIVITIES[doing.activity]}${received}${again}${time}`;
    }
    case "locked":
      return `waiting for the lock of process ${doing.pid}${time}`;
    case "retrying": {
      const number = doing.of === null ? "" : ` ${doing.retry} of ${doing.of}`;
      const left = Math.ceil((doing.until - now) / 1000);
      return `retry${number} ${left > 0 ? `in ${spanText(left)}` : "waits its turn"}: ${doing.reason}`;
    }
    default:
      return doing.kind;
  }
}

/** `8 s`, `3 min`: whole seconds up to two minutes. */
export function spanText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
