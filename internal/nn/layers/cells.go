package layers

// lstmCell is PyTorch's LSTM: c' = f·c + i·g, h' = o·tanh c'.
type lstmCell struct{}

func (lstmCell) gates() int     { return 4 }
func (lstmCell) separate() bool { return false }

func (lstmCell) forward(pre, _, h, c, _, c0 []float32) {
	n := len(h)
	i, f, g, o := pre[:n], pre[n:2*n], pre[2*n:3*n], pre[3*n:]
	for j := range n {
		i[j], f[j], g[j], o[j] = sigmoid32(i[j]), sigmoid32(f[j]), tanh32(g[j]), sigmoid32(o[j])
		c[j] = float32(f[j]*c0[j]) + float32(i[j]*g[j])
		h[j] = o[j] * tanh32(c[j])
	}
}

func (lstmCell) backward(gates, _, c, _, c0, dh, dc, dpre, _ []float32) {
	n := len(dh)
	i, f, g, o := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:]
	for j := range n {
		t := tanh32(c[j])
		d := dc[j] + float32(dh[j]*o[j]*(1-float32(t*t)))
		dpre[j] = d * g[j] * i[j] * (1 - i[j])
		dpre[n+j] = d * c0[j] * f[j] * (1 - f[j])
		dpre[2*n+j] = d * i[j] * (1 - float32(g[j]*g[j]))
		dpre[3*n+j] = dh[j] * t * o[j] * (1 - o[j])
		dc[j], dh[j] = d*f[j], 0
	}
}

// gruCell is PyTorch's GRU: n = tanh(x + r·hid), h' = (1−z)·n + z·h.
type gruCell struct{}

func (gruCell) gates() int     { return 3 }
func (gruCell) separate() bool { return true }

func (gruCell) forward(pre, hid, h, _, h0, _ []float32) {
	n := len(h)
	for j := range n {
		r, z := sigmoid32(pre[j]+hid[j]), sigmoid32(pre[n+j]+hid[n+j])
		c := tanh32(pre[2*n+j] + float32(r*hid[2*n+j]))
		pre[j], pre[n+j], pre[2*n+j] = r, z, c
		h[j] = float32((1-z)*c) + float32(z*h0[j])
	}
}

func (gruCell) backward(gates, hid, _, h0, _, dh, _, dpre, dhid []float32) {
	n := len(dh)
	for j := range n {
		r, z, c := gates[j], gates[n+j], gates[2*n+j]
		dc := dh[j] * (1 - z) * (1 - float32(c*c))
		dz := dh[j] * (h0[j] - c) * z * (1 - z)
		dr := dc * hid[2*n+j] * r * (1 - r)
		dpre[j], dpre[n+j], dpre[2*n+j] = dr, dz, dc
		dhid[j], dhid[n+j], dhid[2*n+j] = dr, dz, dc*r
		dh[j] *= z
	}
}

// rnnCell is PyTorch's RNN: h' = tanh(…) or max(…, 0).
type rnnCell struct{ relu bool }

func (rnnCell) gates() int     { return 1 }
func (rnnCell) separate() bool { return false }

func (r rnnCell) forward(pre, _, h, _, _, _ []float32) {
	for j, v := range pre {
		if r.relu {
			h[j] = max(v, 0)
		} else {
			h[j] = tanh32(v)
		}
		pre[j] = h[j]
	}
}

func (r rnnCell) backward(gates, _, _, _, _, dh, _, dpre, _ []float32) {
	for j, h := range gates {
		slope := 1 - float32(h*h)
		if r.relu {
			slope = 0
			if h > 0 {
				slope = 1
			}
		}
		dpre[j], dh[j] = dh[j]*slope, 0
	}
}
