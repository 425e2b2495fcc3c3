import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Writer } from "../../../src/cli/session/write.js";

function sink(write: (text: string, done: (error?: Error | null) => void) => void): Writable {
  return new Writable({ decodeStrings: false, write: (chunk, _encoding, done) => write(String(chunk), done) });
}

function failing(code: string): Writable {
  return sink((_text, done) => done(Object.assign(new Error(code), { code })));
}

describe("a writer", () => {
  it("waits for what is still on its way", async () => {
    const seen: string[] = [];
    const writer = new Writer(
      sink((text, done) => {
        setImmediate(() => {
          seen.push(text);
          done();
        });
      }),
    );
    writer.line("a");
    writer.raw("b");
    await writer.flush();
    expect(seen).toEqual(["a\n", "b"]);
  });

  it("drops the rest without a word when the reader has gone", async () => {
    const writer = new Writer(failing("EPIPE"));
    writer.line("a");
    await writer.flush();
    writer.line("b");
    await writer.flush();
    expect(writer.failure).toBeNull();
  });

  it("keeps any other failure", async () => {
    const writer = new Writer(failing("ENOSPC"));
    writer.line("a");
    await writer.flush();
    expect(writer.failure?.message).toBe("ENOSPC");
  });

  it("takes a stream that throws for one that failed", async () => {
    const on = () => {};
    const write = () => {
      throw new Error("closed");
    };
    const writer = new Writer({ on, write });
    writer.line("a");
    await writer.flush();
    expect(writer.failure?.message).toBe("closed");
  });

  it("lets no line be a command to a build server [R-SEC-06]", async () => {
    const seen: string[] = [];
    const writer = new Writer(
      sink((text, done) => {
        seen.push(text);
        done();
      }),
    );
    writer.line("::error::x");
    await writer.flush();
    expect(seen).toEqual([": :error::x\n"]);
  });
});
