/** Searches the number that solves a challenge, beside the page so that the page stays alive. */

import { leadingZeroBits, sha256 } from "./sha256.ts";

interface Challenge {
  readonly challenge: string;
  readonly difficulty: number;
}

self.onmessage = ({ data }: MessageEvent<Challenge>): void => {
  const encoder = new TextEncoder();
  for (let number = 0; ; number += 1) {
    const response = `${data.challenge}:${number}`;
    if (leadingZeroBits(sha256(encoder.encode(response))) >= data.difficulty) {
      self.postMessage(response);
      return;
    }
  }
};
