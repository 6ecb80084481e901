import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import { leadingZeroBits, sha256 } from "../src/account/sha256.ts";

const hex = (digest: Uint32Array): string => Array.from(digest, (word) => word.toString(16).padStart(8, "0")).join("");

describe("our SHA-256", () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 200])("hashes %i bytes as the reference does", (length) => {
    const message = Uint8Array.from({ length }, (_, index) => (index * 31) % 256);
    expect(hex(sha256(message))).toBe(createHash("sha256").update(message).digest("hex"));
  });

  it("counts leading zero bits across words", () => {
    expect(leadingZeroBits(new Uint32Array([0, 0x00ffffff]))).toBe(40);
    expect(leadingZeroBits(new Uint32Array([0x80000000]))).toBe(0);
  });
});
