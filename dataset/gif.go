package dataset

import (
	"bytes"
	"image"
	"image/gif"
)

// decodeGIF decodes the first frame of a GIF with the colours of all its pixels:
// package gif makes those of transparent ones black, which Pillow's convert does
// not.
func decodeGIF(file []byte) (image.Image, error) {
	if at := gifTransparency(file); at > 0 {
		file = bytes.Clone(file)
		file[at] &^= 1
	}
	return gif.Decode(bytes.NewReader(file))
}

// gifTransparency returns where the flags of the first frame are if it has a
// transparent colour that is in its palette; 0 if not, or for a damaged file,
// about which package gif says more. Format: GIF89a, appendix A and sections 18,
// 20 and 23.
func gifTransparency(file []byte) int {
	if len(file) < 13 {
		return 0
	}
	colours := gifColours(file[10])
	at, flags, transparent := 13+3*colours, 0, 0
	for at+10 < len(file) {
		switch file[at] {
		case 0x21: // an extension
			if file[at+1] == 0xf9 && file[at+2] == 4 {
				flags, transparent = at+3, int(file[at+6])
			}
			for at += 2; at < len(file) && file[at] != 0; {
				at += 1 + int(file[at])
			}
			at++
		case 0x2c: // the first frame
			if own := gifColours(file[at+9]); own > 0 {
				colours = own
			}
			if flags > 0 && file[flags]&1 != 0 && transparent < colours {
				return flags
			}
			return 0
		default:
			return 0
		}
	}
	return 0
}

// gifColours returns how many colours the palette has that flags speak of.
func gifColours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 2 << (flags & 7)
}
