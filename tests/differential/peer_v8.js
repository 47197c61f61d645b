// Runs modules on V8, of node, for differ.py: records on the standard input (see runner.cpp), a line with the outcome of each on
// the standard output. Traps have the names that other engines have where V8 tells them apart; differ.py knows where it does not.
'use strict';
const fs = require('fs');
const zlib = require('zlib');

const REASONS = [
  [/^unreachable/, 'wasm `unreachable` instruction executed'],
  [/^memory access out of bounds|^data segment out of bounds/, 'out of bounds memory access'],
  [/^(divide|remainder) by zero/, 'integer divide by zero'],
  [/^divide result unrepresentable|^float unrepresentable/, 'integer overflow'],
  [/^table (index|access|element).*out of bounds|^element segment out of bounds|^table index is out/,
   'undefined element: out of bounds table access'],
  [/^(null function or )?function signature mismatch/, 'uninitialized element'],
  [/^dereferencing a null pointer|^rethrowing null value/, 'null reference'],
  [/^illegal cast/, 'cast failure'],
  [/^array element access out of bounds/, 'out of bounds array access'],
  [/^requested new array is too large/, 'allocation size too large'],
  [/^operation does not support unaligned accesses/, 'unaligned atomic'],
  [/^Atomics.wait cannot be called/, 'atomic wait on non-shared memory'],
  [/^Maximum call stack size exceeded/, 'call stack exhausted'],
];

function reason(error) {
  if (error instanceof WebAssembly.Exception) return 'exception';
  const text = String(error.message).replace(/^WebAssembly.Instance\(\): /, '');
  for (const [pattern, name] of REASONS)
    if (pattern.test(text)) return name;
  return text.replaceAll('\n', ' ');
}

const u64 = (value) => BigInt.asUintN(64, value);

class Host {
  seen = 0n;
  see(value) { this.seen = u64(((this.seen << 9n) | (this.seen >> 55n)) + value); }
  imports() {
    return {
      h0: (a) => {
        this.see(BigInt(a >>> 0));
        return (Math.imul(a, 2654435761) + 12345) | 0;
      },
      h1: (a, b) => {
        const wide = BigInt(a >>> 0);
        b = u64(b);
        this.see(b ^ wide);
        return u64((b << 17n) | (b >> 47n)) ^ u64(wide * 0x9e3779b97f4a7c15n);
      },
      gi: new WebAssembly.Global({value: 'i32', mutable: false}, 77),
      gl: new WebAssembly.Global({value: 'i64', mutable: true}, 0x123456789n),
      mem: new WebAssembly.Memory({initial: 1, maximum: 4}),
      tab: new WebAssembly.Table({initial: 10, maximum: 30, element: 'anyfunc'}),
    };
  }
}

function outcome(bytes, calls) {
  let module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (error) {
    return 'invalid ' + String(error.message).replaceAll('\n', ' ');
  }
  const host = new Host();
  let instance;
  try {
    instance = new WebAssembly.Instance(module, {m: host.imports()});
  } catch (error) {
    return `start ${reason(error)} ${host.seen.toString(16)}`;
  }
  const out = [];
  const exports = instance.exports;
  for (const [name, a, b] of calls) {
    try {
      const result = name === 'd' ? exports.d() : exports[name](a, b);
      out.push(`${name}=${u64(result).toString(16)}`);
    } catch (error) {
      out.push(`${name}!${reason(error)}`);
    }
  }
  for (const [name, item] of Object.entries(exports)) {
    if (item instanceof WebAssembly.Memory) {
      const data = new Uint8Array(item.buffer);
      out.push(`${name}:${data.length}:${zlib.crc32(data).toString(16)}`);
    } else if (item instanceof WebAssembly.Table) {
      out.push(`${name}:${item.length}`);
    } else if (item instanceof WebAssembly.Global) {
      const value = item.value;
      out.push(`${name}:${typeof value === 'bigint' ? u64(value).toString(16) : (value >>> 0).toString(16)}`);
    }
  }
  out.push(`host:${host.seen.toString(16)}`);
  return out.join(';');
}

// Reads a whole record at a time, and blocks for it.
let buffer = Buffer.alloc(0);
function more() {
  const chunk = Buffer.alloc(1 << 16);
  let size = 0;
  for (;;) {
    try {
      size = fs.readSync(0, chunk, 0, chunk.length, null);
      break;
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
  if (size === 0) return false;
  buffer = Buffer.concat([buffer, chunk.subarray(0, size)]);
  return true;
}

for (;;) {
  let at;
  while ((at = buffer.indexOf(10)) < 0)
    if (!more()) process.exit(0);
  const [, , , size, list] = buffer.subarray(0, at).toString().split(' ');
  const end = at + 1 + Number(size);
  while (buffer.length < end)
    if (!more()) process.exit(1);
  const bytes = buffer.subarray(at + 1, end);
  const calls = list === '-' ? [] : list.split(',').map((call) => {
    const [name, a, b] = call.split(':');
    return [name, BigInt.asIntN(64, BigInt('0x' + a)), BigInt.asIntN(64, BigInt('0x' + b))];
  });
  const line = outcome(bytes, calls) + '\n';
  buffer = buffer.subarray(end);
  fs.writeSync(1, line);
}
