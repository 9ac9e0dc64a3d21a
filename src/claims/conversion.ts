// What is said about conversion: sharing, gradients, element types, devices.

import * as np from "../numpy/index.ts";
import * as torch from "../torch/index.ts";
import { arrayFact, type Claim, outcomeOf, raised, sameFact } from "./claim.ts";

const { nn } = torch;
const dtypeText = (tensor: torch.Tensor): string => `torch.${tensor.dtype.name}`;

export const conversionClaims: readonly Claim[] = [
  {
    id: "convert/from-numpy-shares",
    statement: "from_numpy shares memory: a change on either side shows on the other.",
    why: "There is one buffer under two headers.",
    run: () => {
      const a = np.array([1, 2, 3], { dtype: np.float64 });
      const t = torch.fromNumpy(a);
      a.set([0], 10);
      t.set([1], 20);
      return { array: a.tolist() as number[], tensor: t.tolist() as number[], dtype: dtypeText(t) };
    },
    holds: (facts) => sameFact(facts.array, facts.tensor),
  },
  {
    id: "convert/requires-grad-copies",
    statement: "requires_grad_(True) gives the tensor a buffer of its own.",
    why: "It sets a flag; the memory stays shared.",
    run: () => {
      const a = np.array([1, 2, 3], { dtype: np.float32 });
      const t = torch.fromNumpy(a).requiresGrad_(true);
      a.set([0], 10);
      return { tensor: t.tolist() as number[], shares: t.storage === a.storage };
    },
    holds: (facts) => facts.shares === false,
  },
  {
    id: "convert/int-requires-grad",
    statement: "An int32 tensor can require gradients.",
    why: "Only floating and complex element types can.",
    run: () => ({
      raised: outcomeOf(() => torch.fromNumpy(np.array([1, 2, 3], { dtype: np.int32 })).requiresGrad_(true)),
    }),
    holds: (facts) => !raised(facts.raised),
  },
  {
    id: "convert/float64-becomes-float32",
    statement: "from_numpy turns float64 into float32 unless told otherwise.",
    why: "The element type is kept. It is .float(), or loading into a float32 parameter, that rounds.",
    run: () => ({
      kept: dtypeText(torch.fromNumpy(np.zeros(1))),
      rounded: arrayFact(torch.tensor([1.123456789], { dtype: torch.float64 }).float()),
    }),
    holds: (facts) => facts.kept === "torch.float32",
  },
  {
    id: "convert/device-round-trip-rounds",
    statement: "Sending a float64 tensor to a device and back changes digits.",
    why: "A transfer copies bytes, so the round trip is exact. Arithmetic may differ between devices; moving does not.",
    run: () => {
      const there = torch.tensor([1.123456789, 2.123456789, 3.123456789], { dtype: torch.float64 });
      return { bytes: arrayFact(there.clone().to("cpu")) };
    },
    holds: (facts) => {
      const sent = torch.tensor([1.123456789, 2.123456789, 3.123456789], { dtype: torch.float64 });
      return !sameFact(facts.bytes, arrayFact(sent));
    },
  },
  {
    id: "convert/numpy-of-grad-tensor",
    statement: "tensor.numpy() works on any tensor.",
    why: "One that requires gradients must be detached first.",
    run: () => {
      const parameter = new nn.Parameter(torch.ones(2));
      return {
        raised: outcomeOf(() => parameter.numpy()),
        detached: outcomeOf(() => parameter.detach().numpy()),
      };
    },
    holds: (facts) => !raised(facts.raised),
  },
];
