// Modified Bessel functions of the first kind, of order 0 and 1, of a real number in double precision. The form is that of
// Clenshaw (1962) and Cephes: a Chebyshev series of exp(-x) I(x) up to 8 and one of exp(-x) sqrt(x) I(x) in 1/x above. The
// coefficients were computed at 50 digits.

/** exp(-x) I0(x) over t = x / 4 - 1. */
const order0Near: readonly number[] = [
  0.33839763720473803, -0.3046826723431984, 0.17162090152220877, -0.09490109704804764, 0.049305284239670705,
  -0.02373741480589947, 0.010546460394594998, -0.004324309995050576, 0.0016394756169413357,
  -0.0005763755745385824, 0.00018850288509584165, -5.754195010082104e-5, 1.6448448070728896e-5,
  -4.4167383584587505e-6, 1.1173875391201037e-6, -2.670793853940612e-7, 6.046995022541919e-8,
  -1.300025009986248e-8, 2.6598237246823866e-9, -5.189795601635263e-10, 9.675809035373237e-11,
  -1.7268262914415555e-11, 2.95505266312964e-12, -4.85644678311193e-13, 7.676185498604936e-14,
  -1.1685332877993451e-14, 1.715391285555133e-15, -2.431279846547955e-16, 3.3307945188222384e-17,
  -4.415341646379439e-18, 5.669178006921496e-19,
];

/** exp(-x) sqrt(x) I0(x) over t = 16 / x - 1. */
const order0Far: readonly number[] = [
  0.4022452055070544, 0.0033691164782556943, 6.889758346916825e-5, 2.8913705208347567e-6,
  2.0489185894690636e-7, 2.266668990498178e-8, 3.396232025708386e-9, 4.94060238822497e-10,
  1.1889147107846437e-11, -3.1499165279632416e-11, -1.3215811840447713e-11, -1.7941785315068062e-12,
  7.180124451383666e-13, 3.8527783827421426e-13, 1.54008621752141e-14, -4.150569347287222e-14,
  -9.554846698828307e-15, 3.8116806693526224e-15, 1.7725601330565263e-15, -3.4254856196772195e-16,
  -2.8276239805165836e-16, 3.461222867697477e-17, 4.465621420296738e-17, -4.830504485944371e-18,
  -7.233180487873652e-18, 9.921475412161323e-19, 1.1936508908441237e-18,
];

/** exp(-x) I1(x) / x over t = x / 4 - 1. */
const order1Near: readonly number[] = [
  0.12629359322181682, -0.17641651835783406, 0.1026436586898471, -0.05294598120809499, 0.024726449030626516,
  -0.010564084894626197, 0.004156422944312888, -0.0015135724506312532, 0.0005122859561685758,
  -0.00016176081582589674, 4.781565107550054e-5, -1.3273163656039436e-5, 3.4702513081376785e-6,
  -8.568720264695455e-7, 2.0032947535521353e-7, -4.445059128796328e-8, 9.381537386495773e-9,
  -1.8872497517228294e-9, 3.625590281552117e-10, -6.663489723502027e-11, 1.1736186298890901e-11,
  -1.9839743977649436e-12, 3.223793365945575e-13, -5.042185504727912e-14, 7.600684294735408e-15,
  -1.1055969477353862e-15, 1.5536319577362005e-16, -2.111421214358166e-17, 2.7779141127610464e-18,
  -3.541581772542136e-19,
];

/** exp(-x) sqrt(x) I1(x) over t = 16 / x - 1. */
const order1Far: readonly number[] = [
  0.38928811750914005, -0.009761097491361469, -0.00011058893876262371, -3.882564808877691e-6,
  -2.512236237870209e-7, -2.6314688468895196e-8, -3.835380385964237e-9, -5.589743462196584e-10,
  -1.8974958123505413e-11, 3.2526035830154884e-11, 1.412580743661378e-11, 2.0356285441470896e-12,
  -7.198551776245908e-13, -4.0835511110921974e-13, -2.1015418427726643e-14, 4.2724400167119517e-14,
  1.0420276984128804e-14, -3.8144030724370075e-15, -1.8803547755107825e-15, 3.3082023109209285e-16,
  2.96262899764595e-16, -3.2095259219934404e-17, -4.650305368489336e-17, 4.414348323071889e-18,
  7.51729631084099e-18, -9.314178867314006e-19, -1.2421932751930744e-18,
];

/** The sum of a Chebyshev series whose first coefficient counts once. */
export function chebyshev(coefficients: readonly number[], t: number): number {
  let next = 0;
  let after = 0;
  for (let k = coefficients.length - 1; k > 0; k--) {
    const value = 2 * t * next - after + coefficients[k]!;
    after = next;
    next = value;
  }
  return t * next - after + coefficients[0]!;
}

/** exp(-|x|) I0(x). */
export function besselI0Scaled(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return chebyshev(order0Near, size / 4 - 1);
  return chebyshev(order0Far, 16 / size - 1) / Math.sqrt(size);
}

/** The modified Bessel function of order 0. */
export function besselI0(x: number): number {
  return unscaled(Math.abs(x), besselI0Scaled(x));
}

/** exp(-|x|) I1(x). */
export function besselI1Scaled(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return chebyshev(order1Near, size / 4 - 1) * x;
  return Math.sign(x) * (chebyshev(order1Far, 16 / size - 1) / Math.sqrt(size));
}

/** The modified Bessel function of order 1. */
export function besselI1(x: number): number {
  return unscaled(Math.abs(x), besselI1Scaled(x));
}

/** A value times exp(size), in two steps so that only the product may overflow; NaN at infinity, as in Cephes. */
function unscaled(size: number, value: number): number {
  const half = Math.exp(size / 2);
  return size < 700 ? value * Math.exp(size) : value * half * half;
}
