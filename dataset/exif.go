package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// maxEXIF bounds what EXIF data a file may have, in bytes. A JPEG cannot have more.
const maxEXIF = 1 << 16

// exifOrientation returns the orientation that a picture's EXIF data states, 1 to
// 8; 1 for one without, or of a kind that has none. Format: Exif 2.32, 4.5 and
// 4.6; in PNG and WebP it is a chunk of its own.
func exifOrientation(r io.ReadSeeker, format string) (int, error) {
	find := map[string]func(io.ReadSeeker) ([]byte, error){"jpeg": jpegEXIF, "png": pngEXIF, "webp": webpEXIF}[format]
	if find == nil {
		return 1, nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	block, err := find(r)
	if err != nil || block == nil {
		return 1, err
	}
	tags, err := readTIFFTags(bytes.NewReader(bytes.TrimPrefix(block, []byte("Exif\x00\x00"))))
	if err != nil {
		return 1, nil //nolint:nilerr // damaged EXIF data says nothing; the pixels are fine
	}
	return tags.orientation(), nil
}

// jpegEXIF reads the segments in front of the pixels.
func jpegEXIF(r io.ReadSeeker) ([]byte, error) {
	if _, err := r.Seek(2, io.SeekStart); err != nil {
		return nil, err
	}
	for {
		var head [4]byte
		if err := readFull(r, head[:]); err != nil {
			return nil, err
		}
		if head[0] != 0xff {
			return nil, fmt.Errorf("%w: JPEG segment starts with %#x", ErrFormat, head[0])
		}
		size := int64(binary.BigEndian.Uint16(head[2:])) - 2
		if head[1] == 0xda || head[1] == 0xd9 || size < 0 {
			return nil, nil
		}
		if head[1] == 0xe1 {
			segment := make([]byte, size)
			if err := readFull(r, segment); err != nil {
				return nil, err
			}
			if bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
				return segment, nil
			}
			continue
		}
		if _, err := r.Seek(size, io.SeekCurrent); err != nil {
			return nil, err
		}
	}
}

// pngEXIF looks for the chunk eXIf, which may be behind the pixels.
func pngEXIF(r io.ReadSeeker) ([]byte, error) {
	if _, err := r.Seek(8, io.SeekStart); err != nil {
		return nil, err
	}
	return chunk(r, "eXIf", func(head []byte) (string, int64, int64) {
		size := int64(binary.BigEndian.Uint32(head))
		return string(head[4:]), size, size + 4 // and its checksum
	})
}

// webpEXIF looks for the chunk EXIF, which is behind the pixels.
func webpEXIF(r io.ReadSeeker) ([]byte, error) {
	if _, err := r.Seek(12, io.SeekStart); err != nil {
		return nil, err
	}
	return chunk(r, "EXIF", func(head []byte) (string, int64, int64) {
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		return string(head[:4]), size, size + size&1
	})
}

// chunk returns the content of the first chunk with a name; nil if there is none
// of a plausible size. parse returns the name of a chunk of 8 bytes of head, the
// size of its content, and how far the next one is behind the head.
func chunk(r io.ReadSeeker, name string, parse func(head []byte) (string, int64, int64)) ([]byte, error) {
	for {
		var head [8]byte
		if n, err := io.ReadFull(r, head[:]); n < len(head) {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil, nil
			}
			return nil, err
		}
		found, size, next := parse(head[:])
		if found == name {
			if size > maxEXIF {
				return nil, nil
			}
			content := make([]byte, size)
			return content, readFull(r, content)
		}
		if _, err := r.Seek(next, io.SeekCurrent); err != nil {
			return nil, err
		}
	}
}
