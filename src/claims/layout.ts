// What is said about memory order: what `.T` does, and what `fromNumpy` does with it.

import * as np from "../numpy/index.ts";
import * as torch from "../torch/index.ts";
import { arrayFact, type Claim, outcomeOf, raised, sameElements, sameFact } from "./claim.ts";

const { nn } = torch;
const matrix = (): np.NDArray => np.arange(12, { dtype: np.float32 }).reshape([4, 3]);

function linearWith(weight: np.NDArray): InstanceType<typeof nn.Linear> {
  const [out, features] = weight.shape as [number, number];
  const layer = new nn.Linear(features, out, false);
  layer.weight = new nn.Parameter(torch.fromNumpy(weight));
  return layer;
}

export const layoutClaims: readonly Claim[] = [
  {
    id: "layout/torch-is-column-major",
    statement: "PyTorch tensors expect column-major data where NumPy is row-major.",
    why: "Both are row-major unless told otherwise: a fresh array and a fresh tensor of shape (4, 3) have the same strides.",
    run: () => ({
      numpy_strides: np.zeros([4, 3], { dtype: np.float32 }).strides.map((bytes) => bytes / 4),
      torch_strides: [...torch.zeros(4, 3).stride()],
      conv_weight_strides: [...new nn.Conv2d(3, 2, 2).weight.stride()],
    }),
    holds: (facts) => !sameFact(facts.numpy_strides, facts.torch_strides),
  },
  {
    id: "layout/from-numpy-of-T-scrambles",
    statement: "torch.from_numpy(a.T) reads the data in the wrong order.",
    why: "The strides come along, so every element is where NumPy has it, over the same memory.",
    run: () => {
      const a = matrix();
      const t = torch.fromNumpy(a.T);
      return {
        tensor: arrayFact(t),
        strides: [...t.stride()],
        is_contiguous: t.isContiguous(),
        equals_numpy: sameElements(t, a.T),
        shares: t.storage === a.storage,
      };
    },
    holds: (facts) => facts.equals_numpy === false,
  },
  {
    id: "layout/linear-with-T-runs-wrong",
    statement: "A Linear(3, 4) given the transposed (3, 4) array computes something else.",
    why: "It computes nothing: the assignment goes through, then the shapes do not fit and the forward pass raises.",
    run: () => {
      const layer = new nn.Linear(3, 4, false);
      const assigning = outcomeOf(() => {
        layer.weight = new nn.Parameter(torch.fromNumpy(matrix().T));
      });
      return { assigning, forward: outcomeOf(() => layer.forward(torch.ones(1, 3))) };
    },
    holds: (facts) => !raised(facts.forward),
  },
  {
    id: "layout/square-transpose-is-silent",
    statement: "A transposed square weight goes unnoticed and gives other outputs.",
    why: "The shapes agree, so nothing raises and only the numbers differ: shapes alone cannot find this mistake.",
    run: () => {
      const square = np.arange(9, { dtype: np.float32 }).reshape([3, 3]);
      const x = torch.tensor([[1, 2, 3]], { dtype: torch.float32 });
      return {
        input: arrayFact(x),
        right: arrayFact(linearWith(square).forward(x)),
        transposed: arrayFact(linearWith(square.T).forward(x)),
      };
    },
    holds: (facts) => !sameFact(facts.right, facts.transposed),
  },
  {
    id: "layout/conv-height-width-swap-is-silent",
    statement: "A kernel with height and width swapped loads and computes other outputs.",
    why: "A 2x2 kernel keeps its shape when its last two axes are swapped: no error, other numbers.",
    run: () => {
      const kernel = np.arange(24, { dtype: np.float32 }).reshape([2, 3, 2, 2]);
      const image = torch.arange(48, { dtype: torch.float32 }).reshape(1, 3, 4, 4).div(48);
      const convolved = (k: np.NDArray) => arrayFact(nn.functional.conv2d(image, torch.fromNumpy(k)));
      return {
        input: arrayFact(image),
        kernel: arrayFact(kernel),
        right: convolved(kernel),
        swapped: convolved(kernel.transpose([0, 1, 3, 2])),
      };
    },
    holds: (facts) => !sameFact(facts.right, facts.swapped),
  },
  {
    id: "layout/ascontiguousarray-fixes",
    statement: "np.ascontiguousarray(a.T) is needed before from_numpy for right values.",
    why: "It gives the same values in a fresh row-major copy: speed and sharing change, the result does not.",
    run: () => {
      const a = matrix();
      const copy = np.ascontiguousarray(a.T);
      return {
        equal: sameElements(torch.fromNumpy(copy), torch.fromNumpy(a.T)),
        strides: [...torch.fromNumpy(copy).stride()],
        shares: np.sharesMemory(copy, a),
      };
    },
    holds: (facts) => facts.equal === false,
  },
  {
    id: "layout/negative-strides",
    statement: "from_numpy takes any NumPy view.",
    why: "A view with a negative stride is refused.",
    run: () => ({ reversed: outcomeOf(() => torch.fromNumpy(matrix().at("::-1"))) }),
    holds: (facts) => !raised(facts.reversed),
  },
];
