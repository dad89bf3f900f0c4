package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"

	"github.com/decloud-sdk/decloud-go/dataset"
)

const (
	// maxHeader bounds the header of a page.
	maxHeader = 64 << 10
	// maxPage bounds a page, packed and unpacked.
	maxPage = 256 << 20
)

// Fields of a page's header, with that of the structure around them.
var (
	unpackedSize = [2]int{0, 2}
	packedSize   = [2]int{0, 3}
	levels       = [][2]int{{8, 5}, {8, 6}} // of a page of version 2, in front of what is packed
	isPacked     = [2]int{8, 7}
)

// checkPages goes through the pages of a column and refuses one that unpacks to
// more than it says: the library would make room for whatever comes.
func checkPages(r io.ReaderAt, size int64, c format.ColumnMetaData) error {
	at := c.DataPageOffset
	if c.DictionaryPageOffset > 0 && c.DictionaryPageOffset < at {
		at = c.DictionaryPageOffset
	}
	end := at + c.TotalCompressedSize
	if at < 4 || c.TotalCompressedSize < 0 || end > size {
		return fmt.Errorf("%w: a column from byte %d to %d of %d", dataset.ErrFormat, at, end, size)
	}
	for at < end {
		head := make([]byte, min(maxHeader, end-at))
		if _, err := r.ReadAt(head, at); err != nil {
			return err
		}
		t := thrift{b: head, ints: map[[2]int]int64{}}
		if err := t.structure(0, 0); err != nil {
			return fmt.Errorf("%w: a page's header: %w", dataset.ErrFormat, err)
		}
		at += int64(len(head) - len(t.b))
		packed, unpacked := t.ints[packedSize], t.ints[unpackedSize]
		if packed < 0 || unpacked < 0 || packed > min(end-at, maxPage) || unpacked > maxPage {
			return fmt.Errorf("%w: a page of %d bytes that unpack to %d", dataset.ErrTooLarge, packed, unpacked)
		}
		page := make([]byte, packed)
		if _, err := r.ReadAt(page, at); err != nil {
			return err
		}
		at += packed
		if err := checkPage(page, unpacked, t.ints, c.Codec); err != nil {
			return err
		}
	}
	return nil
}

// checkPage unpacks a page as far as it says.
func checkPage(page []byte, unpacked int64, ints map[[2]int]int64, codec format.CompressionCodec) error {
	for _, l := range levels {
		n := ints[l]
		if n < 0 || n > int64(len(page)) || n > unpacked {
			return fmt.Errorf("%w: a page with levels of %d bytes", dataset.ErrFormat, n)
		}
		page, unpacked = page[n:], unpacked-n
	}
	if packed, says := ints[isPacked]; says && packed == 0 || len(page) == 0 {
		return nil
	}
	var in io.Reader
	switch codec {
	case format.Uncompressed:
		return nil
	case format.Snappy: // says its size in front
		if n, k := binary.Uvarint(page); k <= 0 || n > uint64(unpacked) {
			return fmt.Errorf("%w: a page unpacks to %d bytes, and says %d", dataset.ErrFormat, n, unpacked)
		}
		return nil
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(page))
		if err != nil {
			return fmt.Errorf("%w: %w", dataset.ErrFormat, err)
		}
		in = z
	case format.Zstd:
		z, err := zstd.NewReader(bytes.NewReader(page), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxPage))
		if err != nil {
			return fmt.Errorf("%w: %w", dataset.ErrFormat, err)
		}
		defer z.Close()
		in = z
	default:
		return fmt.Errorf("%w: pages packed with %v; write the file with zstd, gzip or snappy", dataset.ErrFormat, codec)
	}
	n, err := io.Copy(io.Discard, io.LimitReader(in, unpacked+1))
	if err != nil {
		return fmt.Errorf("%w: a page cannot be unpacked: %w", dataset.ErrFormat, err)
	}
	if n > unpacked {
		return fmt.Errorf("%w: a page unpacks to more than the %d bytes it says", dataset.ErrFormat, unpacked)
	}
	return nil
}
