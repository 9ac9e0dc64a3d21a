// Watching calls of torch's functions, methods and modules (torch.overrides.TorchFunctionMode): while a mode is on, each
// call that is written outside the library goes through it. What calls call themselves does not.

/** What is called. */
type Callee<Result> = (...args: never) => Result;

/** Gets the calls while it is on. It runs what is called, with the mode switched off meanwhile, or does not. */
export interface FunctionMode {
  /**
   * A function or method.
   * @param name "torch.cat", "F.relu", or "Tensor.view", whose first argument is the tensor; a property is "getattr.T"
   */
  call<Result>(name: string, target: Callee<Result>, args: readonly unknown[]): Result;
  /** The call of a module. */
  module<Result>(module: object, target: Callee<Result>, inputs: readonly unknown[]): Result;
}

/** The mode that is on. */
export const functionMode: { now: FunctionMode | null } = { now: null };
