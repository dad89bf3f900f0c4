package packagefmt

import "strings"

const (
	bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	secretPrefix   = "age-secret-key-"
)

// encodeBech32 writes a secret key as age does: BIP 173, in upper case.
func encodeBech32(data []byte) string {
	var values []byte
	acc, bits := 0, 0
	for _, b := range data {
		acc, bits = acc<<8|int(b), bits+8
		for ; bits >= 5; bits -= 5 {
			values = append(values, byte(acc>>(bits-5)&31))
		}
		acc &= 1<<bits - 1
	}
	if bits > 0 {
		values = append(values, byte(acc<<(5-bits)&31))
	}
	sum := bech32Checksum(values)
	text := []byte(secretPrefix + "1")
	for _, v := range append(values, sum[:]...) {
		text = append(text, bech32Alphabet[v])
	}
	return strings.ToUpper(string(text))
}

func bech32Checksum(values []byte) (sum [6]byte) {
	var all []byte
	for _, c := range []byte(secretPrefix) {
		all = append(all, c>>5)
	}
	all = append(all, 0)
	for _, c := range []byte(secretPrefix) {
		all = append(all, c&31)
	}
	state := uint32(1)
	for _, v := range append(append(all, values...), sum[:]...) {
		top := state >> 25
		state = state&0x1ffffff<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				state ^= g
			}
		}
	}
	state ^= 1
	for i := range sum {
		sum[i] = byte(state >> (5 * (5 - i)) & 31)
	}
	return sum
}
