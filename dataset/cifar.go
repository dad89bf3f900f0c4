package dataset

import (
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

const (
	cifarPixels = 3 * 32 * 32
	// cifarPiece is what is allocated at once of records whose number is unknown.
	cifarPiece = 1024 * cifarPixels
)

// ReadCIFAR reads the binary version of CIFAR-10 (id Cifar10) or CIFAR-100
// (Cifar100, whose fine labels it uses), gzipped or plain. The samples are [3,
// 32, 32] with values 0 … 1. Format:
// https://www.cs.toronto.edu/~kriz/cifar.html
func ReadCIFAR(r io.Reader, id ID) (*Memory, error) { return readCIFAR(r, id, 0) }

// readCIFAR is ReadCIFAR with room for the pixels of files of so many bytes.
func readCIFAR(r io.Reader, id ID, room int64) (*Memory, error) {
	head, classes := 1, 10 // bytes before the 3,072 pixels of a record: label, or coarse and fine label
	switch id {
	case Cifar10:
	case Cifar100:
		head, classes = 2, 100
	default:
		return nil, fmt.Errorf("dataset: ReadCIFAR reads Cifar10 and Cifar100, not %v", id)
	}
	r, err := gunzip(r)
	if err != nil {
		return nil, err
	}
	pieces, labels, err := cifarRecords(r, head, room)
	if err != nil {
		return nil, err
	}
	return NewImages([]int{3, 32, 32}, classes, joined(pieces), labels)
}

// cifarRecords reads records of pixels after head bytes, of which the last is the
// label. The first piece has room for so many pixels, all others for cifarPiece.
func cifarRecords(r io.Reader, head int, room int64) (pieces [][]byte, labels []int, err error) {
	room = min(room, MaxBytes) / cifarPixels * cifarPixels
	pieces = [][]byte{make([]byte, 0, max(room, cifarPiece))}
	record := make([]byte, head+cifarPixels)
	for {
		n, err := io.ReadFull(r, record)
		if err == io.EOF && n == 0 {
			return pieces, labels, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("record %d: %w", len(labels), readError(err))
		}
		if (len(labels)+1)*cifarPixels > MaxBytes {
			return nil, nil, fmt.Errorf("%w: more than %d records", ErrTooLarge, len(labels))
		}
		last := &pieces[len(pieces)-1]
		if len(*last)+cifarPixels > cap(*last) {
			pieces = append(pieces, make([]byte, 0, cifarPiece))
			last = &pieces[len(pieces)-1]
		}
		labels = append(labels, int(record[head-1]))
		*last = append(*last, record[head:]...)
	}
}

// joined is the pieces as one, which are given up on the way.
func joined(pieces [][]byte) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	n := 0
	for _, p := range pieces {
		n += len(p)
	}
	all := make([]byte, 0, n)
	for i, p := range pieces {
		all, pieces[i] = append(all, p...), nil
	}
	return all
}

// OpenCIFAR reads one or more files (data_batch_1.bin …) as one set. See
// ReadCIFAR.
func OpenCIFAR(id ID, paths ...string) (*Memory, error) {
	readers := make([]io.Reader, len(paths))
	var room int64
	for i, path := range paths {
		f, info, err := regular.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		room += info.Size() // less than the pixels of a packed file, which is no harm
		readers[i] = f
	}
	m, err := readCIFAR(io.MultiReader(readers...), id, room)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", paths, err)
	}
	return m, nil
}
