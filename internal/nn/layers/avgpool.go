package layers

func avgPoolPlan(a *args, dims int) Plan {
	l := &avgPool{pool: readStrided(a, dims, false), countPadding: a.bool("count_include_pad", true)}
	if dims == 2 {
		l.divisor = a.int("divisor_override", 0, 1)
	}
	return poolPlan(l)
}

// avgPool is torch.nn.AvgPool1d to 3d, adaptive or not.
type avgPool struct {
	pool
	divisor      int // of every mean; 0 for the window's size
	countPadding bool
}

func (l *avgPool) Forward(s *State, lo, hi int) {
	wk := s.work.(*poolWork)
	l.each(s, lo, hi, func(out, plane int, row window) {
		for i, col := range wk.cols {
			sum := 0.0
			if col.end-col.start == wk.w && row.step == 1 && row.start < row.end { // whole rows: one after the other in x
				sum = sumOf(s.x[plane+row.start*wk.w : plane+row.end*wk.w])
			} else {
				for y := row.start; y < row.end; y += row.step {
					sum += sumOf(s.x[plane+y*wk.w:][col.start:col.end])
				}
			}
			s.y[out+i] = float32(sum / l.divideBy(row, col))
		}
	})
}

// sumOf keeps four sums, since each addition of a single one would wait for the
// addition before.
func sumOf(x []float32) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v)
	}
	return a + b + (c + d)
}

// divideBy is the divisor of a window's mean.
func (l *avgPool) divideBy(row, col window) float64 {
	switch {
	case l.divisor > 0:
		return float64(l.divisor)
	case l.countPadding:
		return float64(row.size) * float64(col.size)
	}
	return float64(row.end-row.start) * float64(col.end-col.start)
}

func (l *avgPool) Backward(s *State, lo, hi int) {
	clear(s.dxs(lo, hi))
	wk := s.work.(*poolWork)
	l.each(s, lo, hi, func(out, plane int, row window) {
		for i, col := range wk.cols {
			g := float32(float64(s.dy[out+i]) / l.divideBy(row, col))
			for y := row.start; y < row.end; y += row.step {
				line := s.dx[plane+y*wk.w:][col.start:col.end]
				for x := range line {
					line[x] += g
				}
			}
		}
	})
}
