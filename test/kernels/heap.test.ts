// The heap in the kernels' memory: parts lie apart, neighbours become one again, and nothing lies beyond its end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelHeap } from "../../src/kernels/heap.ts";
import { isPlaced } from "../../src/kernels/places.ts";

const page = 2 ** 16;
const base = 4 * page;
const limit = 64 * page;

const memory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1, maximum: 64, shared: true });

interface Part {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
}

function take(heap: KernelHeap, byteLength: number): Part | undefined {
  const place = heap.take(byteLength);
  return place && { ...place, byteLength };
}

test("parts lie apart at multiples of 64 bytes, with room behind each, in a memory that grows", () => {
  const heap = new KernelHeap(memory(), base, limit);
  const parts = [1, 64, 1000, 300_000].map((bytes) => take(heap, bytes)!);
  let end = base;
  for (const { buffer, byteOffset, byteLength } of parts) {
    assert.equal(byteOffset % 64, 0);
    assert.ok(byteOffset >= end);
    end = byteOffset + byteLength + 64;
    assert.ok(buffer.byteLength >= end);
  }
  const bytes = new Uint8Array(parts[3]!.buffer, parts[3]!.byteOffset, parts[3]!.byteLength);
  assert.ok(isPlaced(bytes), "kernels find what lies there");
  assert.ok(!isPlaced(new Uint8Array(300_000)));
});

test("what is given back is taken again, in the smallest piece that holds it, and neighbours become one", () => {
  const heap = new KernelHeap(memory(), base, limit);
  const [a, b, c, d] = [1000, 5000, 500, 2000].map((bytes) => take(heap, bytes)!) as [Part, Part, Part, Part];
  heap.give(b);
  heap.give(d);
  assert.equal(heap.freeBytes, 5000 + 64 + 56 + (2000 + 64 + 48));
  assert.equal(take(heap, 1500)!.byteOffset, d.byteOffset);
  heap.give(a);
  heap.give(c);
  // a, b and c are one piece now.
  assert.equal(take(heap, 6000)!.byteOffset, a.byteOffset);
  const extent = heap.extent;
  assert.ok(take(heap, 7000)!.byteOffset >= base + extent, "what fits nowhere lies behind all others");
});

test("a heap is full at its limit, and holds nothing of what was refused", () => {
  const heap = new KernelHeap(memory(), base, limit);
  const first = take(heap, 30 * page)!;
  assert.equal(take(heap, 40 * page), undefined);
  const second = take(heap, 29 * page)!;
  assert.ok(second.byteOffset + second.byteLength <= limit);
  heap.give(first);
  heap.give(second);
  assert.equal(heap.usedBytes, 0);
  assert.equal(take(heap, 59 * page)!.byteOffset, base);
});

test("a memory that cannot grow lends nothing", () => {
  const small = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
  assert.equal(new KernelHeap(small, base, limit).take(10 * page), undefined);
});

test("a heap is let go of when nothing of it was in use between two looks", () => {
  const heap = new KernelHeap(memory(), base, limit);
  const part = take(heap, 1000)!;
  assert.ok(heap.trim());
  assert.ok(heap.trim(), "a part is in use");
  heap.give(part);
  assert.ok(!heap.trim());
  assert.equal(heap.extent, 0);
  assert.equal(heap.freeBytes, 0);
});

test("many parts of many sizes never overlap", () => {
  const heap = new KernelHeap(memory(), base, limit);
  const live = new Map<Part, number>();
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
  };
  for (let round = 1; round <= 3000; round++) {
    if (live.size > 20 || (live.size > 0 && random(2) === 0)) {
      const [part, mark] = [...live][random(live.size)]!;
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      assert.ok(
        bytes.every((byte) => byte === mark),
        `part of round ${round}`,
      );
      heap.give(part);
      live.delete(part);
    } else {
      const part = take(heap, 1 + random(100_000))!;
      new Uint8Array(part.buffer, part.byteOffset, part.byteLength).fill(round & 255);
      live.set(part, round & 255);
    }
  }
  for (const part of live.keys()) heap.give(part);
  assert.equal(heap.usedBytes, 0);
  assert.equal(heap.freeBytes, heap.extent);
});
