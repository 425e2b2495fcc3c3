export const METAFILE: string;
export function shippedPackages(): { name: string; version: string; license: string; directory: string }[];
export function writeLicences(): void;
export function writeBillOfMaterials(): void;
