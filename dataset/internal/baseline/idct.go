package baseline

// The inverse cosine transform of libjpeg's "islow" (jidctint.c), which is
// Loeffler, Ligtenberg and Moschytz's with 12 multiplications in 13-bit fixed
// point: with it pixels are those of libjpeg, bit by bit.
const (
	constBits = 13
	pass1Bits = 2

	fix0298 = 2446
	fix0390 = 3196
	fix0541 = 4433
	fix0765 = 6270
	fix0899 = 7373
	fix1175 = 9633
	fix1501 = 12299
	fix1847 = 15137
	fix1961 = 16069
	fix2053 = 16819
	fix2562 = 20995
	fix3072 = 25172
)

// butterfly transforms eight coefficients. Outputs i and 7-i are a[i] + b[i] and
// a[i] - b[i].
func butterfly(c0, c1, c2, c3, c4, c5, c6, c7 int32) (a0, a1, a2, a3, b0, b1, b2, b3 int32) {
	z := (c2 + c6) * fix0541
	even2, even3 := z-c6*fix1847, z+c2*fix0765
	even0, even1 := (c0+c4)<<constBits, (c0-c4)<<constBits
	a0, a3 = even0+even3, even0-even3
	a1, a2 = even1+even2, even1-even2

	z1, z2, z3, z4 := c7+c1, c5+c3, c7+c3, c5+c1
	z5 := (z3 + z4) * fix1175
	z1, z2, z3, z4 = -z1*fix0899, -z2*fix2562, z5-z3*fix1961, z5-z4*fix0390
	b3 = c7*fix0298 + z1 + z3
	b2 = c5*fix2053 + z2 + z4
	b1 = c3*fix3072 + z2 + z3
	b0 = c1*fix1501 + z1 + z4
	return a0, a1, a2, a3, b0, b1, b2, b3
}

// idct transforms the coefficients of a block into 8×8 pixels, in rows that are
// stride apart.
func idct(block *[64]int32, dst []byte, stride int) {
	for x := range 8 {
		column(block, x)
	}
	for y := range 8 {
		row((*[8]int32)(block[8*y:]), (*[8]byte)(dst[y*stride:]))
	}
}

func column(b *[64]int32, x int) {
	x &= 7
	c0, c1, c2, c3, c4, c5, c6, c7 := b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x]
	if c1|c2|c3|c4|c5|c6|c7 == 0 {
		c0 <<= pass1Bits
		b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x] = c0, c0, c0, c0, c0, c0, c0, c0
		return
	}
	a0, a1, a2, a3, b0, b1, b2, b3 := butterfly(c0, c1, c2, c3, c4, c5, c6, c7)
	const shift, half = constBits - pass1Bits, 1 << (constBits - pass1Bits - 1)
	b[x], b[56+x] = (a0+b0+half)>>shift, (a0-b0+half)>>shift
	b[8+x], b[48+x] = (a1+b1+half)>>shift, (a1-b1+half)>>shift
	b[16+x], b[40+x] = (a2+b2+half)>>shift, (a2-b2+half)>>shift
	b[24+x], b[32+x] = (a3+b3+half)>>shift, (a3-b3+half)>>shift
}

func row(c *[8]int32, to *[8]byte) {
	a0, a1, a2, a3, b0, b1, b2, b3 := butterfly(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7])
	const shift = constBits + pass1Bits + 3
	const half = 128<<shift + 1<<(shift-1) // pixels are 128 around 0
	a0, a1, a2, a3 = a0+half, a1+half, a2+half, a3+half
	to[0], to[7] = pixel((a0+b0)>>shift), pixel((a0-b0)>>shift)
	to[1], to[6] = pixel((a1+b1)>>shift), pixel((a1-b1)>>shift)
	to[2], to[5] = pixel((a2+b2)>>shift), pixel((a2-b2)>>shift)
	to[3], to[4] = pixel((a3+b3)>>shift), pixel((a3-b3)>>shift)
}

// flat is idct of a block whose only coefficient is the first.
func flat(dc int32, dst []byte, stride int) {
	v := pixel((dc+4)>>3 + 128)
	for y := range 8 {
		to := (*[8]byte)(dst[y*stride:])
		*to = [8]byte{v, v, v, v, v, v, v, v}
	}
}

// pixel limits a value to a byte.
func pixel(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31)) // 0 below, 255 above
	}
	return byte(v)
}
