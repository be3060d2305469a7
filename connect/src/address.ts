/**
 * Where is the service?  The address in the browser's bar, which the reader has just proved to work.
 */

export interface Address {
  /** Without a slash at its end: "https://plant.example:8080", or with the prefix that a proxy puts in front. */
  readonly base: string;
  readonly odata: string;
  /** Whether only this very computer understands the address. */
  readonly isLocal: boolean;
  readonly isEncrypted: boolean;
}

export type Bar = Pick<Location, "hostname" | "origin" | "pathname" | "protocol">;

export function readAddress(bar: Bar): Address {
  const base = bar.origin + bar.pathname.replace(/\/connect\/?$/, "");
  return {
    base,
    odata: `${base}/odata/v4/`,
    isLocal: /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(bar.hostname),
    isEncrypted: bar.protocol === "https:",
  };
}

/** Where a table is read as a file, without its format. */
export function tablePath(path: string): string {
  return `api/v1${path}`;
}
