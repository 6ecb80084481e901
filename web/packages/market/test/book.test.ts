import { describe, expect, it } from "vitest";

import { Book, type BookIncrement, type Pair, checksumText, grouped } from "../src/book.ts";
import { crc32 } from "../src/crc32.ts";

const ASKS: Pair[] = [
  ["20001.0", "0.4"],
  ["20001.5", "0.25"],
];
const BIDS: Pair[] = [
  ["20000.5", "0.12"],
  ["20000.0", "3.0"],
  ["19999.5", "1.0"],
];

function book(asks: Pair[] = ASKS, bids: Pair[] = BIDS): Book {
  const made = new Book(2, 6);
  expect(made.load({ asks, bids, sequence: 41 })).toBe("applied");
  return made;
}

describe("the checksum", () => {
  it.each([
    [BIDS, ASKS, "20000.5:0.12:20001.0:0.4:20000.0:3.0:20001.5:0.25:19999.5:1.0", 1623549885],
    [[], [], "", 0],
    [[["99.9", "1.0"]], [], "99.9:1.0", 3291310061],
    [[], [["100.1", "2.5"], ["100.2", "0.001"]], "100.1:2.5:100.2:0.001", 653576914],
  ] as [Pair[], Pair[], string, number][])("of the documented vectors is right", (bids, asks, text, sum) => {
    const made = book(asks, bids);
    expect(checksumText(made.bids, made.asks)).toBe(text);
    expect(made.checksum()).toBe(sum);
    expect(crc32(text)).toBe(sum);
  });

  it("looks at ten levels a side and no further", () => {
    const asks = Array.from({ length: 12 }, (_, index): Pair => [`${101 + index}.0`, "1.0"]);
    const before = book(asks, []).checksum();
    asks[10] = ["111.0", "9.0"];
    expect(book(asks, []).checksum()).toBe(before);
    asks[9] = ["110.0", "9.0"];
    expect(book(asks, []).checksum()).not.toBe(before);
  });
});

describe("increments", () => {
  const texts = (made: Book): string[] => [...made.asks, ...made.bids].map((level) => `${level.priceText} ${level.volumeText}`);

  it("insert, replace and remove, flat or nested", () => {
    const made = book();
    const frames: BookIncrement[] = [
      { asks: ["20001.5", "0"], sequence: 42 },
      { bids: [["20000.2", "7.0"], ["20000.0", "2.0"]], asks: [], sequence: 43 },
      { asks: ["20000.9", "1.0"], bids: null, sequence: 44 },
    ];
    for (const frame of frames) expect(made.apply(frame)).toBe("applied");
    expect(texts(made)).toEqual([
      "20000.9 1.0",
      "20001.0 0.4",
      "20000.5 0.12",
      "20000.2 7.0",
      "20000.0 2.0",
      "19999.5 1.0",
    ]);
  });

  it("with a gap end the book until the next snapshot", () => {
    const made = book();
    expect(made.apply({ asks: ["20001.5", "0"], sequence: 43 })).toBe("gap");
    expect(made.sequence).toBeNull();
    expect(made.apply({ asks: ["20001.5", "0"], sequence: 42 })).toBe("no-snapshot");
    expect(made.load({ asks: ASKS, bids: BIDS, sequence: 90 })).toBe("applied");
    expect(made.apply({ asks: ["20001.5", "0"], sequence: 91 })).toBe("applied");
  });

  it("with a checksum of another book are noticed", () => {
    const made = book();
    expect(made.apply({ asks: ["20001.5", "0"], sequence: 42, checksum: 1 })).toBe("checksum");
    expect(made.sequence).toBeNull();
  });

  it("that remove what is not there change nothing", () => {
    const made = book();
    const before = texts(made);
    expect(made.apply({ asks: ["30000.0", "0"], sequence: 42 })).toBe("applied");
    expect(texts(made)).toEqual(before);
  });

  it("with a price finer than the market's are refused", () => {
    expect(book().apply({ asks: ["1.005", "1.0"], sequence: 42 })).toBe("unreadable");
  });

  it("in any order of updates lead to the sorted book", () => {
    const made = book([], []);
    const expected = new Map<number, string>();
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let sequence = 42; sequence < 2042; sequence += 1) {
      const price = 1 + random(60);
      const volume = random(3) === 0 ? "0" : `${1 + random(9)}.0`;
      made.apply({ bids: [`${price}.0`, volume], sequence });
      if (volume === "0") expected.delete(price);
      else expected.set(price, volume);
    }
    const sorted = [...expected].sort((a, b) => b[0] - a[0]).map(([price, volume]) => `${price}.0 ${volume}`);
    expect(texts(made)).toEqual(sorted);
  });
});

describe("grouping", () => {
  it("rounds bids down and asks up, and sums from the best price on", () => {
    const made = book();
    const one = 100n; // 1.00 in units of two digits
    expect(grouped(made.bids, "bids", one, 10)).toEqual([
      { price: 2000000n, volume: 3120000n, total: 3120000n },
      { price: 1999900n, volume: 1000000n, total: 4120000n },
    ]);
    expect(grouped(made.asks, "asks", one, 10)).toEqual([
      { price: 2000100n, volume: 400000n, total: 400000n },
      { price: 2000200n, volume: 250000n, total: 650000n },
    ]);
  });

  it("stops at as many rows as are shown", () => {
    expect(grouped(book().bids, "bids", 1n, 2).map((row) => row.total)).toEqual([120000n, 3120000n]);
  });
});
