// Loops of functions of one number: `count` numbers from `at` on, and up to 3 behind them, to `to`, which may be `at`. None
// needs memory of its own, as kernels/gelu.ts does.

import * as functions from "./functions";

export function exp32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.exp(v128.load(at)));
}

export function log32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.log(v128.load(at)));
}

export function tanh32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.tanh(v128.load(at)));
}

export function sigmoid32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.sigmoid(v128.load(at)));
}

export function silu32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.silu(v128.load(at)));
}

export function softplus32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.softplus(v128.load(at)));
}

export function logSigmoid32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16)
    v128.store(to, functions.logSigmoid(v128.load(at)));
}

export function erf32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, functions.erf(v128.load(at)));
}

export function geluTanh32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16)
    v128.store(to, functions.geluTanh(v128.load(at)));
}

export function sqrt32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) v128.store(to, f32x4.sqrt(v128.load(at)));
}

export function rsqrt32(at: usize, to: usize, _own: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16, to += 16) {
    v128.store(to, f32x4.div(f32x4.splat(1), f32x4.sqrt(v128.load(at))));
  }
}
