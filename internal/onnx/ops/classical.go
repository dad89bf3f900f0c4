package ops

import (
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	register(ML+":Scaler", 1, 1, "offset scale", scaler)
	register(ML+":Normalizer", 1, 1, "norm", normalizer)
	register(ML+":Imputer", 1, 1, "imputed_value_floats imputed_value_int64s replaced_value_float replaced_value_int64", imputer)
	register(ML+":LinearRegressor", 1, 1, "coefficients intercepts post_transform targets", func(c *Call) { c.linear(0, "targets") })
	register(ML+":LinearClassifier", 1, 1, "classlabels_ints classlabels_strings coefficients intercepts multi_class post_transform", linearClassifier)
	register(ML+":ArrayFeatureExtractor", 2, 2, "", arrayFeatures)
	register(ML+":ZipMap", 1, 1, "classlabels_int64s classlabels_strings", func(c *Call) { c.Out[0] = c.In[0] })
}

// table is the input as float32 rows [samples, features].
func (c *Call) table() (x []float32, rows, cols int) {
	v := c.In[0]
	cols = 1
	if len(v.Shape) > 0 {
		cols = v.Shape[len(v.Shape)-1]
	}
	c.need(cols > 0, "an input of shape %v", v.Shape)
	if v.Known {
		x = c.asFloats(v)
	}
	return x, v.Size() / cols, cols
}

// oneOf is element i of a list that has one value for all, or none.
func oneOf(list []float32, i int, def float32) float32 {
	switch len(list) {
	case 0:
		return def
	case 1:
		return list[0]
	}
	return list[i]
}

func (c *Call) fitsColumns(list []float32, cols int) {
	c.need(len(list) <= 1 || len(list) == cols, "%d numbers for %d features", len(list), cols)
}

func scaler(c *Call) {
	x, _, cols := c.table()
	offset, factor := c.attrFloats("offset"), c.attrFloats("scale")
	c.fitsColumns(offset, cols)
	c.fitsColumns(factor, cols)
	y := c.out(0, wire.Float, c.In[0].Shape...)
	for i := range y.F {
		y.F[i] = (x[i] - oneOf(offset, i%cols, 0)) * oneOf(factor, i%cols, 1)
	}
}

func normalizer(c *Call) {
	x, rows, cols := c.table()
	norm := c.attrString("norm", "MAX", "L1", "L2")
	y := c.out(0, wire.Float, c.In[0].Shape...)
	if c.trial() {
		return
	}
	for r := range rows {
		size := 0.0
		if norm == "MAX" {
			size = math.Inf(-1)
		}
		for _, v := range x[r*cols : (r+1)*cols] {
			switch norm {
			case "MAX":
				size = max(size, float64(v))
			case "L1":
				size += math.Abs(float64(v))
			default:
				size += float64(v) * float64(v)
			}
		}
		if norm == "L2" {
			size = math.Sqrt(size)
		}
		if size == 0 {
			size = 1
		}
		for i := r * cols; i < (r+1)*cols; i++ {
			y.F[i] = float32(float64(x[i]) / size)
		}
	}
}

func imputer(c *Call) {
	_, _, cols := c.table()
	v := c.In[0]
	y := c.out(0, v.Type, v.Shape...)
	if v.Type.Floating() {
		list, old := c.attrFloats("imputed_value_floats"), c.attrFloat("replaced_value_float", 0)
		c.need(len(list) == 1 || len(list) == cols, "%d values for %d features", len(list), cols)
		for i := range y.F {
			y.F[i] = v.F[i]
			if v.F[i] == old || v.F[i] != v.F[i] && old != old {
				y.F[i] = oneOf(list, i%cols, 0)
			}
		}
		return
	}
	a, old := c.attr("imputed_value_int64s", wire.AttrInts), int64(0)
	c.need(a != nil && (len(a.Ints) == 1 || len(a.Ints) == cols), "no values for %d features", cols)
	if r := c.attr("replaced_value_int64", wire.AttrInt); r != nil {
		old = r.I
	}
	for i := range y.I {
		if y.I[i] = v.I[i]; v.I[i] == old {
			y.I[i] = a.Ints[i%cols%len(a.Ints)]
		}
	}
}

// linear computes scores [samples, targets] as output i.
func (c *Call) linear(i int, targets string) *Value {
	x, rows, cols := c.table()
	w, b := c.attrFloats("coefficients"), c.attrFloats("intercepts")
	n := len(w) / cols
	if targets != "" {
		n = c.attrInt(targets, 1)
	}
	c.need(n >= 1 && len(w) == n*cols && (len(b) == 0 || len(b) == n), "%d coefficients and %d intercepts of %d features", len(w), len(b), cols)
	post := c.attrString("post_transform", "NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
	y := c.out(i, wire.Float, rows, n)
	c.work(float64(rows) * float64(len(w)))
	if c.trial() {
		return y
	}
	for r := range rows {
		row := y.F[r*n : (r+1)*n]
		for t := range row {
			sum := dot(w[t*cols:], x[r*cols:(r+1)*cols])
			if len(b) > 0 {
				sum += float64(b[t])
			}
			row[t] = float32(sum)
		}
		if targets != "" {
			postTransform(row, post)
		}
	}
	return y
}

func postTransform(row []float32, how string) {
	switch how {
	case "SOFTMAX":
		softmaxRow(row, row, 1)
	case "LOGISTIC":
		for i, v := range row {
			row[i] = float32(sigmoid(float64(v)))
		}
	case "SOFTMAX_ZERO":
		zero := make([]bool, len(row))
		for i, v := range row {
			zero[i] = v == 0
		}
		softmaxRow(row, row, 1)
		for i := range row {
			if zero[i] {
				row[i] = 0
			}
		}
	case "PROBIT":
		for i, v := range row {
			row[i] = float32(math.Sqrt2 * math.Erfinv(2*float64(v)-1))
		}
	}
}

// linearClassifier has scores for every class; with two classes it may have one row of
// coefficients only, whose score is that of the second.
func linearClassifier(c *Call) {
	labels, ok := c.classLabels()
	scores := c.linear(1, "")
	rows, n := scores.Shape[0], scores.Shape[1]
	binary := n == 1 && (!ok || len(labels) == 2)
	c.need(binary || !ok || len(labels) == n, "%d labels of %d classes", len(labels), n)
	post := c.attrString("post_transform", "NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
	if binary {
		scores = c.twoClasses(scores, post)
		n = 2
	} else if !c.trial() {
		for r := range rows {
			postTransform(scores.F[r*n:(r+1)*n], post)
		}
	}
	y := c.out(0, wire.Int64, rows)
	if c.trial() {
		return
	}
	for r := range rows {
		best := 0
		for k, v := range scores.F[r*n : (r+1)*n] {
			if v > scores.F[r*n+best] {
				best = k
			}
		}
		y.I[r] = int64(best)
		if ok {
			y.I[r] = labels[best]
		}
	}
}

// classLabels are the numbers of the classes. Names have none: the label is then the
// class's place among them.
func (c *Call) classLabels() ([]int64, bool) {
	if a := c.attr("classlabels_ints", wire.AttrInts); a != nil {
		return a.Ints, true
	}
	names := c.attrStrings("classlabels_strings")
	out := make([]int64, len(names))
	for i := range out {
		out[i] = int64(i)
	}
	return out, len(names) > 0
}

// twoClasses makes [1 − p, p] of one score, or [−s, s] where it is no probability.
func (c *Call) twoClasses(one *Value, post string) *Value {
	y := c.out(1, wire.Float, one.Shape[0], 2)
	for r := range one.F {
		s := one.F[r]
		row := y.F[2*r : 2*r+2]
		row[0], row[1] = -s, s
		if post == "LOGISTIC" {
			p := float32(sigmoid(float64(s)))
			row[0], row[1] = 1-p, p
		} else {
			postTransform(row, post)
		}
	}
	return y
}

func arrayFeatures(c *Call) {
	x, at := c.In[0], c.indices()
	c.need(len(x.Shape) >= 1 && at.Known, "inputs %v", c.In)
	cols := x.Shape[len(x.Shape)-1]
	n := at.Size()
	shape := append(slices.Clone(x.Shape[:len(x.Shape)-1]), n)
	if len(x.Shape) == 1 {
		shape = []int{1, n}
	}
	y := c.out(0, x.Type, shape...)
	if c.trial() {
		return
	}
	for r := range x.Size() / max(1, cols) {
		for k, i := range at.I {
			copyRun(y, r*n+k, x, r*cols+c.index(i, cols), 1)
		}
	}
}

func dot(w, x []float32) float64 {
	sum := 0.0
	w = w[:len(x)]
	for i, v := range x {
		sum += float64(w[i]) * float64(v)
	}
	return sum
}
