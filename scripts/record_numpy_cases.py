# What scripts/record-numpy.py asks NumPy, by file: expressions over the arrays a, b, c (record_numpy_arrays.py), with how
# often each is drawn. "near" marks what is computed by sums or functions whose last digits no library promises.

from record_numpy_arrays import Array as A

any_, real, number, floating = A("any"), A("real"), A("number"), A("floating")
flat = A("real", "1")
plane = A("real", "2")
AXES = ["None", "0", "-1", "1", "(0, 1)", "-3"]
AXIS = ["0", "-1", "1", "None", "2"]
DTYPES = ["'float32'", "'float64'", "'int32'", "'complex64'", "'float16'", "'uint8'", "bool", "int"]
BOOL = ["True", "False"]
UNARY = ("negative positive absolute fabs sign square reciprocal conjugate sqrt cbrt exp exp2 expm1 log log2 log10 log1p "
         "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh degrees radians floor ceil trunc rint "
         "isnan isinf isfinite signbit spacing logical_not invert bitwise_count").split()
BINARY = ("add subtract multiply divide floor_divide remainder fmod power float_power maximum minimum fmax fmin equal "
          "not_equal less less_equal greater greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or "
          "bitwise_xor arctan2 hypot copysign nextafter heaviside logaddexp logaddexp2 gcd lcm").split()
REDUCERS = ("add multiply maximum minimum fmax fmin logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor "
            "gcd hypot logaddexp subtract divide").split()


class T:
    """A template: an expression with {choices}, the arrays in it, and how it is compared."""

    def __init__(self, text, times=6, near=False, then=None, **parts):
        self.text, self.times, self.near, self.then, self.parts = text, times, near, then, parts


UFUNCS = [
    T("np.{f}(a)", 190, True, f=UNARY, a=any_),
    T("np.{f}(a, b)", 200, True, f=BINARY, a=any_, b=A("any", "0")),
    T("np.{f}(a, b)", 120, True, f=BINARY, a=A("any", (3, 4)), b=A("any", "row")),
    T("np.{f}(a, b)", 60, True, f=BINARY, a=A("any", "square"), b=A("any", (2, 3))),
    T("np.{f}(a, {s})", 100, True, f=BINARY, a=any_, s=["2", "2.5", "-1", "True", "300", "0"]),
    T("np.{f}(a, out=b)", 60, "single", then="b", f=UNARY, a=A("real", (3, 4)), b=A("any", (3, 4))),
    T("np.{f}(a, out=b)", 12, then="b", f=UNARY, a=A("real", (3, 4)), b=A("any", (3, 3))),
    T("np.{f}(a, b, out=c)", 70, "single", then="c", f=BINARY, a=A("real", (3, 4)), b=A("real", "row"), c=A("any", (3, 4))),
    T("np.{f}(a, b, c)", 20, "single", then="c", f=BINARY, a=A("real", (3, 4)), b=A("real", "row"), c=A("f8", (3, 4))),
    T("np.{f}(a, out=b, where=c)", 50, "single", then="b", f=UNARY, a=A("real", (3, 4), "positive"), b=A("float", (3, 4)), c=A("mask", (3, 4))),
    T("np.{f}(a, a, out=b, where=c)", 50, "single", then="b", f=BINARY, a=A("real", (3, 4), "positive"), b=A("float", (3, 4)), c=A("mask", "row")),
    T("np.{f}(a, dtype={d})", 50, True, f=UNARY, a=any_, d=DTYPES),
    T("np.{f}(a, a, dtype={d})", 50, True, f=BINARY, a=any_, d=DTYPES),
    T("np.{f}(a, a, dtype={d}, casting={c})", 40, True, f=BINARY, a=any_, d=DTYPES, c=["'unsafe'", "'safe'", "'no'", "'equiv'", "'same_kind'"]),
    T("np.{f}(a, order={o})", 30, True, f=UNARY, a=A("real", "23"), o=["'C'", "'F'", "'A'", "'K'"]),
    T("np.{f}(a)", 20, True, f=["modf", "frexp"], a=real),
    T("np.divmod(a, b)", 12, f=[""], a=A("real", (3, 4)), b=A("real", "row", "positive")),
    T("np.ldexp(a, b)", 8, a=A("floating", (3, 4)), b=A("int32", "row")),
    T("np.{f}.reduce(a)", 60, True, f=REDUCERS, a=any_),
    T("np.{f}.reduce(a, axis={x})", 70, True, f=REDUCERS, a=any_, x=AXES),
    T("np.{f}.reduce(a, axis={x}, keepdims=True)", 30, True, f=REDUCERS, a=A("real", "23"), x=AXES),
    T("np.{f}.reduce(a, axis={x}, initial={i})", 30, True, f=REDUCERS, a=A("real", "all"), x=AXES, i=["2", "0", "1.5", "-100"]),
    T("np.{f}.reduce(a, axis={x}, where=b)", 24, True, f=REDUCERS, a=A("real", (3, 4)), b=A("mask", (3, 4)), x=AXES),
    T("np.{f}.reduce(a, axis={x}, initial=3, where=b)", 24, True, f=REDUCERS, a=A("real", (3, 4)), b=A("mask", "row"), x=AXES),
    T("np.{f}.reduce(a, axis={x}, dtype={d})", 30, True, f=REDUCERS, a=A("real", "23"), x=AXES, d=DTYPES),
    T("np.{f}.reduce(a, axis=0, out=b)", 24, "single", then="b", f=REDUCERS, a=A("real", (3, 4)), b=A("number", "row")),
    T("np.{f}.accumulate(a)", 40, True, f=REDUCERS, a=any_),
    T("np.{f}.accumulate(a, axis={x})", 40, True, f=REDUCERS, a=A("real", "23"), x=["0", "1", "-1", "3"]),
    T("np.{f}.accumulate(a, dtype={d})", 20, True, f=REDUCERS, a=A("real", "23"), d=DTYPES),
    T("np.{f}.reduceat(a, {i})", 30, True, f=REDUCERS, a=A("any", "1"), i=["[0, 2, 4]", "[0, 3, 1, 4]", "[4, 0]", "[0, 9]", "[]", "[2]"]),
    T("np.{f}.reduceat(a, {i}, axis={x})", 30, True, f=REDUCERS, a=A("any", (4, 5)), i=["[0, 2]", "[0, 3, 1]", "[3, 0]"], x=["0", "1", "-1"]),
    T("np.{f}.outer(a, b)", 40, True, f=BINARY, a=A("any", "1"), b=A("any", "12")),
    T("np.{f}.at(a, {i}, {v})", 30, True, then="a", f=BINARY, a=A("number", "1"), i=["[0, 0, 2]", "1", "slice(1, 3)", "[]", "[9]"], v=["1", "2.5", "[1, 2, 3]"]),
    T("np.{f}.at(a, {i})", 12, True, then="a", f=["negative", "sqrt", "square", "invert"], a=A("number", "1"), i=["[0, 0, 2]", "1", "slice(1, 3)"]),
    T("np.{f}.{p}", 60, f=UNARY + BINARY, p=["nin", "nout", "nargs", "identity"]),
    T("np.{f}(a, b)", 24, f=["left_shift", "right_shift", "bitwise_left_shift"], a=A("integer", (3, 4)), b=A("uint8", "row", "index")),
    T("np.{f}(a, b)", 30, True, f=["matmul", "vecdot", "matvec", "vecmat"], a=A("number", "square"), b=A("number", (2, 4, 4))),
    T("np.{f}(a, b)", 30, True, f=["matmul", "vecdot", "matvec", "vecmat"], a=A("number", "row"), b=A("number", (4, 4))),
]

SUMS = ["sum", "prod", "mean", "std", "var", "max", "min", "amax", "amin", "any", "all", "ptp"]
REDUCTIONS = [
    T("np.{f}(a)", 60, True, f=SUMS, a=any_),
    T("np.{f}(a, axis={x})", 120, True, f=SUMS, a=any_, x=AXES),
    T("np.{f}(a, axis={x}, keepdims=True)", 60, True, f=SUMS, a=any_, x=AXES),
    T("a.{f}({x})", 60, True, f=["sum", "prod", "mean", "std", "var", "max", "min", "any", "all"], a=any_, x=["", "0", "axis=-1", "axis=0, keepdims=True"]),
    T("np.{f}(a, axis={x}, dtype={d})", 50, True, f=["sum", "prod", "mean", "std", "var"], a=real, x=AXES, d=DTYPES),
    T("np.{f}(a, axis=0, out=b)", 30, True, then="b", f=SUMS, a=A("real", (3, 4)), b=A("any", "row")),
    T("np.{f}(a, axis={x}, where=b)", 40, True, f=["sum", "prod", "mean", "std", "var", "max", "min", "any", "all"], a=A("real", (3, 4)), b=A("mask", (3, 4)), x=AXES),
    T("np.{f}(a, axis={x}, initial={i})", 30, True, f=["sum", "prod", "max", "min"], a=A("real", "all"), x=AXES, i=["3", "0", "-2.5"]),
    T("np.{f}(a, axis={x}, ddof={i})", 24, True, f=["std", "var"], a=any_, x=AXES, i=["1", "0.5", "10"]),
    T("np.{f}(a, axis={x}, correction=1)", 8, True, f=["std", "var"], a=real, x=AXES),
    T("np.{f}(a, axis=0, mean=np.mean(a, axis=0, keepdims=True))", 8, True, f=["std", "var"], a=A("floating", "23")),
    T("np.{f}(a, axis={x})", 60, f=["argmax", "argmin"], a=any_, x=AXIS),
    T("np.{f}(a, axis={x}, keepdims=True)", 16, f=["argmax", "argmin"], a=any_, x=AXIS),
    T("np.{f}(a)", 20, f=["argmax", "argmin", "max", "min"], a=A("floating", "12", "nan")),
    T("np.{f}(a, axis={x})", 60, True, f=["cumsum", "cumprod"], a=any_, x=AXIS),
    T("np.{f}(a, axis={x}, dtype={d})", 20, True, f=["cumsum", "cumprod"], a=real, x=AXIS, d=DTYPES),
    T("np.cumsum(a, axis=0, out=b)", 6, then="b", a=A("real", (3, 4)), b=A("any", (3, 4))),
    T("np.{f}(a{x})", 40, True, f=["cumulative_sum", "cumulative_prod"], a=any_, x=["", ", axis=0", ", axis=-1", ", axis=1, include_initial=True", ", include_initial=True", ", axis=0, dtype='float64'"]),
    T("np.count_nonzero(a{x})", 20, a=any_, x=["", ", axis=0", ", axis=1", ", axis=-1, keepdims=True", ", keepdims=True", ", axis=(0, 1)"]),
    T("np.trace(a{x})", 20, a=A("any", "23"), x=["", ", offset=1", ", offset=-1, axis1=1, axis2=0", ", dtype='float64'", ", 5"]),
    T("np.median(a{x})", 50, True, a=any_, x=["", ", axis=0", ", axis=-1", ", axis=(0, 1)", ", axis=0, keepdims=True", ", keepdims=True", ", overwrite_input=False"]),
    T("np.median(a{x})", 16, True, a=A("floating", "12", "nan"), x=["", ", axis=0", ", axis=-1"]),
    T("np.average(a{x})", 40, True, a=any_, x=["", ", axis=0", ", axis=-1", ", axis=(0, 1)", ", axis=0, keepdims=True", ", returned=True", ", axis=0, returned=True"]),
    T("np.average(a, axis={x}, weights=b{r})", 40, True, a=A("number", (3, 4)), b=A("number", "row", "positive"), x=["1", "0", "None", "-1"], r=["", ", returned=True", ", keepdims=True"]),
    T("np.average(a, axis={x}, weights=b)", 16, True, a=A("real", (3, 4)), b=A("real", (3, 4), "positive"), x=["1", "0", "None", "(0, 1)"]),
]

NANS = ["nansum", "nanprod", "nanmean", "nanstd", "nanvar", "nanmax", "nanmin", "nanmedian"]
NAN = [
    T("np.{f}(a)", 60, True, f=NANS, a=A("number", "all", "gaps")),
    T("np.{f}(a, axis={x})", 100, True, f=NANS, a=A("number", "all", "gaps"), x=AXES),
    T("np.{f}(a, axis={x})", 60, True, f=NANS, a=A("floating", "23", "nan"), x=AXES),
    T("np.{f}(a, axis={x}, keepdims=True)", 50, True, f=NANS, a=A("floating", "23", "gaps"), x=AXES),
    T("np.{f}(a, axis=0, dtype={d})", 20, True, f=["nansum", "nanmean", "nanvar", "nanprod"], a=A("real", "23", "gaps"), d=DTYPES),
    T("np.{f}(a, axis=0, out=b)", 16, True, then="b", f=NANS, a=A("floating", (3, 4), "gaps"), b=A("float", "row")),
    T("np.{f}(a, axis=0, where=b)", 16, True, f=["nansum", "nanmean", "nanvar", "nanmax", "nanprod"], a=A("floating", (3, 4), "gaps"), b=A("mask", (3, 4))),
    T("np.{f}(a, axis=0, initial=2)", 8, True, f=["nansum", "nanmax", "nanmin", "nanprod"], a=A("floating", (3, 4), "gaps")),
    T("np.{f}(a, axis=0, ddof=1)", 10, True, f=["nanstd", "nanvar"], a=A("number", (3, 4), "gaps")),
    T("np.{f}(a, axis={x})", 40, f=["nanargmax", "nanargmin"], a=A("number", "all", "gaps"), x=AXIS),
    T("np.{f}(a, axis=0, keepdims=True)", 6, f=["nanargmax", "nanargmin"], a=A("floating", "23", "gaps")),
    T("np.{f}(np.array([np.nan, np.nan]){x})", 12, f=NANS, x=["", ", axis=0"]),
    T("np.{f}(a, axis={x})", 30, True, f=["nancumsum", "nancumprod"], a=A("number", "all", "gaps"), x=AXIS),
    T("np.{f}(a, {q}, axis={x})", 50, True, f=["nanquantile"], a=A("real", "all", "gaps"), q=["0.5", "0.25", "[0.1, 0.9]", "1"], x=AXES),
    T("np.{f}(a, {q}, axis={x}{m})", 30, True, f=["nanpercentile"], a=A("real", "23", "gaps"), q=["50", "25", "[10, 90]"], x=AXES, m=["", ", keepdims=True", ", method='lower'", ", method='weibull'"]),
    T("np.nan_to_num(a{x})", 24, a=A("any", "all", "nan"), x=["", ", nan=5.5", ", posinf=9", ", nan=1, posinf=2, neginf=-3"]),
    T("np.nan_to_num(a, copy=False)", 8, then="a", a=A("any", "all", "nan")),
    T("np.{f}(a)", 60, f=["isneginf", "isposinf", "iscomplex", "isreal", "iscomplexobj", "isrealobj", "isnan"], a=A("any", "all", "nan")),
    T("np.real_if_close(a{x})", 8, a=A("any", "12"), x=["", ", tol=1"]),
    T("np.real_if_close(np.array([1+1e-20j, 2]))", 1),
]

METHODS = ["'linear'", "'lower'", "'higher'", "'midpoint'", "'nearest'", "'inverted_cdf'", "'averaged_inverted_cdf'",
           "'closest_observation'", "'interpolated_inverted_cdf'", "'hazen'", "'weibull'", "'median_unbiased'", "'normal_unbiased'", "'other'"]
STATISTICS = [
    T("np.quantile(a, {q})", 30, True, a=any_, q=["0.5", "0.3", "[0.25, 0.75]", "0", "1", "1.5", "[[0.1], [0.2]]"]),
    T("np.quantile(a, {q}, axis={x})", 40, True, a=A("real", "all"), q=["0.5", "0.3", "[0.25, 0.75]"], x=AXES),
    T("np.quantile(a, {q}, axis={x}, method={m})", 90, True, a=A("real", "123"), q=["0.5", "0.3", "[0.25, 0.75]", "0.99"], x=AXES, m=METHODS),
    T("np.quantile(a, {q}, axis={x}, keepdims=True)", 12, True, a=A("real", "123"), q=["0.5", "[0.25, 0.75]"], x=AXES),
    T("np.percentile(a, {q}, axis={x})", 30, True, a=any_, q=["50", "33.5", "[25, 75]", "101", "0"], x=AXES),
    T("np.percentile(a, {q}, method={m})", 24, True, a=A("real", "1"), q=["50", "33.5", "[25, 75]"], m=METHODS),
    T("np.quantile(a, {q}, axis={x}, weights=b, method='inverted_cdf')", 16, True, a=A("real", (3, 4)), b=A("real", (3, 4), "positive"), q=["0.5", "[0.25, 0.75]"], x=["None", "0", "1"]),
    T("np.quantile(a, 0.5, weights=b)", 2, True, a=A("real", (3, 4)), b=A("real", (3, 4), "positive")),
    T("np.quantile(a, 0.5{x})", 8, True, a=A("floating", "12", "gaps"), x=["", ", axis=0"]),
    T("np.bincount(a{x})", 16, a=A("integer", "1", "index"), x=["", ", minlength=6", ", minlength=-1"]),
    T("np.bincount(a, weights=b)", 8, True, a=A("uint8", (6,), "index"), b=A("real", (6,))),
    T("np.bincount(a)", 8, a=any_),
    T("np.digitize(a, {b}{r})", 24, a=real, b=["[0, 1, 2.5]", "[3, 1, 0]", "[1, 0, 2]", "[]", "[0, 0, 1]"], r=["", ", right=True"]),
    T("np.histogram(a{x})", 50, True, a=A("real", "123"), x=["", ", bins=4", ", bins=[0, 1, 2, 5]", ", bins=3, range=(0, 4)", ", density=True", ", bins=[3, 1]", ", bins=4, range=(3, 1)", ", bins=0", ", bins=5, density=True"]),
    T("np.histogram(a, bins=4, weights=b{x})", 12, True, a=A("real", (3, 4)), b=A("float", (3, 4), "positive"), x=["", ", density=True"]),
    T("np.histogram(a, bins={m})", 24, True, a=A("float", "1"), m=["'auto'", "'fd'", "'doane'", "'scott'", "'stone'", "'rice'", "'sturges'", "'sqrt'", "'what'"]),
    T("np.histogram_bin_edges(a{x})", 16, True, a=A("real", "123"), x=["", ", bins=4", ", bins='auto'", ", range=(0, 4)"]),
    T("np.histogram2d(a, b{x})", 16, True, a=A("real", (6,)), b=A("real", (6,)), x=["", ", bins=3", ", bins=[2, 3]", ", bins=[0, 1, 2]", ", bins=3, density=True", ", bins=3, range=[[0, 2], [0, 4]]"]),
    T("np.histogramdd(a{x})", 8, True, a=A("real", (5, 2)), x=["", ", bins=3", ", bins=[2, 3]", ", bins=3, density=True"]),
    T("np.cov(a{x})", 40, True, a=A("number", "12"), x=["", ", rowvar=False", ", bias=True", ", ddof=0", ", ddof=5", ", dtype='float32'"]),
    T("np.cov(a, b)", 8, True, a=A("number", (3, 4)), b=A("real", "row")),
    T("np.cov(a, {w})", 12, True, a=A("float", (3, 4)), w=["fweights=[1, 2, 3, 1]", "aweights=[1, 2, 3, 1.5]", "fweights=[1, 2, 3, 1], aweights=[1, 2, 3, 1.5]", "fweights=[1.5, 2, 3, 1]", "fweights=[-1, 2, 3, 1]", "aweights=[1, 2]"]),
    T("np.corrcoef(a{x})", 20, True, a=A("number", "12"), x=["", ", rowvar=False", ", dtype='float32'"]),
    T("np.corrcoef(a, b)", 6, True, a=A("real", (5,)), b=A("real", (5,))),
    T("np.correlate(a, b{m})", 24, True, a=A("any", "1"), b=A("any", (3,)), m=["", ", 'valid'", ", 'same'", ", 'full'", ", mode='full'", ", 'none'"]),
    T("np.convolve(a, b{m})", 24, True, a=A("any", "1"), b=A("any", (3,)), m=["", ", 'valid'", ", 'same'", ", 'full'", ", mode='same'"]),
    T("np.convolve(a, b)", 6, True, a=A("any", "all"), b=A("any", "all")),
    T("np.interp(a, b, c{x})", 24, True, a=real, b=A("float", (4,), "sorted"), c=A("number", (4,)), x=["", ", left=-5", ", right=9", ", left=1, right=2"]),
    T("np.interp(a, [0, 1, 2], [1, 5, 2], period={p})", 6, True, a=real, p=["3", "1.5", "0"]),
    T("np.gradient(a{x})", 40, True, a=A("any", "123"), x=["", ", 2", ", axis=0", ", axis=-1", ", edge_order=2", ", 0.5, axis=0", ", axis=(0, 1)"]),
    T("np.gradient(a, {s})", 8, True, a=A("real", (4,)), s=["[0, 1, 3, 4]", "[0, 1, 3, 4], edge_order=2", "[0, 1, 2, 3]", "[0, 1]", "1, 2"]),
    T("np.diff(a{x})", 40, a=any_, x=["", ", 2", ", n=0", ", axis=0", ", axis=-1", ", n=-1", ", prepend=0", ", append=[[1]], axis=0", ", n=3, axis=1"]),
    T("np.ediff1d(a{x})", 20, a=any_, x=["", ", to_end=9", ", to_begin=[1, 2]", ", to_end=[1.5]"]),
    T("np.trapezoid(a{x})", 20, True, a=A("number", "123"), x=["", ", dx=0.5", ", axis=0", ", axis=0, dx=2"]),
    T("np.trapezoid(a, b)", 6, True, a=A("real", (3, 4)), b=A("real", "row")),
    T("np.unwrap(a{x})", 16, True, a=A("real", "12"), x=["", ", period=4", ", axis=0", ", discont=4"]),
    T("np.{f}({n})", 24, True, f=["bartlett", "blackman", "hamming", "hanning"], n=["5", "0", "1", "8"]),
    T("np.kaiser({n}, 5)", 3, True, n=["5", "1", "0", "6"]),
    T("np.{f}(a)", 16, True, f=["i0", "sinc"], a=A("real", "12")),
    T("np.{f}(a)", 16, f=["fix"], a=A("real", "all")),
    T("np.angle(a{x})", 10, True, a=A("number", "12"), x=["", ", deg=True"]),
]

SORTING = [
    T("np.sort(a{x})", 50, a=any_, x=["", ", axis=0", ", axis=None", ", axis=-1", ", axis=3", ", kind='stable'", ", kind='heapsort'", ", kind='bubble'", ", stable=True", ", kind='quicksort', stable=True"]),
    T("np.sort(a{x})", 10, a=A("inexact", "12", "nan"), x=["", ", axis=0"]),
    T("a.sort({x})", 16, then="a", a=any_, x=["", "axis=0", "0", "kind='mergesort'"]),
    T("np.argsort(a, kind='stable'{x})", 30, a=any_, x=["", ", axis=0", ", axis=None", ", axis=-1", ", axis=3"]),
    T("np.sort_complex(a)", 10, a=any_),
    T("np.partition(a, {k}{x})[{k}]", 16, a=A("number", "1"), k=["2", "-1", "0"], x=["", ", axis=0", ", kind='introselect'"]),
    T("np.partition(a, {k}{x})", 24, a=any_, k=["99", "[0, 99]", "-9"], x=["", ", axis=0", ", axis=None"]),
    T("a[np.argpartition(a, {k})][{k}]", 12, a=A("number", "1"), k=["2", "-1", "0"]),
    T("np.argpartition(a, 50)", 4, a=any_),
    T("np.lexsort({k})", 12, k=["(a, b)", "[a, b]", "(b, a)", "np.array([a, b])", "(a,)", "a"], a=A("real", (6,), "equal"), b=A("real", (6,), "equal")),
    T("np.lexsort((a, b), axis={x})", 6, a=A("real", (3, 4), "equal"), b=A("real", (3, 4), "equal"), x=["0", "1", "-1"]),
    T("np.searchsorted(a, b{x})", 30, a=A("number", (6,), "sorted"), b=A("any", "12"), x=["", ", side='right'", ", 'left'", ", side='middle'"]),
    T("np.searchsorted(a, {v})", 8, a=A("real", (6,), "sorted"), v=["1", "2.5", "[1, 2, np.nan]", "-1"]),
    T("np.searchsorted(a, b, sorter=np.argsort(a, kind='stable'))", 6, a=A("real", (6,)), b=A("real", "12")),
    T("np.searchsorted(a, 1)", 3, a=A("real", "2")),
    T("np.{f}(a)", 40, f=["nonzero", "argwhere", "flatnonzero"], a=any_),
    T("np.extract(a, b)", 12, a=A("mask", (3, 4)), b=A("any", (3, 4))),
    T("np.unique(a)", 24, a=A("any", "all", "equal")),
    T("np.unique(a, {x})", 60, a=A("any", "all", "equal"), x=["return_index=True", "return_inverse=True", "return_counts=True", "True, True, True", "return_index=True, return_counts=True", "sorted=True"]),
    T("np.unique(a{x})", 20, a=A("inexact", "1", "nan"), x=["", ", equal_nan=False", ", return_counts=True", ", return_inverse=True, equal_nan=False"]),
    T("np.unique(a, axis={x}{y})", 40, a=A("any", (4, 2), "equal"), x=["0", "1", "-1", "2"], y=["", ", return_index=True", ", return_inverse=True", ", return_counts=True"]),
    T("np.{f}(a)", 30, f=["unique_all", "unique_counts", "unique_inverse"], a=A("any", "all", "equal")),
    T("np.sort(np.unique_values(a))", 6, a=A("any", "all", "equal")),
    T("np.unique_all(a).{n}", 8, n=["values", "indices", "inverse_indices", "counts"], a=A("any", "all", "equal")),
    T("np.{f}(a, b)", 70, f=["intersect1d", "union1d", "setdiff1d", "setxor1d", "isin"], a=A("any", "12", "equal"), b=A("any", "12", "equal")),
    T("np.intersect1d(a, b, {x})", 12, a=A("real", "12", "equal"), b=A("real", "12", "equal"), x=["return_indices=True", "assume_unique=True", "True, True"]),
    T("np.{f}(a, b, assume_unique=True)", 12, f=["setdiff1d", "setxor1d", "isin"], a=A("real", "1", "equal"), b=A("real", "1", "equal")),
    T("np.isin(a, b{x})", 20, a=A("any", "all", "equal"), b=A("any", "all", "equal"), x=["", ", invert=True", ", kind='sort'", ", kind='table'", ", kind='other'"]),
    T("np.{f}(a, axis={x})", 10, f=["max", "argmax"], a=A("mask", "23"), x=AXIS),
]
