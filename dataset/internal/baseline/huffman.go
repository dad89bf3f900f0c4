package baseline

// lookBits are the bits of a code, and of the value behind it, that are looked up
// at once.
const lookBits = 10

// huffman decodes one table of codes.
type huffman struct {
	// codes holds length<<8 | symbol of the code that the next bits begin with; 0 if
	// it is longer
	codes [1 << lookBits]uint16
	// values holds value<<8 | zeros<<4 | length of a coefficient, the zeros in front
	// of it and its bits; 0 if they are not all among the next bits. Of AC tables.
	values [1 << lookBits]int16
	// limits are, by length, the first code of 16 bits behind those of the length,
	// and offsets what to add to a code to find its symbol
	limits  [17]uint32
	offsets [17]int32
	symbols []byte
}

// newHuffman makes a table of how many codes there are of every length from 1 on,
// and the symbols in the order of their codes. It returns nil if there are more
// codes than bits for them.
func newHuffman(counts, symbols []byte) *huffman {
	h := &huffman{symbols: symbols}
	code, k := uint32(0), 0
	for length := 1; length <= 16; length++ {
		h.offsets[length] = int32(k) - int32(code)
		for range counts[length-1] {
			if length <= lookBits {
				first := code << (lookBits - length)
				for i := range uint32(1) << (lookBits - length) {
					if int(first+i) >= len(h.codes) {
						return nil
					}
					h.codes[first+i] = uint16(length)<<8 | uint16(symbols[k])
				}
			}
			code++
			k++
		}
		if code > 1<<length {
			return nil
		}
		h.limits[length] = code << (16 - length)
		code <<= 1
	}
	h.findValues()
	return h
}

// findValues looks for the values that are among the bits of a look-up.
func (h *huffman) findValues() {
	for bits := range h.values {
		length, symbol := int(h.codes[bits]>>8), int(h.codes[bits]&0xff)
		zeros, size := symbol>>4, symbol&15
		if length == 0 || size == 0 || length+size > lookBits {
			continue
		}
		v := extend(uint64(bits)>>(lookBits-length-size)&(1<<size-1), size)
		if v >= -128 && v < 128 {
			h.values[bits] = int16(v<<8) | int16(zeros<<4) | int16(length+size)
		}
	}
}

// extend returns the value of a coefficient whose size bits are v: EXTEND of
// F.2.2.1.
func extend(v uint64, size int) int32 {
	if size > 0 && v < 1<<(size-1) {
		return int32(v) - 1<<size + 1
	}
	return int32(v)
}

// symbol returns the symbol of the code that the next bits begin with, and its
// length; 0 if there is none.
func (h *huffman) symbol(next uint64) (symbol byte, length int) {
	if code := h.codes[next>>(64-lookBits)]; code != 0 {
		return byte(code), int(code >> 8)
	}
	return h.long(next)
}

// long decodes a code that is longer than a look-up; length 0 if there is none.
func (h *huffman) long(next uint64) (symbol byte, length int) {
	code := uint32(next >> 48)
	for length = lookBits + 1; length <= 16; length++ {
		if code < h.limits[length] {
			return h.symbols[int32(code>>(16-length))+h.offsets[length]], length
		}
	}
	return 0, 0
}

// bits reads the entropy-coded data of a scan, from the highest bit on.
type bits struct {
	data   []byte
	at     int
	next   uint64 // the next n bits, from the highest on
	n      int
	padded int // of these, zeros behind the end of the data
}

// fill makes n at least 57. Where a marker or the end of the file comes next, it
// fills with zeros.
func (b *bits) fill() {
	if b.at+8 <= len(b.data) {
		w := uint64(b.data[b.at])<<56 | uint64(b.data[b.at+1])<<48 | uint64(b.data[b.at+2])<<40 | uint64(b.data[b.at+3])<<32 |
			uint64(b.data[b.at+4])<<24 | uint64(b.data[b.at+5])<<16 | uint64(b.data[b.at+6])<<8 | uint64(b.data[b.at+7])
		const ones, highs = 0x0101010101010101, 0x8080808080808080
		if (^w-ones)&w&highs == 0 { // no byte is 0xff
			b.next |= w >> b.n
			whole := (64 - b.n) >> 3
			b.at += whole
			b.n += 8 * whole
			return
		}
	}
	for ; b.n <= 56; b.n += 8 {
		switch {
		case b.at < len(b.data) && b.data[b.at] != 0xff:
			b.next |= uint64(b.data[b.at]) << (56 - b.n)
			b.at++
		case b.at+1 < len(b.data) && b.data[b.at+1] == 0: // a stuffed zero
			b.next |= 0xff << (56 - b.n)
			b.at += 2
		default:
			b.padded += 8
		}
	}
}

// atMarker reports whether all data up to the next marker was read, but for bits
// that fill its last byte, and no more than that.
func (b *bits) atMarker() bool {
	left := b.n - b.padded
	return left >= 0 && left < 8 && b.at+1 < len(b.data) && b.data[b.at] == 0xff
}

// skipMarker goes on behind the marker of two bytes.
func (b *bits) skipMarker() {
	*b = bits{data: b.data, at: b.at + 2}
}
