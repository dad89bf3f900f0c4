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
		luma := m.Y[y*m.YStride:]
		row := p.pix[3*y*p.w:]
		for x := range p.w {
			rgb(int(luma[x]), int(cb[x]), int(cr[x]), row[3*x:3*x+3])
		}
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
	if !c.halfX {
		for x := range near {
			out[x] = near[x]
			if c.halfY {
				out[x] = byte((3*int(near[x]) + int(far[x]) + 1 + y&1) >> 2)
			}
		}
		return
	}
	// a sample is weighed 3 to 1 with its neighbours of both directions
	one, low, high, shift := 1, 1, 2, 2
	if c.halfY {
		one, low, high, shift = 4, 8, 7, 4
	}
	sum := func(x int) int {
		if c.halfY {
			return 3*int(near[x]) + int(far[x])
		}
		return int(near[x])
	}
	last := c.cw - 1
	for x := range near {
		this := sum(x)
		left, right := 3*this+sum(max(x-1, 0))+low, 3*this+sum(min(x+1, last))+high
		if x == 0 && c.halfY {
			left = one*this + low
		}
		if x == last && c.halfY {
			right = one*this + high
		}
		out[2*x], out[2*x+1] = byte(left>>shift), byte(right>>shift)
	}
}

// jpegRGB converts a pixel as libjpeg does, in 16-bit fixed point.
func jpegRGB(y, cb, cr int, to []byte) {
	cb -= 128
	cr -= 128
	to[0] = clamp(y + (91881*cr+1<<15)>>16)
	to[1] = clamp(y + (-22554*cb-46802*cr+1<<15)>>16)
	to[2] = clamp(y + (116130*cb+1<<15)>>16)
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

// webpRGB converts a pixel as libwebp does: luma is 16 … 235.
func webpRGB(y, u, v int, to []byte) {
	luma := y * 19077 >> 8
	to[0] = clamp((luma + v*26149>>8 - 14234) >> 6)
	to[1] = clamp((luma - u*6419>>8 - v*13320>>8 + 8708) >> 6)
	to[2] = clamp((luma + u*33050>>8 - 17685) >> 6)
}

func clamp(v int) byte { return byte(min(max(v, 0), 255)) }
