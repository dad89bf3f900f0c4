package dataset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// exifOrientation returns the orientation that a JPEG's EXIF data states, 1 to
// 8; 1 for a file of another kind, without EXIF, or whose EXIF does not say. It
// reads the segments in front of the pixels only. Format: Exif 2.32, 4.5 and
// 4.6.
func exifOrientation(r io.Reader) (int, error) {
	in := bufio.NewReader(r)
	var start [2]byte
	if n, _ := io.ReadFull(in, start[:]); n < 2 || start != [2]byte{0xff, 0xd8} {
		return 1, nil // no JPEG
	}
	for {
		var head [4]byte
		if err := readFull(in, head[:]); err != nil {
			return 0, err
		}
		if head[0] != 0xff {
			return 0, fmt.Errorf("%w: JPEG segment starts with %#x", ErrFormat, head[0])
		}
		size := int(binary.BigEndian.Uint16(head[2:])) - 2
		if head[1] == 0xda || head[1] == 0xd9 || size < 0 {
			return 1, nil
		}
		segment := make([]byte, size)
		if err := readFull(in, segment); err != nil {
			return 0, err
		}
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && head[1] == 0xe1 {
			return tiffOrientation(tiff), nil
		}
	}
}

// tiffOrientation finds tag 0x112 in the first directory of a TIFF header; 1 if
// it is not there or not 1 to 8.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := int(order.Uint16(b[at:]))
	b = b[at+2:]
	for ; entries > 0 && len(b) >= 12; entries-- {
		if order.Uint16(b) == 0x112 {
			if n := int(order.Uint16(b[8:])); n >= 1 && n <= 8 {
				return n
			}
			return 1
		}
		b = b[12:]
	}
	return 1
}
