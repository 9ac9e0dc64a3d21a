// The operations that have no lowering, and why.

const bits = "ONNX has no access to a number's exponent and bits";

const iterates = "it iterates until something is small, for which ONNX has no nodes";

const rows = "it would be a step of nodes for each row, as linear systems are, and has not been written so";

/** Reasons by the operation's name. */
export const withoutLowering: Readonly<Record<string, string>> = {
  cofactors: rows,
  determinant: rows,
  eig: iterates,
  eigh: iterates,
  householder: rows,
  matrixExp: iterates,
  pseudoInverse: iterates,
  qr: rows,
  slogdet: rows,
  svd: iterates,
  ctcLoss: "it goes from one point of time to the next along each sequence, whose lengths are values",
  ctcLossGradient: "as ctcLoss, back in time",
  igamma: "its series and fractions take as many terms as each element needs",
  igammac: "as igamma, which it is the rest of",
  gcd: "it takes as many steps as the numbers need, and ONNX Runtime's loops cost more than the steps",
  lcm: "as gcd, which it is made of",
  nextafter: bits,
  spacing: bits,
  mantissa: bits,
  exponent: bits,
  scaleByPower: bits,
};
