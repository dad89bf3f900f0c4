package baseline

import "image"

// picture reads the scan, and the end of the file behind it.
func (d *decoder) picture(header []byte) (image.Image, bool) {
	if !d.scanHeader(header) {
		return nil, false
	}
	img, columns, rows := d.planes()
	d.bits = bits{data: d.data, at: d.at}
	if !d.scan(columns, rows) || !d.atMarker() || d.data[d.at+1] != eoi {
		return nil, false
	}
	return img, true
}

// scanHeader reads the header of the one scan, of all components in their order
// (B.2.3).
func (d *decoder) scanHeader(b []byte) bool {
	n := len(d.components)
	if n == 0 || len(b) != 4+2*n || int(b[0]) != n || b[1+2*n] != 0 || b[2+2*n] != 63 || b[3+2*n] != 0 {
		return false
	}
	for i := range d.components {
		c, id, tables := &d.components[i], b[1+2*i], b[2+2*i]
		if id != c.id || tables>>4 > 3 || tables&15 > 3 {
			return false
		}
		c.dc, c.ac, c.quant = d.tables[0][tables>>4], d.tables[1][tables&15], d.quants[c.table]
		if c.dc == nil || c.ac == nil || c.quant == nil {
			return false
		}
	}
	return true
}

// planes allocates the picture, in whole MCUs, and returns how many there are.
func (d *decoder) planes() (img image.Image, columns, rows int) {
	y := &d.components[0]
	columns, rows = (d.width+8*y.h-1)/(8*y.h), (d.height+8*y.v-1)/(8*y.v)
	all, shown := image.Rect(0, 0, 8*y.h*columns, 8*y.v*rows), image.Rect(0, 0, d.width, d.height)
	if len(d.components) == 1 {
		m := image.NewGray(all)
		y.pix, y.stride = m.Pix, m.Stride
		return m.SubImage(shown), columns, rows
	}
	ratio := map[[2]int]image.YCbCrSubsampleRatio{
		{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422,
		{1, 2}: image.YCbCrSubsampleRatio440, {2, 2}: image.YCbCrSubsampleRatio420,
	}[[2]int{y.h, y.v}]
	m := image.NewYCbCr(all, ratio)
	y.pix, y.stride = m.Y, m.YStride
	d.components[1].pix, d.components[1].stride = m.Cb, m.CStride
	d.components[2].pix, d.components[2].stride = m.Cr, m.CStride
	return m.SubImage(shown), columns, rows
}

// scan decodes all MCUs, a row of them after the other.
func (d *decoder) scan(columns, rows int) bool {
	left, restarts := d.interval, 0
	for my := range rows {
		for mx := range columns {
			if d.interval > 0 && left == 0 {
				if !d.restart(restarts) {
					return false
				}
				left, restarts = d.interval, restarts+1
			}
			left--
			for i := range d.components {
				if !d.mcu(&d.components[i], mx, my) {
					return false
				}
			}
		}
		if d.n < d.padded { // the data ended before
			return false
		}
	}
	return true
}

// restart reads a restart marker (F.2.1.3.1).
func (d *decoder) restart(n int) bool {
	if !d.atMarker() || d.data[d.at+1] != rst0+byte(n%8) {
		return false
	}
	d.skipMarker()
	for i := range d.components {
		d.components[i].last = 0
	}
	return true
}

// mcu decodes the blocks of one component in an MCU.
func (d *decoder) mcu(c *component, mx, my int) bool {
	for v := range c.v {
		for h := range c.h {
			last, ok := d.coefficients(c)
			if !ok {
				return false
			}
			dst := c.pix[8*((my*c.v+v)*c.stride+mx*c.h+h):]
			if last == 0 {
				flat(d.block[0], dst, c.stride)
			} else {
				idct(&d.block, dst, c.stride)
			}
		}
	}
	return true
}

// coefficients decodes a block (F.2.2), dequantized, and returns the place of its
// last coefficient in zigzag order.
func (d *decoder) coefficients(c *component) (last int, ok bool) {
	d.block = [64]int32{}
	if d.n < 32 {
		d.fill()
	}
	symbol, length := c.dc.symbol(d.next)
	size := int(symbol)
	if length == 0 || size > 15 {
		return 0, false
	}
	d.next, d.n = d.next<<length, d.n-length-size
	c.last += extend(d.next>>(64-size), size)
	d.next <<= size
	d.block[0] = c.last * c.quant[0]
	return d.ac(c.ac, c.quant)
}

// ac decodes the coefficients behind the first.
func (d *decoder) ac(h *huffman, quant *[64]int32) (last int, ok bool) {
	next, n := d.next, d.n // in registers
	for k := 1; k < 64; k++ {
		if n < 32 {
			d.next, d.n = next, n
			d.fill()
			next, n = d.next, d.n
		}
		if v := h.values[next>>(64-lookBits)]; v != 0 {
			length := int(v & 15)
			next, n = next<<length, n-length
			if k += int(v >> 4 & 15); k > 63 {
				return 0, false
			}
			d.block[unzig[k]&63] = int32(v>>8) * quant[k]
			last = k
			continue
		}
		symbol, length := h.symbol(next)
		zeros, size := int(symbol>>4), int(symbol&15)
		next, n = next<<length, n-length-size
		if length == 0 {
			return 0, false
		}
		if size == 0 {
			if symbol == 0 {
				break // the end of the block
			}
			if zeros < 15 {
				return 0, false // of progressive pictures
			}
		}
		if k += zeros; k > 63 {
			return 0, false
		}
		if size > 0 {
			d.block[unzig[k]&63] = extend(next>>(64-size), size) * quant[k]
			next <<= size
			last = k
		}
	}
	d.next, d.n = next, n
	return last, true
}
