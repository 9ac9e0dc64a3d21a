// What stands for a lazy module: this code goes into the bundles.

const standsFor = Symbol.for("weightbridge.standsFor");

/**
 * Functions that call a module's own, which are looked up at the first call.
 * @param names the functions, with spaces between
 * @param read the module, loaded when this is called
 */
export function forward(names, read) {
  const stubs = Object.defineProperty({ __proto__: null }, standsFor, { value: read });
  for (const name of names.split(" ")) {
    let real;
    stubs[name] = (...args) => {
      real ??= read()[name];
      return real(...args);
    };
  }
  return stubs;
}

/** A table of kernels that call a module's own, as `forward` does: they take inputs, outputs and attributes. */
export function forwardKernels(names, read) {
  const stubs = {};
  for (const name of names.split(" ")) {
    let real;
    stubs[name] = (inputs, outputs, attributes) => {
      real ??= read()[name];
      return real(inputs, outputs, attributes);
    };
  }
  return stubs;
}

/** A module's namespace whose members are read from the module when they are asked for. */
export function namespaceOf(names, read) {
  const namespace = {};
  const description = { enumerable: true };
  for (const name of names.split(" ")) {
    description.get = () => read()[name];
    Object.defineProperty(namespace, name, description);
  }
  return Object.defineProperty(namespace, Symbol.toStringTag, { value: "Module" });
}
