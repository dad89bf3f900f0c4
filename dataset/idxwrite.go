package dataset

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Names of the two files that SaveIDX writes.
const (
	IDXImages = "images.idx.gz"
	IDXLabels = "labels.idx.gz"
)

// WriteIDX writes ds as a pair of IDX streams from which ReadIDX reads exactly
// the same values: as bytes if every value is a byte divided by 255, otherwise
// as float32. Samples must have shape [c, h, w] or [features], and labels must
// be at most 255.
func WriteIDX(images, labels io.Writer, ds Described) error {
	shape := ds.Shape()
	if len(shape) != 1 && len(shape) != 3 {
		return fmt.Errorf("dataset: cannot write samples of shape %v as IDX, want [c h w] or [features]", shape)
	}
	n, err := countFeatures(shape)
	if err != nil {
		return err
	}
	if len(shape) == 3 && shape[0] == 1 {
		shape = shape[1:]
	}
	y, allBytes, err := idxLabels(ds, n)
	if err != nil {
		return err
	}
	if _, err := labels.Write(append(idxHeader(idxByte, ds.Len()), y...)); err != nil {
		return err
	}
	typ := byte(idxFloat)
	if allBytes {
		typ = idxByte
	}
	if _, err := images.Write(idxHeader(typ, append([]int{ds.Len()}, shape...)...)); err != nil {
		return err
	}
	return writeValues(images, ds, n, allBytes)
}

// idxLabels returns the labels of ds as bytes, and whether every feature is a
// byte divided by 255.
func idxLabels(ds Dataset, features int) (y []byte, allBytes bool, err error) {
	sample := make([]float32, features)
	allBytes, y = true, make([]byte, ds.Len())
	for i := range y {
		label, err := ds.Sample(i, sample)
		if err != nil {
			return nil, false, err
		}
		if label < 0 || label > 255 {
			return nil, false, fmt.Errorf("dataset: sample %d has label %d; IDX labels are bytes", i, label)
		}
		y[i] = byte(label)
		for _, v := range sample {
			allBytes = allBytes && byteValue[toByte(v)] == v
		}
	}
	return y, allBytes, nil
}

// writeValues writes the features of all samples, as bytes or as float32.
func writeValues(w io.Writer, ds Dataset, features int, asBytes bool) error {
	sample := make([]float32, features)
	var buf []byte
	for i := range ds.Len() {
		if _, err := ds.Sample(i, sample); err != nil {
			return err
		}
		buf = buf[:0]
		for _, v := range sample {
			if asBytes {
				buf = append(buf, toByte(v))
			} else {
				buf = binary.BigEndian.AppendUint32(buf, math.Float32bits(v))
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

func toByte(v float32) byte { return byte(min(max(v*255+0.5, 0), 255)) }

func idxHeader(typ byte, dims ...int) []byte {
	b := []byte{0, 0, typ, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return b
}

// SaveIDX writes ds to the directory dir, which it creates if needed, as
// IDXImages and IDXLabels, gzipped, readable by the owner only. Each file is
// either complete or absent.
func SaveIDX(dir string, ds Described) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var temp [2]*os.File
	defer func() {
		for _, f := range temp {
			if f != nil {
				f.Close()
				if err != nil {
					os.Remove(f.Name())
				}
			}
		}
	}()
	var zip [2]*gzip.Writer
	for i := range temp {
		if temp[i], err = os.CreateTemp(dir, ".idx-*"); err != nil {
			return err
		}
		zip[i] = gzip.NewWriter(temp[i])
	}
	if err := WriteIDX(zip[0], zip[1], ds); err != nil {
		return err
	}
	for i, name := range []string{IDXImages, IDXLabels} {
		if err := zip[i].Close(); err != nil {
			return err
		}
		if err := temp[i].Sync(); err != nil {
			return err
		}
		if err := os.Rename(temp[i].Name(), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// OpenIDXDir reads the files that SaveIDX wrote.
func OpenIDXDir(dir string, classes int) (*Memory, error) {
	return OpenIDX(filepath.Join(dir, IDXImages), filepath.Join(dir, IDXLabels), classes)
}
