package dataset

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The tags of a TIFF file that say how its pixels are meant, beyond what package
// tiff looks at. Format: TIFF 6.0, section 8 and 11.
const (
	tagCompression = 259
	tagPhotometric = 262
	tagOrientation = 274
	tagSamples     = 277
	tagPlanar      = 284
)

// tiffTags are the tags of a TIFF's first directory that are one whole number.
type tiffTags map[uint16]uint32

// tagsOf returns the tags of a file that can be read as it is meant; nil for other
// formats.
func tagsOf(r io.ReadSeeker, format string) (tiffTags, error) {
	if format != "tiff" {
		return nil, nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	tags, err := readTIFFTags(r)
	if err == nil && tags[tagPlanar] == 2 && tags[tagSamples] > 1 {
		err = fmt.Errorf("%w: a TIFF with its colours in planes of their own (PlanarConfiguration 2); save it with the colours of a pixel side by side", ErrFormat)
	}
	return tags, err
}

// readTIFFTags reads them. EXIF data is such a directory too.
func readTIFFTags(r io.ReadSeeker) (tiffTags, error) {
	var head [8]byte
	if err := readFull(r, head[:]); err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(head[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return nil, fmt.Errorf("%w: starts with % x, which is no TIFF", ErrFormat, head[:4])
	}
	if _, err := r.Seek(int64(order.Uint32(head[4:])), io.SeekStart); err != nil {
		return nil, err
	}
	if err := readFull(r, head[:2]); err != nil {
		return nil, err
	}
	entries := make([]byte, 12*int(order.Uint16(head[:])))
	if err := readFull(r, entries); err != nil {
		return nil, err
	}
	tags := tiffTags{}
	for e := range chunks(entries, 12) {
		tag, kind, count := order.Uint16(e), order.Uint16(e[2:]), order.Uint32(e[4:])
		if _, twice := tags[tag]; twice || count != 1 {
			continue
		}
		switch kind {
		case 3:
			tags[tag] = uint32(order.Uint16(e[8:]))
		case 4:
			tags[tag] = order.Uint32(e[8:])
		}
	}
	return tags, nil
}

// orientation returns 1 to 8; 1 if nothing is said.
func (t tiffTags) orientation() int {
	if n := t[tagOrientation]; n >= 1 && n <= 8 {
		return int(n)
	}
	return 1
}

// meant returns a picture that package tiff decoded as it is meant: turned as the
// file says, as Pillow does when it opens one; and of a fax whose black is zero
// the other colours, since its white runs are bits 0 all the same.
func (t tiffTags) meant(p picture) picture {
	if c := t[tagCompression]; (c == 3 || c == 4) && t[tagPhotometric] == 1 {
		for i, v := range p.pix {
			p.pix[i] = 255 - v
		}
	}
	return p.turned(t.orientation())
}
