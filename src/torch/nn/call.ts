// What calling a module takes and gives: what its `forward` does. Of a module that is known as a `Module` alone nothing is
// known of that: it takes anything, and what it gives has to be looked at.

type Forward = (...inputs: never[]) => unknown;

/** The arguments of a module's call. */
export type CallInputs<Call extends Forward> = number extends Parameters<Call>["length"]
  ? Parameters<Call> extends never[]
    ? unknown[]
    : Parameters<Call>
  : Parameters<Call>;
