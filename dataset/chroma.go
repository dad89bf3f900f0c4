package dataset

import "image"

// fromYCbCr converts an image of luma and chroma. Where chroma has fewer samples,
// these are interpolated as libjpeg ("fancy upsampling") and libwebp do, which
// Pillow uses: taking the nearest one, as package image does, is up to 100 of 255
// off at edges of colours.
func (p picture) fromYCbCr(m *image.YCbCr, format string) {
	c := chroma{m: m, h: p.h, cw: p.w, ch: p.h}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		c.halfX, c.halfY = true, true
	case image.YCbCrSubsampleRatio422:
		c.halfX = true
	case image.YCbCrSubsampleRatio440:
		c.halfY = true
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		b := m.Bounds()
		p.each(func(x, y int, to []byte) { plain(m.At(b.Min.X+x, b.Min.Y+y), to) })
		return
	}
	if c.halfX {
		c.cw = (p.w + 1) / 2
	}
	if c.halfY {
		c.ch = (p.h + 1) / 2
	}
	upsample, rgb := c.jpegRow, jpegRGB
	if format == "webp" {
		upsample, rgb = c.webpRow, webpRGB
	}
	cb, cr := make([]byte, 2*c.cw), make([]byte, 2*c.cw)
	for y := range p.h {
		upsample(m.Cb, y, cb)
		upsample(m.Cr, y, cr)
		rgb(m.Y[y*m.YStride:], cb, cr, p.pix[3*y*p.w:][:3*p.w])
	}
}

// chroma is a plane of an image with cw × ch samples, half as many as pixels in
// a direction where half is set.
type chroma struct {
	m            *image.YCbCr
	h, cw, ch    int
	halfX, halfY bool
}

// rows returns the row of samples nearest to the pixels of row y, and the next
// one on their other side (the same at the upper and lower edge).
func (c chroma) rows(plane []byte, y int) (near, far []byte) {
	v, other := y, y
	if c.halfY {
		v = y / 2
		other = v - 1 + 2*(y&1)
	}
	other = min(max(other, 0), c.ch-1)
	return plane[v*c.m.CStride:][:c.cw], plane[other*c.m.CStride:][:c.cw]
}

// jpegRow writes the samples for the pixels of row y, as libjpeg's
// h2v2_fancy_upsample, h2v1_fancy_upsample and h1v2_fancy_upsample.
func (c chroma) jpegRow(plane []byte, y int, out []byte) {
	near, far := c.rows(plane, y)
	switch {
	case c.halfX && c.cw <= 2: // too narrow for libjpeg to interpolate
		for x, v := range near {
			out[2*x], out[2*x+1] = v, v
		}
	case c.halfX && c.halfY:
		upsampleBoth(near, far, out)
	case c.halfX:
		upsampleX(near, out)
	case c.halfY:
		bias := 1 + y&1
		for x := range near {
			out[x] = byte((3*int(near[x]) + int(far[x]) + bias) >> 2)
		}
	default:
		copy(out, near)
	}
}

// upsampleBoth weighs every sample 3 to 1 with its neighbours of both directions.
func upsampleBoth(near, far, out []byte) {
	far, out = far[:len(near)], out[:2*len(near)]
	this := 3*int32(near[0]) + int32(far[0])
	out[0] = byte((4*this + 8) >> 4)
	for x := 1; x < len(near); x++ {
		next := 3*int32(near[x]) + int32(far[x])
		two := out[2*x-1 : 2*x+1]
		two[0], two[1] = byte((3*this+next+7)>>4), byte((3*next+this+8)>>4)
		this = next
	}
	out[len(out)-1] = byte((4*this + 7) >> 4)
}

// upsampleX weighs every sample 3 to 1 with its neighbours in the row.
func upsampleX(near, out []byte) {
	out = out[:2*len(near)]
	this := int32(near[0])
	out[0] = byte(this)
	for x := 1; x < len(near); x++ {
		next := int32(near[x])
		two := out[2*x-1 : 2*x+1]
		two[0], two[1] = byte((3*this+next+2)>>2), byte((3*next+this+1)>>2)
		this = next
	}
	out[len(out)-1] = byte(this)
}

// jpegRGB converts a row of pixels as libjpeg does, in 16-bit fixed point.
func jpegRGB(luma, cb, cr, to []byte) {
	const half = 1 << 15
	for x := 0; len(to) >= 3; x++ {
		y, u, v := int32(luma[x]), int32(cb[x])-128, int32(cr[x])-128
		rgb := (*[3]byte)(to)
		rgb[0] = clamp32(y + (91881*v+half)>>16)
		rgb[1] = clamp32(y + (half-22554*u-46802*v)>>16)
		rgb[2] = clamp32(y + (116130*u+half)>>16)
		to = to[3:]
	}
}

// webpRow writes the samples for the pixels of row y, as libwebp's fancy
// upsampler.
func (c chroma) webpRow(plane []byte, y int, out []byte) {
	near, far := c.rows(plane, y)
	for x := range near {
		n, v := int(near[x]), int(far[x])
		for side := range 2 {
			other := x - 1 + 2*side
			if other < 0 || other >= c.cw {
				out[2*x+side] = byte((3*n + v + 2) >> 2)
				continue
			}
			h, d := int(near[other]), int(far[other])
			diagonal := (n + h + v + d + 8 + 2*(h+v)) >> 3
			out[2*x+side] = byte((diagonal + n) >> 1)
		}
	}
}

// webpRGB converts a row of pixels as libwebp does: luma is 16 … 235.
func webpRGB(luma, cb, cr, to []byte) {
	for x := 0; len(to) >= 3; x++ {
		y, u, v := int32(luma[x])*19077>>8, int32(cb[x]), int32(cr[x])
		rgb := (*[3]byte)(to)
		rgb[0] = clamp32((y + v*26149>>8 - 14234) >> 6)
		rgb[1] = clamp32((y - u*6419>>8 - v*13320>>8 + 8708) >> 6)
		rgb[2] = clamp32((y + u*33050>>8 - 17685) >> 6)
		to = to[3:]
	}
}

// clamp32 limits a value to a byte, and is fast where it seldom has to.
func clamp32(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31)) // 0 below, 255 above
	}
	return byte(v)
}
