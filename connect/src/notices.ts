/**
 * What should be known about the address before files that name it are handed around?
 */

import type { Address } from "./address";
import { make } from "./elements";

export function makeNotices(address: Address): HTMLElement[] {
  if (address.isLocal) {
    return [
      make(
        "div",
        { class: "notice" },
        make("p", {}, make("b", {}, "Only this computer can reach "), make("code", {}, address.base), make("b", {}, ".")),
        make(
          "p",
          {},
          "Whatever you take here will not work on another one. Have the service started with ",
          make("code", {}, "nexshift serve --host 0.0.0.0"),
          ", and open this page by the computer's name.",
        ),
      ),
    ];
  }
  if (!address.isEncrypted) {
    return [
      make(
        "div",
        { class: "notice" },
        make("p", {}, make("b", {}, "This address is not encrypted.")),
        make(
          "p",
          {},
          "Others on the network could read the key and the data. Ask IT for a certificate and an address that begins with ",
          make("code", {}, "https://"),
          ".",
        ),
      ),
    ];
  }
  return [];
}
