// Package baseline decodes JPEG pictures of the kind that nearly all are, to the
// bits of libjpeg's default and in a fraction of the time of package image/jpeg:
// sequential, Huffman coded, 8 bits, all components in one scan, grey or YCbCr.
// What is of another kind or not quite in order is left to image/jpeg, which knows
// more, and whose word on errors counts.
//
// Format: ITU-T T.81; sections in comments are its.
package baseline

import "image"

const (
	sof0 = 0xc0 // baseline
	sof1 = 0xc1 // extended sequential
	dht  = 0xc4
	rst0 = 0xd0
	eoi  = 0xd9
	sos  = 0xda
	dqt  = 0xdb
	dri  = 0xdd
	app0 = 0xe0
	com  = 0xfe

	app14 = 0xee // Adobe's says how colours are coded
)

// unzig is where the coefficients of a block are that come in zigzag order.
var unzig = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// component is one plane of a picture.
type component struct {
	id, table byte
	h, v      int // blocks in an MCU
	dc, ac    *huffman
	quant     *[64]int32
	last      int32 // the first coefficient of the block before
	pix       []byte
	stride    int
}

// decoder holds what a file said so far.
type decoder struct {
	bits
	width, height int
	components    []component
	quants        [4]*[64]int32
	tables        [2][4]*huffman // DC and AC
	interval      int            // MCUs between restarts; 0 for no restarts
	block         [64]int32
}

// Decode returns the picture of a file, an *image.Gray or *image.YCbCr whose
// bounds begin at 0, and true; false for a file that image/jpeg must look at. Its
// memory is that of the width and height which the file states: the caller bounds
// them before.
func Decode(file []byte) (image.Image, bool) {
	d := decoder{bits: bits{data: file, at: 2}}
	if len(file) < 2 || file[0] != 0xff || file[1] != 0xd8 {
		return nil, false
	}
	for {
		marker, segment := d.segment()
		ok := false
		switch {
		case marker == sof0 || marker == sof1:
			ok = d.frame(segment)
		case marker == dht:
			ok = d.huffmanTables(segment)
		case marker == dqt:
			ok = d.quantTables(segment)
		case marker == dri && len(segment) == 2:
			d.interval, ok = int(segment[0])<<8|int(segment[1]), true
		case marker == app14:
			ok = len(segment) < 12 || string(segment[:5]) != "Adobe" || segment[11] == 1
		case marker >= app0 && marker < app0+16 || marker == com:
			ok = true
		case marker == sos:
			return d.picture(segment)
		}
		if !ok {
			return nil, false
		}
	}
}

// segment reads a marker and what belongs to it; marker 0 if there is none.
func (d *decoder) segment() (marker byte, segment []byte) {
	head := d.data[d.at:]
	if len(head) < 4 || head[0] != 0xff {
		return 0, nil
	}
	size := int(head[2])<<8 | int(head[3])
	if size < 2 || size+2 > len(head) {
		return 0, nil
	}
	d.at += size + 2
	return head[1], head[4 : size+2]
}

// frame reads a frame header (B.2.2).
func (d *decoder) frame(b []byte) bool {
	if d.components != nil || len(b) < 6 || b[0] != 8 || len(b) != 6+3*int(b[5]) || b[5] != 1 && b[5] != 3 {
		return false
	}
	d.height, d.width = int(b[1])<<8|int(b[2]), int(b[3])<<8|int(b[4])
	for c := b[6:]; len(c) > 0; c = c[3:] {
		d.components = append(d.components, component{id: c[0], h: int(c[1] >> 4), v: int(c[1] & 15), table: c[2]})
		if c[2] > 3 {
			return false
		}
	}
	if len(d.components) == 1 {
		d.components[0].h, d.components[0].v = 1, 1 // A.2.2
	}
	return d.width > 0 && d.height > 0 && (len(d.components) == 1 || d.isYCbCr())
}

// isYCbCr reports whether three components are luma, and chroma of as many samples
// or half as many in a direction.
func (d *decoder) isYCbCr() bool {
	y, cb, cr := d.components[0], d.components[1], d.components[2]
	distinct := y.id != cb.id && cb.id != cr.id && cr.id != y.id
	return distinct && (y.id != 'R' || cb.id != 'G' || cr.id != 'B') &&
		(y.h == 1 || y.h == 2) && (y.v == 1 || y.v == 2) && cb.h == 1 && cb.v == 1 && cr.h == 1 && cr.v == 1
}

// quantTables reads tables of quantization (B.2.4.1).
func (d *decoder) quantTables(b []byte) bool {
	for len(b) > 0 {
		wide, place, size := b[0]>>4 == 1, b[0]&15, 65
		if wide {
			size = 129
		}
		if b[0]>>4 > 1 || place > 3 || len(b) < size {
			return false
		}
		q := new([64]int32)
		for i := range q {
			if wide {
				q[i] = int32(b[1+2*i])<<8 | int32(b[2+2*i])
			} else {
				q[i] = int32(b[1+i])
			}
		}
		d.quants[place] = q
		b = b[size:]
	}
	return true
}

// huffmanTables reads tables of codes (B.2.4.2).
func (d *decoder) huffmanTables(b []byte) bool {
	for len(b) > 0 {
		class, place := b[0]>>4, b[0]&15
		if class > 1 || place > 3 || len(b) < 17 {
			return false
		}
		n := 0
		for _, count := range b[1:17] {
			n += int(count)
		}
		if n == 0 || n > 256 || len(b) < 17+n {
			return false
		}
		if d.tables[class][place] = newHuffman(b[1:17], b[17:17+n]); d.tables[class][place] == nil {
			return false
		}
		b = b[17+n:]
	}
	return true
}
