package dataset

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

const cifarPixels = 3 * 32 * 32

// ReadCIFAR reads the binary version of CIFAR-10 (id Cifar10) or CIFAR-100
// (Cifar100, whose fine labels it uses), gzipped or plain. The samples are [3,
// 32, 32] with values 0 … 1. Format:
// https://www.cs.toronto.edu/~kriz/cifar.html
func ReadCIFAR(r io.Reader, id ID) (*Memory, error) {
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
	var pixels bytes.Buffer
	var labels []int
	record := make([]byte, head+cifarPixels)
	for {
		n, err := io.ReadFull(r, record)
		if err == io.EOF && n == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", len(labels), readError(err))
		}
		if pixels.Len()+cifarPixels > MaxBytes {
			return nil, fmt.Errorf("%w: more than %d records", ErrTooLarge, len(labels))
		}
		labels = append(labels, int(record[head-1]))
		pixels.Write(record[head:])
	}
	return NewImages([]int{3, 32, 32}, classes, pixels.Bytes(), labels)
}

// OpenCIFAR reads one or more files (data_batch_1.bin …) as one set. See
// ReadCIFAR.
func OpenCIFAR(id ID, paths ...string) (*Memory, error) {
	readers := make([]io.Reader, len(paths))
	for i, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		readers[i] = f
	}
	m, err := ReadCIFAR(io.MultiReader(readers...), id)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", paths, err)
	}
	return m, nil
}
