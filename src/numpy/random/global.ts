// The functions of the module numpy.random, which are those of one RandomState; it is seeded from the system's
// randomness at first use, and by `seed`.

import { type BitGenerator, MT19937 } from "./bit-generator.ts";
import { RandomState } from "./random-state.ts";

let shared: RandomState | undefined;

function state(): RandomState {
  shared ??= new RandomState(new MT19937());
  return shared;
}

/** The methods of RandomState. */
type Method = {
  [Key in keyof RandomState]: RandomState[Key] extends (...args: never) => unknown ? Key : never;
}[keyof RandomState];

/** The method, called on the shared state. */
function shares<Key extends Method>(name: Key): RandomState[Key] {
  const call = (...args: readonly unknown[]): unknown => {
    const object = state();
    return Reflect.apply(object[name] as (...given: readonly unknown[]) => unknown, object, args);
  };
  return call as RandomState[Key];
}

/** The engine of the shared state (`numpy.random.get_bit_generator`). */
export function getBitGenerator(): BitGenerator {
  return state().engine;
}

/** Lets the module's functions draw from another engine (`numpy.random.set_bit_generator`). */
export function setBitGenerator(bitgen: BitGenerator): void {
  shared = new RandomState(bitgen);
}

/** `RandomState.beta` of the shared state. */
export const beta: RandomState["beta"] = shares("beta");
/** `RandomState.binomial` of the shared state. */
export const binomial: RandomState["binomial"] = shares("binomial");
/** `RandomState.bytes` of the shared state. */
export const bytes: RandomState["bytes"] = shares("bytes");
/** `RandomState.chisquare` of the shared state. */
export const chisquare: RandomState["chisquare"] = shares("chisquare");
/** `RandomState.choice` of the shared state. */
export const choice: RandomState["choice"] = shares("choice");
/** `RandomState.dirichlet` of the shared state. */
export const dirichlet: RandomState["dirichlet"] = shares("dirichlet");
/** `RandomState.exponential` of the shared state. */
export const exponential: RandomState["exponential"] = shares("exponential");
/** `RandomState.f` of the shared state. */
export const f: RandomState["f"] = shares("f");
/** `RandomState.gamma` of the shared state. */
export const gamma: RandomState["gamma"] = shares("gamma");
/** `RandomState.geometric` of the shared state. */
export const geometric: RandomState["geometric"] = shares("geometric");
/** `RandomState.get_state` of the shared state. */
export const getState: RandomState["getState"] = shares("getState");
/** `RandomState.gumbel` of the shared state. */
export const gumbel: RandomState["gumbel"] = shares("gumbel");
/** `RandomState.hypergeometric` of the shared state. */
export const hypergeometric: RandomState["hypergeometric"] = shares("hypergeometric");
/** `RandomState.laplace` of the shared state. */
export const laplace: RandomState["laplace"] = shares("laplace");
/** `RandomState.logistic` of the shared state. */
export const logistic: RandomState["logistic"] = shares("logistic");
/** `RandomState.lognormal` of the shared state. */
export const lognormal: RandomState["lognormal"] = shares("lognormal");
/** `RandomState.logseries` of the shared state. */
export const logseries: RandomState["logseries"] = shares("logseries");
/** `RandomState.multinomial` of the shared state. */
export const multinomial: RandomState["multinomial"] = shares("multinomial");
/** `RandomState.multivariate_normal` of the shared state. */
export const multivariateNormal: RandomState["multivariateNormal"] = shares("multivariateNormal");
/** `RandomState.negative_binomial` of the shared state. */
export const negativeBinomial: RandomState["negativeBinomial"] = shares("negativeBinomial");
/** `RandomState.noncentral_chisquare` of the shared state. */
export const noncentralChisquare: RandomState["noncentralChisquare"] = shares("noncentralChisquare");
/** `RandomState.noncentral_f` of the shared state. */
export const noncentralF: RandomState["noncentralF"] = shares("noncentralF");
/** `RandomState.normal` of the shared state. */
export const normal: RandomState["normal"] = shares("normal");
/** `RandomState.pareto` of the shared state. */
export const pareto: RandomState["pareto"] = shares("pareto");
/** `RandomState.permutation` of the shared state. */
export const permutation: RandomState["permutation"] = shares("permutation");
/** `RandomState.poisson` of the shared state. */
export const poisson: RandomState["poisson"] = shares("poisson");
/** `RandomState.power` of the shared state. */
export const power: RandomState["power"] = shares("power");
/** `RandomState.rand` of the shared state. */
export const rand: RandomState["rand"] = shares("rand");
/** `RandomState.randint` of the shared state. */
export const randint: RandomState["randint"] = shares("randint");
/** `RandomState.randn` of the shared state. */
export const randn: RandomState["randn"] = shares("randn");
/** `RandomState.random` of the shared state. */
export const random: RandomState["random"] = shares("random");
/** `RandomState.random_integers` of the shared state. */
export const randomIntegers: RandomState["randomIntegers"] = shares("randomIntegers");
/** `RandomState.random_sample` of the shared state. */
export const randomSample: RandomState["randomSample"] = shares("randomSample");
/** `RandomState.rayleigh` of the shared state. */
export const rayleigh: RandomState["rayleigh"] = shares("rayleigh");
/** `RandomState.seed` of the shared state. */
export const seed: RandomState["seed"] = shares("seed");
/** `RandomState.set_state` of the shared state. */
export const setState: RandomState["setState"] = shares("setState");
/** `RandomState.shuffle` of the shared state. */
export const shuffle: RandomState["shuffle"] = shares("shuffle");
/** `RandomState.standard_cauchy` of the shared state. */
export const standardCauchy: RandomState["standardCauchy"] = shares("standardCauchy");
/** `RandomState.standard_exponential` of the shared state. */
export const standardExponential: RandomState["standardExponential"] = shares("standardExponential");
/** `RandomState.standard_gamma` of the shared state. */
export const standardGamma: RandomState["standardGamma"] = shares("standardGamma");
/** `RandomState.standard_normal` of the shared state. */
export const standardNormal: RandomState["standardNormal"] = shares("standardNormal");
/** `RandomState.standard_t` of the shared state. */
export const standardT: RandomState["standardT"] = shares("standardT");
/** `RandomState.triangular` of the shared state. */
export const triangular: RandomState["triangular"] = shares("triangular");
/** `RandomState.uniform` of the shared state. */
export const uniform: RandomState["uniform"] = shares("uniform");
/** `RandomState.vonmises` of the shared state. */
export const vonmises: RandomState["vonmises"] = shares("vonmises");
/** `RandomState.wald` of the shared state. */
export const wald: RandomState["wald"] = shares("wald");
/** `RandomState.weibull` of the shared state. */
export const weibull: RandomState["weibull"] = shares("weibull");
/** `RandomState.zipf` of the shared state. */
export const zipf: RandomState["zipf"] = shares("zipf");
/** `random_sample` under two older names. */
export const ranf: RandomState["randomSample"] = shares("randomSample");
/** The same. */
export const sample: RandomState["randomSample"] = shares("randomSample");
