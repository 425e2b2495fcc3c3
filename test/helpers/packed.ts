import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { Header } from "tar";

/** An entry of a tar archive, as hostile as it may be. */
export interface Packed {
  path: string;
  content?: string;
  type?: "File" | "SymbolicLink" | "Link" | "FIFO" | "Directory" | "CharacterDevice";
  linkpath?: string;
  mode?: number;
}

/** A gzipped tar of these entries, in this order. */
export function tarball(entries: Packed[]): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "File", linkpath, mode = 0o644 }) => {
    const size = Buffer.byteLength(content);
    const header = new Header({ path, size, mode, type, mtime: new Date(0), ...(linkpath && { linkpath }) });
    header.encode();
    return [header.block ?? Buffer.alloc(0), Buffer.from(content), Buffer.alloc((512 - (size % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** An entry of a zip archive, as hostile as it may be. */
export interface Zipped {
  path: string;
  content?: string | Buffer;
  deflate?: boolean;
  /** As Unix has it, type and rights. */
  mode?: number;
  /** What the archive says of its size; left out, the truth. */
  size?: number;
  flags?: number;
}

/** A zip of these entries, in this order. */
export function zipFile(entries: Zipped[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, content = "", deflate = false, mode = 0o100644, size, flags = 0x800 } of entries) {
    const plain = Buffer.from(content);
    const packed = deflate ? deflateRawSync(plain) : plain;
    const name = Buffer.from(path);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(flags, 2);
    head.writeUInt16LE(deflate ? 8 : 0, 4);
    head.writeUInt32LE(crc32(plain), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(size ?? plain.length, 18);
    head.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), head, name, packed]);
    central.push(Buffer.from("PK\u0001\u0002\u0014\u0003"), head, tail, name);
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
