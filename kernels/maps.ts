// Loops of functions of one number, in place: `count` numbers from `at` on, and up to 3 behind them.

import * as functions from "./functions";

export function exp32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.exp(v128.load(at)));
}

export function log32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.log(v128.load(at)));
}

export function tanh32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.tanh(v128.load(at)));
}

export function sigmoid32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.sigmoid(v128.load(at)));
}

export function silu32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.silu(v128.load(at)));
}

export function softplus32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.softplus(v128.load(at)));
}

export function logSigmoid32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16)
    v128.store(at, functions.logSigmoid(v128.load(at)));
}

export function erf32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, functions.erf(v128.load(at)));
}

export function geluTanh32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16)
    v128.store(at, functions.geluTanh(v128.load(at)));
}

export function sqrt32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) v128.store(at, f32x4.sqrt(v128.load(at)));
}

export function rsqrt32(at: usize, count: i32): void {
  for (const end = at + (<usize>count << 2); at < end; at += 16) {
    v128.store(at, f32x4.div(f32x4.splat(1), f32x4.sqrt(v128.load(at))));
  }
}
