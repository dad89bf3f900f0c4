package dataset

import (
	"fmt"
	"image"
	"image/color"
)

// convert makes bytes of an image as Pillow's convert("RGB") and convert("L")
// do: transparency is dropped, not blended; of 16-bit colours the upper byte
// counts; grey of colours is their luma of ITU-R 601. scale is Options.Scale.
func convert(img image.Image, format string, channels int, scale float64) (picture, error) {
	b := img.Bounds()
	p := picture{b.Dx(), b.Dy(), 3, make([]byte, 3*b.Dx()*b.Dy())}
	grey := false
	switch m := img.(type) {
	case *image.Gray:
		p.each(func(x, y int, to []byte) { to[0] = m.Pix[y*m.Stride+x] })
		grey = true
	case *image.Gray16:
		if err := p.fromGray16(m, scale); err != nil {
			return picture{}, err
		}
		grey = true
	case *image.RGBA:
		p.each(func(x, y int, to []byte) { divided(m.Pix[y*m.Stride+4*x:][:4], to) })
	case *image.NRGBA:
		p.each(func(x, y int, to []byte) { copy(to, m.Pix[y*m.Stride+4*x:][:3]) })
	case *image.NRGBA64:
		p.each(func(x, y int, to []byte) {
			from := m.Pix[y*m.Stride+8*x:]
			to[0], to[1], to[2] = from[0], from[2], from[4]
		})
	case *image.YCbCr:
		p.fromYCbCr(m, format)
	case *image.NYCbCrA:
		p.fromYCbCr(&m.YCbCr, format)
	case *image.CMYK:
		p.each(func(x, y int, to []byte) { cmyk(m.Pix[y*m.Stride+4*x:], to) })
	case *image.Paletted:
		table := paletteBytes(m.Palette)
		p.each(func(x, y int, to []byte) { copy(to, table[m.Pix[y*m.Stride+x]][:]) })
	default:
		p.each(func(x, y int, to []byte) { plain(img.At(b.Min.X+x, b.Min.Y+y), to) })
	}
	return p.asChannels(channels, grey), nil
}

// fromGray16 reads 16-bit grey. Pillow makes 255 of all that is over it, which
// leaves little of a picture that uses its range: somebody must have said so.
func (p picture) fromGray16(m *image.Gray16, scale float64) error {
	over := false
	p.each(func(x, y int, to []byte) {
		from := m.Pix[y*m.Stride+2*x:]
		switch {
		case scale == 65535:
			to[0] = from[0]
		case from[0] > 0:
			over, to[0] = true, 255
		default:
			to[0] = from[1]
		}
	})
	if over && scale != 255 {
		return fmt.Errorf("%w: 16-bit grey with values over 255; say whether its range is 65535 (Options.Scale), or 255 to cut it off there as Pillow does", ErrFormat)
	}
	return nil
}

// each calls set for every pixel, with its place and the three bytes to write.
func (p picture) each(set func(x, y int, to []byte)) {
	for y := range p.h {
		row := p.pix[3*y*p.w:]
		for x := range p.w {
			set(x, y, row[3*x:3*x+3])
		}
	}
}

// asChannels makes grey of colours or the other way; grey says that only the
// first of the three bytes of a pixel is set.
func (p picture) asChannels(channels int, grey bool) picture {
	if channels == 3 {
		for i := 0; grey && i < len(p.pix); i += 3 {
			p.pix[i+1], p.pix[i+2] = p.pix[i], p.pix[i]
		}
		return p
	}
	out := picture{p.w, p.h, 1, p.pix[:p.w*p.h]}
	for i := range out.pix {
		if r, g, b := int(p.pix[3*i]), int(p.pix[3*i+1]), int(p.pix[3*i+2]); grey {
			out.pix[i] = byte(r)
		} else {
			out.pix[i] = byte((19595*r + 38470*g + 7471*b + 0x8000) >> 16) // Pillow's L24
		}
	}
	return out
}

// divided writes the colour of a pixel that was multiplied by its opacity, as
// Pillow does (unpackRGBa in Unpack.c).
func divided(from, to []byte) {
	switch opacity := int(from[3]); opacity {
	case 0:
		clear(to)
	case 255:
		copy(to, from[:3])
	default:
		for i := range 3 {
			to[i] = byte(min(255, 255*int(from[i])/opacity))
		}
	}
}

// plain writes the colour without its transparency.
func plain(c color.Color, to []byte) {
	n := color.NRGBA64Model.Convert(c).(color.NRGBA64)
	to[0], to[1], to[2] = byte(n.R>>8), byte(n.G>>8), byte(n.B>>8)
}

func paletteBytes(palette color.Palette) (table [256][3]byte) {
	for i, c := range palette[:min(len(palette), 256)] {
		if n, ok := c.(color.NRGBA); ok { // converting one that is transparent would lose its colour
			table[i] = [3]byte{n.R, n.G, n.B}
			continue
		}
		plain(c, table[i][:])
	}
	return table
}

// cmyk converts one pixel as Pillow does.
func cmyk(from, to []byte) {
	k := 255 - int(from[3])
	for i := range 3 {
		t := int(from[i])*k + 128
		to[i] = byte(max(0, k-((t>>8)+t)>>8))
	}
}
