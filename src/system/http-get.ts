import { exchange, type HttpAnswer, type HttpExchange } from "./http-exchange.js";
import { PrivateAddress, isPrivateAddress } from "./public-address.js";

export type HttpGet = Pick<HttpExchange, "headers" | "maxBytes" | "stallMs" | "signal"> & { publicOnly: boolean };

/** One GET. With `publicOnly` it goes to no address of this machine or of a private network. @throws as `exchange`. */
export async function get(url: URL, request: HttpGet): Promise<HttpAnswer> {
  // An address that is written out is never looked up.
  const written = url.hostname.replace(/^\[|\]$/gu, "");
  if (request.publicOnly && isPrivateAddress(written)) throw new PrivateAddress(written);
  return await exchange(url, { ...request, method: "GET", body: null });
}
